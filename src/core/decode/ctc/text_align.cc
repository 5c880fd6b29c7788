// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/text_align.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/format.h"
#include "seben/error.h"

namespace seben::ctc {
namespace {

constexpr double kOut = -std::numeric_limits<double>::infinity();

// Where a state's best path was in the frame before. Above `skipped` only for states that a word begins or ends with.
enum From : std::uint8_t { kSelf, kOneBefore, kTwoBefore, kLastLetter, kSkipped, kPause, kOther };

// Before each word, and behind the last one, lie two states: a pause and other speech. Then come the word's letters
// with a blank between neighbours. In every frame words may also be skipped, from the pause or the other speech before
// the first of them, without taking time: the gate before a word is where that leads.
class TextPath {
 public:
  TextPath(LogProbsView log_probs, std::span<const Labels> words, std::int64_t blank, std::int64_t space,
           const TextAlignOptions& options)
      : log_probs_(log_probs), words_(words), blank_(blank), space_(space), options_(options) {
    begin_.reserve(words.size() + 2);
    std::size_t at = 0;
    for (const Labels& word : words) {
      begin_.push_back(at);
      at += 2 * word.size() + 1;
    }
    begin_.push_back(at);
    begin_.push_back(at + 2);
    now_.assign(at + 2, kOut);
    before_.assign(at + 2, kOut);
    gate_.assign(words.size() + 1, kOut);
    gate_before_.assign(words.size() + 1, kOut);
    beam_ = options.reach == 0 ? std::numeric_limits<double>::infinity()
                               : options.skip_open + static_cast<double>(options.reach) * options.skip_word;
    start();
    for (std::int64_t t = 0; t < log_probs.frames; ++t) step(t);
  }

  // What a frame counts as outside of words.
  struct Outside {
    double pause = kOut, other = kOut;
    bool speaks = false;
  };
  [[nodiscard]] Outside outside(std::int64_t t) const {
    const auto row = log_probs_.row(t);
    Outside out;
    double letter = kOut;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const auto label = static_cast<std::int64_t>(c);
      double& kind = label == blank_ || label == space_ ? out.pause : letter;
      kind = std::max(kind, static_cast<double>(row[c]));
    }
    out.speaks = letter - options_.other_symbol > out.pause;
    out.other = std::max(out.pause, letter - options_.other_symbol);
    return out;
  }

  [[nodiscard]] std::span<const Labels> words() const { return words_; }
  [[nodiscard]] std::int64_t frames() const { return log_probs_.frames; }
  [[nodiscard]] const TextAlignOptions& options() const { return options_; }
  [[nodiscard]] float log_prob(std::int64_t t, std::int64_t label) const { return log_probs_.at(t, label); }
  [[nodiscard]] std::size_t states() const { return codes_.size(); }
  // After the last frame.
  [[nodiscard]] bool keeps(std::size_t word) const { return low_ <= word && word <= high_; }
  [[nodiscard]] double score(std::size_t state) const { return now_[state]; }
  [[nodiscard]] double end_gate() const {
    return high_ == words_.size() && rows_.back().first_word < words_.size() ? gate_.back() : kOut;
  }
  // Where the state came from that frame t - 1 was read in, and the gate before `word` that was open after it.
  [[nodiscard]] std::uint8_t code(std::int64_t t, std::size_t state) const {
    const Row& row = rows_[static_cast<std::size_t>(t)];
    return codes_[row.codes + state - begin_[row.first_word]];
  }
  [[nodiscard]] std::uint8_t gate_code(std::int64_t t, std::size_t word) const {
    const Row& row = rows_[static_cast<std::size_t>(t)];
    return gates_[row.gates + word - row.first_word];
  }
  [[nodiscard]] std::size_t pause_of(std::size_t word) const { return begin_[word]; }
  [[nodiscard]] std::size_t other_of(std::size_t word) const { return begin_[word] + 1; }
  [[nodiscard]] std::size_t first_letter(std::size_t word) const { return begin_[word] + 2; }
  [[nodiscard]] std::size_t last_letter(std::size_t word) const { return begin_[word + 1] - 1; }

 private:
  // What is kept of a frame for the way back. The first is the moment before the first frame.
  struct Row {
    std::size_t first_word = 0;  // whose states and gate come first
    std::size_t codes = 0, gates = 0;
  };

  void start() {
    now_[pause_of(0)] = 0.0;
    low_ = high_ = 0;
    rows_.push_back({});
    open_gates(-beam_);
  }

  void step(std::int64_t t) {
    std::swap(now_, before_);
    std::swap(gate_, gate_before_);
    const std::size_t low = low_, reached = high_;
    high_ = std::min(reached + 1, words_.size());
    if (high_ > reached)
      std::fill(before_.begin() + static_cast<std::ptrdiff_t>(begin_[high_]),
                before_.begin() + static_cast<std::ptrdiff_t>(begin_[high_ + 1]), kOut);
    if (high_ > reached) gate_before_[high_] = kOut;
    rows_.push_back({low, codes_.size(), gates_.size()});
    now_outside_ = outside(t);
    double best = kOut;
    for (std::size_t word = low; word <= high_; ++word) best = std::max(best, read(word, word > low, t));
    const double least = best - beam_;
    open_gates(least);
    while (high_ > low_ && gate_[high_] < least && best_of(high_) < least) --high_;
    while (low_ < high_ && gate_[low_] < least && best_of(low_) < least) ++low_;
  }

  double put(std::size_t state, double score, From from) {
    now_[state] = score;
    codes_.push_back(from);
    return score;
  }

  // The states of a word and what lies before it, in their order. `follows`: the word before it was read as well.
  double read(std::size_t word, bool follows, std::int64_t t) {
    const double pause = before_[pause_of(word)], other = before_[other_of(word)], gate = gate_before_[word];
    const double ended = follows ? before_[last_letter(word - 1)] : kOut;
    // Into the pause, and into other speech, which costs unless it goes on.
    double best = std::max(pause, other);
    From from = pause >= other ? kPause : kOther;
    const auto offer = [&](double score, From way) {
      if (score > best) best = score, from = way;
    };
    offer(ended, kLastLetter);
    offer(gate, kSkipped);
    double most = put(pause_of(word), best + now_outside_.pause, from);
    best -= options_.other_open;
    offer(other, kOther);
    most = std::max(most, put(other_of(word), best + now_outside_.other, from));
    if (word == words_.size()) return most;
    const Labels& letters = words_[word];
    const auto row = log_probs_.row(t);
    const auto at = [&](std::int64_t label) { return static_cast<double>(row[static_cast<std::size_t>(label)]); };
    std::size_t state = first_letter(word);
    best = before_[state], from = kSelf;
    offer(pause, kPause);
    offer(other, kOther);
    offer(gate, kSkipped);
    if (follows && words_[word - 1].back() != letters.front()) offer(ended, kLastLetter);
    most = std::max(most, put(state, best + at(letters.front()), from));
    for (std::size_t i = 1; i < letters.size(); ++i) {
      ++state;  // the blank before letter i
      best = before_[state], from = kSelf;
      offer(before_[state - 1], kOneBefore);
      most = std::max(most, put(state, best + at(blank_), from));
      ++state;
      best = before_[state], from = kSelf;
      offer(before_[state - 1], kOneBefore);
      if (letters[i] != letters[i - 1]) offer(before_[state - 2], kTwoBefore);
      most = std::max(most, put(state, best + at(letters[i]), from));
    }
    return most;
  }

  // Words are skipped from what has been read of this frame; as far as anything better than `least` comes of it.
  void open_gates(double least) {
    gate_[low_] = kOut;
    gates_.push_back(kSelf);
    for (std::size_t word = low_ + 1; word <= words_.size(); ++word) {
      const bool known = word - 1 <= high_;
      const double pause = known ? now_[pause_of(word - 1)] : kOut, other = known ? now_[other_of(word - 1)] : kOut;
      double best = gate_[word - 1];
      From from = kSkipped;
      if (pause - options_.skip_open > best) best = pause - options_.skip_open, from = kPause;
      if (other - options_.skip_open > best) best = other - options_.skip_open, from = kOther;
      best -= options_.skip_word;
      if (word > high_) {
        if (best < least || best == kOut) break;
        std::fill(now_.begin() + static_cast<std::ptrdiff_t>(begin_[word]),
                  now_.begin() + static_cast<std::ptrdiff_t>(begin_[word + 1]), kOut);
        high_ = word;
      }
      gate_[word] = best;
      gates_.push_back(from);
    }
  }

  [[nodiscard]] double best_of(std::size_t word) const {
    return *std::max_element(now_.begin() + static_cast<std::ptrdiff_t>(begin_[word]),
                             now_.begin() + static_cast<std::ptrdiff_t>(begin_[word + 1]));
  }

  LogProbsView log_probs_;
  std::span<const Labels> words_;
  std::int64_t blank_, space_;
  const TextAlignOptions& options_;
  std::vector<std::size_t> begin_;  // of each word's states
  std::vector<double> now_, before_, gate_, gate_before_;
  std::vector<Row> rows_;
  std::vector<std::uint8_t> codes_, gates_;
  double beam_ = 0.0;
  Outside now_outside_;
  std::size_t low_ = 0, high_ = 0;  // words, and what lies before them, that are not given up
};

// From the end of the text to its beginning.
class WayBack {
 public:
  explicit WayBack(const TextPath& path) : path_(path) { out_.words.resize(path.words().size()); }

  TextAlignment run() {
    choose_end();
    for (std::int64_t t = path_.frames(); t > 0; --t) {
      note(t - 1);
      step(path_.code(t, state_), t);
    }
    for (TextAlignment::Word& word : out_.words) {
      std::ranges::reverse(word.symbols);
      set_confidences(word.symbols);
    }
    std::ranges::reverse(out_.others);
    out_.states = path_.states();
    return std::move(out_);
  }

 private:
  void choose_end() {
    const std::size_t end = path_.words().size();
    double best = kOut;
    const auto offer = [&](std::size_t word, std::size_t state) {
      if (!path_.keeps(word) || !(path_.score(state) > best)) return;
      best = path_.score(state), word_ = word, state_ = state;
    };
    offer(end, path_.pause_of(end));
    offer(end, path_.other_of(end));
    if (end > 0) offer(end - 1, path_.last_letter(end - 1));
    if (path_.end_gate() > best) {
      best = path_.end_gate();
      pass_gates(end, path_.frames());
    } else if (best == kOut) {  // the end is out of reach: what is left is skipped whatever it costs
      for (std::size_t word = 0; word < end; ++word) {
        offer(word, path_.pause_of(word));
        offer(word, path_.other_of(word));
      }
      if (best == kOut) {
        throw Error(ErrorCategory::bad_data, "log-probabilities", "a class that is possible in every frame", "none");
      }
      best -= path_.options().skip_open + path_.options().skip_word * static_cast<double>(end - word_);
    }
    out_.score = best;
  }

  // The words that were skipped to get before `word` when t frames had been read.
  void pass_gates(std::size_t word, std::int64_t t) {
    std::uint8_t from = kSkipped;
    for (; from == kSkipped; --word) from = path_.gate_code(t, word);
    word_ = word;
    state_ = from == kPause ? path_.pause_of(word) : path_.other_of(word);
  }

  void note(std::int64_t frame) {
    const bool goes_on = state_ == noted_;
    noted_ = state_;
    if (state_ == path_.pause_of(word_)) return;
    if (state_ == path_.other_of(word_)) {
      if (!goes_on) in_other_ = false;
      if (!path_.outside(frame).speaks) return;
      if (!in_other_) out_.others.push_back({frame, frame});
      in_other_ = true;
      out_.others.back().first_frame = frame;
      return;
    }
    const std::size_t place = state_ - path_.first_letter(word_);
    if (place % 2 != 0) return;  // a blank between letters
    const std::int64_t label = path_.words()[word_][place / 2];
    std::vector<Symbol>& symbols = out_.words[word_].symbols;
    if (!goes_on) symbols.push_back({label, frame, frame, 0.0F, 0.0F});
    symbols.back().first_frame = frame;
    symbols.back().log_prob += path_.log_prob(frame, label);
  }

  void step(std::uint8_t from, std::int64_t t) {
    switch (from) {
      case kOneBefore: state_ -= 1; break;
      case kTwoBefore: state_ -= 2; break;
      case kLastLetter: state_ = path_.last_letter(--word_); break;
      case kSkipped: pass_gates(word_, t - 1); break;
      case kPause: state_ = path_.pause_of(word_); break;
      case kOther: state_ = path_.other_of(word_); break;
      default: break;
    }
  }

  const TextPath& path_;
  std::size_t word_ = 0, state_ = 0;
  std::size_t noted_ = std::numeric_limits<std::size_t>::max();
  bool in_other_ = false;
  TextAlignment out_;
};

void check(LogProbsView log_probs, std::span<const Labels> words, std::int64_t blank, std::int64_t space) {
  if (log_probs.frames < 1) throw Error(ErrorCategory::bad_data, "log-probabilities", "at least one frame", "none");
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string where = base::format("word {}", i + 1);
    if (words[i].empty()) throw Error(ErrorCategory::bad_data, where, "letters", "none");
    require_labels(words[i], log_probs.classes, blank);
    if (std::ranges::count(words[i], space) > 0) throw Error(ErrorCategory::bad_data, where, "letters", "a space");
  }
}

}  // namespace

TextAlignment align_text(LogProbsView log_probs, std::span<const Labels> words, std::int64_t blank, std::int64_t space,
                         const TextAlignOptions& options) {
  check(log_probs, words, blank, space);
  const TextPath path(log_probs, words, blank, space, options);
  return WayBack(path).run();
}

}  // namespace seben::ctc
