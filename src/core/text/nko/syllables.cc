// SPDX-License-Identifier: Apache-2.0
#include "text/nko/syllables.h"

#include <algorithm>

#include "text/nko/characters.h"
#include "text/nko/utf8.h"

namespace seben::nko {
namespace {

using Class = CharacterClass;
using State = SyllableState;
using Next = std::optional<State>;

bool is_onset(State s) { return s >= State::onset1 && s <= State::onset3_marked; }
// Consonants in a row, 0..3.
int onset_length(State s) {
  if (!is_onset(s)) return 0;
  return (static_cast<int>(s) - static_cast<int>(State::onset1)) % 3 + 1;
}
State marked(State onset) {
  return onset >= State::onset1_marked ? onset : static_cast<State>(static_cast<int>(onset) + 3);
}

Next after_consonant(State state) {
  const int length = onset_length(state);
  if (length == 3) return std::nullopt;
  return static_cast<State>(static_cast<int>(State::onset1) + length);
}

Next after_tone(State state) {
  switch (state) {
    case State::onset1:
    case State::onset2:
    case State::onset3: return marked(state);
    case State::nucleus:
    case State::coda:
    case State::syllabic: return State::toned;
    case State::number: return State::number_marked;
    default: return std::nullopt;
  }
}

Next after_double_dot(State state) {
  if (is_onset(state)) return marked(state);
  if (state == State::nucleus || state == State::coda || state == State::toned) return State::dotted;
  return std::nullopt;
}

Next after_nasal_mark(State state) {
  if (state == State::nucleus) return State::coda;
  if (state == State::number) return State::number_marked;
  return std::nullopt;
}

Next after_boundary(State state) {
  if (!may_end(state)) return std::nullopt;
  return State::start;
}

Next only_if(bool allowed, State next) { return allowed ? Next(next) : std::nullopt; }

// The last syllable is a consonant without a vowel after it: it and the bare consonants before it end the syllable
// before them.
void close_coda(std::vector<Syllable>& all) {
  std::size_t first = all.size() - 1;
  while (first > 0 && all[first - 1].elided) --first;
  for (std::size_t i = first; i < all.size(); ++i) all[i].elided = false;
  const std::size_t into = first > 0 ? first - 1 : 0;
  for (std::size_t i = into + 1; i < all.size(); ++i) all[into].text += all[i].text;
  all.resize(into + 1);
}

}  // namespace

std::optional<SyllableState> next_state(SyllableState state, char32_t c) noexcept {
  const bool started = state != State::start;
  switch (character_class(c)) {
    case Class::vowel: return State::nucleus;
    case Class::syllabic_nasal: return State::syllabic;
    case Class::consonant: return after_consonant(state);
    case Class::dagbasinna: return only_if(is_onset(state), State::bare);
    case Class::tone_mark: return after_tone(state);
    case Class::nasal_mark: return after_nasal_mark(state);
    case Class::double_dot: return after_double_dot(state);
    case Class::apostrophe: return only_if(started && state != State::elision && state < State::number, State::elision);
    case Class::digit: return only_if(!is_onset(state) && state != State::elision, State::number);
    case Class::extender:
    case Class::abbreviation: return only_if(started, state);
    default: return after_boundary(state);
  }
}

bool may_end(SyllableState state) noexcept { return onset_length(state) < 3; }

std::optional<std::size_t> first_violation(std::string_view text, const std::string& source) {
  State state = State::start;
  std::size_t at = 0;
  for (const char32_t c : decode_utf8(text, source)) {
    const Next next = next_state(state, c);
    if (!next) return at;
    state = *next;
    at += encode_utf8(c).size();
  }
  if (!may_end(state)) return at;
  return std::nullopt;
}

double valid_share(std::string_view text, const std::string& source) {
  const std::vector<std::string> all = words(text);
  if (all.empty()) return 1.0;
  const auto valid = std::ranges::count_if(all, [&](const auto& word) { return !first_violation(word, source); });
  return static_cast<double>(valid) / static_cast<double>(all.size());
}

std::vector<Syllable> syllables(std::string_view word, const std::string& source) {
  std::vector<Syllable> out;
  bool open = false;  // the last syllable is a consonant that waits for its vowel
  std::string before;
  const auto begin = [&](const std::string& text, bool is_open) {
    if (open && is_open) out.back().elided = true;
    if (open && !is_open) {
      out.back().text += text;
    } else {
      out.push_back({before + text, false});
      before.clear();
    }
    open = is_open;
  };
  for (const char32_t c : decode_utf8(word, source)) {
    const Class what = character_class(c);
    if (what == Class::consonant) {
      begin(encode_utf8(c), true);
    } else if (what == Class::vowel || what == Class::syllabic_nasal) {
      begin(encode_utf8(c), false);
    } else if (out.empty()) {
      before += encode_utf8(c);
    } else {
      out.back().text += encode_utf8(c);
      // An explicit end of the consonant: no vowel is shared with it.
      if (what == Class::dagbasinna || what == Class::apostrophe) open = false;
    }
  }
  if (!before.empty()) out.push_back({before, false});
  if (open) close_coda(out);
  return out;
}

}  // namespace seben::nko
