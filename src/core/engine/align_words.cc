// SPDX-License-Identifier: Apache-2.0
#include "engine/align_words.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/byte_order_mark.h"
#include "base/format.h"
#include "decode/ctc/greedy.h"
#include "decode/ctc/text_align.h"
#include "seben/error.h"
#include "seben/transliterate.h"
#include "text/nko/characters.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

// Letters are said; of marks those that change a letter's sound for a head without tones.
bool is_said(char32_t c) {
  switch (nko::character_class(c)) {
    case nko::CharacterClass::digit:
    case nko::CharacterClass::vowel:
    case nko::CharacterClass::dagbasinna:
    case nko::CharacterClass::syllabic_nasal:
    case nko::CharacterClass::consonant:
    case nko::CharacterClass::nasal_mark:
    case nko::CharacterClass::double_dot: return true;
    default: return false;
  }
}

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }

// The letters of a word in N'Ko; Latin Bambara becomes N'Ko first.
std::string said_of(std::string_view word, const std::string& where) {
  std::string out;
  for (const char32_t c : nko::decode_utf8(transliterate(word, Script::nko, where), where)) {
    if (is_said(c)) out += nko::encode_utf8(c);
  }
  return out;
}

std::vector<std::int64_t> classes_unsaid(const nko::Vocabulary& vocabulary) {
  std::vector<std::int64_t> out;
  for (std::size_t c = 0; c < vocabulary.size(); ++c) {
    const auto label = static_cast<std::int64_t>(c);
    if (label == vocabulary.blank() || label == vocabulary.space()) continue;
    const std::u32string text = nko::decode_utf8(vocabulary.text(label), "vocabulary");
    if (std::ranges::none_of(text, is_said) &&
        std::ranges::all_of(text, [](char32_t x) { return x >= nko::kFirst && x <= nko::kLast; })) {
      out.push_back(label);
    }
  }
  return out;
}

}  // namespace

AlignText::AlignText(std::string_view text, const std::string& source, const nko::Vocabulary& vocabulary) {
  if (text.size() > kMaxBytes) {
    throw Error(ErrorCategory::bad_data, source, base::format("at most {} bytes", kMaxBytes),
                std::to_string(text.size()));
  }
  text = base::without_byte_order_mark(text);
  std::int64_t line = 1;
  for (std::size_t at = 0; at < text.size();) {
    if (is_white(text[at])) {
      if (text[at++] == '\n') ++line;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !is_white(text[end])) ++end;
    const std::string_view word = text.substr(at, end - at);
    at = end;
    const std::string where = base::format("{}: line {}", source, line);
    const std::string said = said_of(word, where);
    if (!said.empty()) {
      words_.push_back({std::string(word), vocabulary.encode(said, where), line});
    } else if (!words_.empty() && words_.back().line == line) {
      words_.back().text += " " + std::string(word);
    }
  }
  if (words_.empty()) throw Error(ErrorCategory::bad_data, source, "a text in N'Ko or Latin letters", "no word");
}

RecordingFrames::RecordingFrames(const nko::Vocabulary& vocabulary)
    : blank_(vocabulary.blank()), unsaid_(classes_unsaid(vocabulary)) {
  frames_.classes = static_cast<std::int64_t>(vocabulary.size());
}

void RecordingFrames::add(ctc::LogProbsView window, std::int64_t first_frame) {
  const std::int64_t shared = frames_.frames - first_frame;
  const std::int64_t from = shared > 0 ? shared / 2 : 0;
  const std::int64_t behind = first_frame + from;
  frames_.values.resize(static_cast<std::size_t>(behind * window.classes));
  for (std::int64_t t = from; t < window.frames; ++t) {
    const auto row = window.row(t);
    frames_.values.insert(frames_.values.end(), row.begin(), row.end());
    const auto here = std::span(frames_.values).last(row.size());
    double silent = std::exp(static_cast<double>(here[static_cast<std::size_t>(blank_)]));
    for (const std::int64_t label : unsaid_) {
      silent += std::exp(static_cast<double>(here[static_cast<std::size_t>(label)]));
      here[static_cast<std::size_t>(label)] = -std::numeric_limits<float>::infinity();
    }
    if (!unsaid_.empty()) here[static_cast<std::size_t>(blank_)] = static_cast<float>(std::log(silent));
  }
  frames_.frames = first_frame + window.frames;
}

void RecordingFrames::end_at(std::int64_t frames) {
  frames_.frames = std::clamp<std::int64_t>(frames, 0, frames_.frames);
  frames_.values.resize(static_cast<std::size_t>(frames_.frames * frames_.classes));
}

Alignment align_words(const AlignText& text, ctc::LogProbsView frames, const nko::Vocabulary& vocabulary,
                      const FrameTimes& times, const AlignOptions& options) {
  std::vector<ctc::Labels> letters;
  letters.reserve(text.words().size());
  for (const AlignText::Word& word : text.words()) letters.push_back(word.letters);
  ctc::TextAlignOptions costs;
  costs.reach = static_cast<std::size_t>(options.reach);
  ctc::TextAlignment found;
  found.words.resize(letters.size());  // of a recording without sound: nobody said them
  if (frames.frames > 0) {
    found = ctc::align_text(frames, letters, vocabulary.blank(), vocabulary.space(), costs);
  }
  Alignment out;
  out.score = found.score;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const auto& symbols = found.words[i].symbols;
    AlignedWord word;
    word.text = text.words()[i].text;
    word.line = text.words()[i].line;
    word.spoken = !symbols.empty();
    if (word.spoken) {
      const auto when = times.of(symbols.front().first_frame, symbols.back().last_frame + 1);
      word.start = when.start;
      word.end = when.end;
      double logs = 0.0;
      for (const ctc::Symbol& s : symbols) {
        word.log_prob += static_cast<double>(s.log_prob);
        logs += std::log(std::max(static_cast<double>(s.confidence), 1e-30));
      }
      word.confidence = std::exp(logs / static_cast<double>(symbols.size()));
    }
    out.words.push_back(std::move(word));
  }
  for (const auto& stretch : found.others) {
    const auto when = times.of(stretch.first_frame, stretch.last_frame + 1);
    const std::int64_t count = stretch.last_frame - stretch.first_frame + 1;
    const auto read =
        ctc::greedy({frames.data + stretch.first_frame * frames.classes, count, frames.classes}, vocabulary.blank());
    out.others.push_back(
        {nko::normalise(ctc::to_text(read.symbols, vocabulary), "other speech"), when.start, when.end});
  }
  std::int64_t line = 0;  // of the last segment
  double logs = 0.0;
  std::int64_t spoken = 0;
  for (const AlignedWord& word : out.words) {
    if (!word.spoken) continue;
    if (out.lines.empty() || word.line != line) {
      out.lines.push_back({word.text, word.start, word.end, 0.0, 0});
      line = word.line, logs = 0.0, spoken = 0;
    } else {
      out.lines.back().text += " " + word.text;
    }
    logs += std::log(std::max(word.confidence, 1e-30));
    out.lines.back().end = word.end;
    out.lines.back().confidence = std::exp(logs / static_cast<double>(++spoken));
  }
  return out;
}

}  // namespace seben::pipeline
