// SPDX-License-Identifier: Apache-2.0
#include "engine/word_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/format.h"
#include "decode/ctc/align.h"
#include "decode/ctc/word_sequences.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

constexpr double kNoText = -std::numeric_limits<double>::infinity();
constexpr std::size_t kSequenceWidth = 128;
constexpr double kPauseSeconds = 0.8;  // what ends a segment of the transcript, too

ctc::LogProbsView part_of(ctc::LogProbsView all, std::int64_t first, std::int64_t end) {
  return {all.data + first * all.classes, end - first, all.classes};
}

// Stretches of speech, each with half of the pauses around it: [first, end) of all frames.
std::vector<std::pair<std::int64_t, std::int64_t>> stretches(const std::vector<ctc::Symbol>& read, std::int64_t frames,
                                                             double pause) {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  if (read.empty()) return out;
  std::int64_t first = 0;
  for (std::size_t i = 1; i < read.size(); ++i) {
    const std::int64_t from = read[i - 1].last_frame + 1, to = read[i].first_frame;
    if (static_cast<double>(to - from) < pause) continue;
    out.emplace_back(first, (from + to) / 2);
    first = (from + to) / 2;
  }
  out.emplace_back(first, frames);
  return out;
}

// The best spelling of each entry of a sequence, given the others.
ctc::Labels best_spelling(const std::vector<std::uint32_t>& entries, const WordList& words, ctc::LogProbsView letters,
                          std::int64_t blank, std::vector<std::size_t>& chosen) {
  chosen.assign(entries.size(), 0);
  const auto spell = [&] {
    ctc::Labels out;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const ctc::Labels& spelling = words.entries()[entries[i]].spellings[chosen[i]];
      out.insert(out.end(), spelling.begin(), spelling.end());
    }
    return out;
  };
  ctc::Labels best = spell();
  double best_score = ctc::forward_score(letters, best, blank);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::size_t first = chosen[i];
    std::size_t kept = first;
    for (std::size_t s = 1; s < words.entries()[entries[i]].spellings.size(); ++s) {
      chosen[i] = s;
      ctc::Labels other = spell();
      const double score = ctc::forward_score(letters, other, blank);
      if (score > best_score) best = std::move(other), best_score = score, kept = s;
    }
    chosen[i] = kept;
  }
  return best;
}

// The text's symbols on the frames of the letters that were heard. What counts for nothing stands where the letter
// before it does; another spelling's letters share the time out.
std::vector<ctc::Symbol> show(const WordList::Entry& entry, std::span<const ctc::Symbol> heard, bool as_written,
                              const WordList& words) {
  std::vector<ctc::Symbol> out;
  const std::int64_t first = heard.front().first_frame, end = heard.back().last_frame + 1;
  std::size_t letter = 0;
  for (std::size_t i = 0; i < entry.labels.size(); ++i) {
    ctc::Symbol symbol{entry.labels[i], first, first, 0.0F, 1.0F};
    if (!as_written) {
      const auto count = static_cast<std::int64_t>(entry.labels.size()), at = static_cast<std::int64_t>(i);
      symbol = heard[std::min(heard.size() - 1, i * heard.size() / entry.labels.size())];
      symbol.label = entry.labels[i];
      symbol.first_frame = first + (end - first) * at / count;
      symbol.last_frame = std::max(symbol.first_frame, first + (end - first) * (at + 1) / count - 1);
    } else if (!words.drops(entry.labels[i])) {
      symbol = heard[letter++];
    } else if (letter > 0) {
      symbol.first_frame = symbol.last_frame = heard[letter - 1].last_frame;
    }
    out.push_back(symbol);
  }
  return out;
}

}  // namespace

WordChooser::WordChooser(const CtcOptions& options, const nko::Vocabulary& vocabulary)
    : vocabulary_(vocabulary), threshold_(options.words_threshold.value_or(kDefaultWordsThreshold)) {
  const std::string mode = options.words_mode.value_or("one");
  if (mode != "one" && mode != "sequence") throw Error(ErrorCategory::usage, "words mode", "one or sequence", mode);
  one_ = mode == "one";
  if (!(threshold_ >= 0.0 && threshold_ <= 1.0)) {
    throw Error(ErrorCategory::usage, "words threshold", "0..1", base::format("{}", threshold_));
  }
  words_ = options.words.empty() ? WordList::parse(options.words_text, "words", vocabulary_)
                                 : WordList::load(options.words, vocabulary_);
}

std::string WordChooser::text_of(const std::vector<std::uint32_t>& entries) const {
  std::string out;
  for (const std::uint32_t e : entries) out += (out.empty() ? "" : " ") + words_.entries()[e].text;
  return out;
}

std::vector<ChosenWord> WordChooser::choose(ctc::LogProbsView log_probs, double frames_per_second) const {
  const ctc::LogProbs letters = ctc::drop_classes(log_probs, words_.dropped(), vocabulary_.blank());
  std::vector<ChosenWord> out;
  if (one_) {
    add_stretch(letters.view(), 0, out);
    return out;
  }
  const auto read = ctc::greedy(letters.view(), vocabulary_.blank()).symbols;
  for (const auto& [first, end] : stretches(read, letters.frames, kPauseSeconds * frames_per_second)) {
    add_stretch(part_of(letters.view(), first, end), first, out);
  }
  return out;
}

std::optional<WordChooser::Choice> WordChooser::choose_one(ctc::LogProbsView letters) const {
  const std::vector<double> scores = ctc::word_scores(letters, words_.trie(), vocabulary_.blank());
  std::size_t best = 0, second = scores.size();
  double total = scores[0];
  for (std::size_t e = 1; e < scores.size(); ++e) {
    total = ctc::log_add(total, scores[e]);
    if (scores[e] > scores[best]) {
      second = std::exchange(best, e);
    } else if (second == scores.size() || scores[e] > scores[second]) {
      second = e;
    }
  }
  if (scores[best] == kNoText) return std::nullopt;
  Choice out{{static_cast<std::uint32_t>(best)}, {}, {}, {}};
  out.figures.log_prob = scores[best];
  out.figures.probability = std::exp(scores[best] - total);
  out.figures.margin = std::numeric_limits<double>::infinity();
  if (second < scores.size() && scores[second] != kNoText) {
    out.figures.margin = scores[best] - scores[second];
    out.figures.runner_up = words_.entries()[second].text;
  }
  return out;
}

std::optional<WordChooser::Choice> WordChooser::choose_sequence(ctc::LogProbsView letters) const {
  const auto found = ctc::word_sequences(letters, words_.trie(), vocabulary_.blank(), kSequenceWidth, kSequenceWidth);
  if (found.empty()) return std::nullopt;
  double total = kNoText;
  for (const ctc::WordSequence& s : found) total = ctc::log_add(total, s.log_prob);
  Choice out{found.front().entries, {}, {}, {}};
  out.figures.log_prob = found.front().log_prob;
  out.figures.probability = std::exp(found.front().log_prob - total);
  out.figures.margin = std::numeric_limits<double>::infinity();
  if (found.size() > 1) {
    out.figures.margin = found[0].log_prob - found[1].log_prob;
    out.figures.runner_up = text_of(found[1].entries);
  }
  return out;
}

void WordChooser::add_stretch(ctc::LogProbsView letters, std::int64_t first_frame, std::vector<ChosenWord>& out) const {
  auto choice = one_ ? choose_one(letters) : choose_sequence(letters);
  const auto read = ctc::greedy(letters, vocabulary_.blank()).symbols;
  ctc::Labels free;
  for (const ctc::Symbol& s : read) free.push_back(s.label);
  if (!choice) {  // more letters than frames, all of them
    if (read.empty()) return;
    ChosenWord none;
    none.accepted = false;
    none.first_frame = first_frame;
    none.last_frame = first_frame + letters.frames - 1;
    out.push_back(std::move(none));
    return;
  }
  choice->said = best_spelling(choice->entries, words_, letters, vocabulary_.blank(), choice->spelled);
  ChosenWord& figures = choice->figures;
  const double gap = figures.log_prob - ctc::forward_score(letters, free, vocabulary_.blank());
  figures.fit = std::exp(std::min(gap, 0.0) / static_cast<double>(std::max(choice->said.size(), free.size())));
  figures.spoken = !read.empty();
  std::vector<ChosenWord> words;
  if (figures.confidence() < threshold_) {
    figures.accepted = false;
    figures.text = text_of(choice->entries);
    figures.first_frame = read.empty() ? 0 : read.front().first_frame;
    figures.last_frame = read.empty() ? letters.frames - 1 : read.back().last_frame;
    words.push_back(figures);
  } else {
    words = place(*choice, letters);
  }
  for (ChosenWord& word : words) {
    word.first_frame += first_frame;
    word.last_frame += first_frame;
    for (ctc::Symbol& s : word.symbols) s.first_frame += first_frame, s.last_frame += first_frame;
    out.push_back(std::move(word));
  }
}

std::vector<ChosenWord> WordChooser::place(const Choice& choice, ctc::LogProbsView letters) const {
  const auto aligned = ctc::align(letters, choice.said, vocabulary_.blank());
  if (!aligned) throw Error(ErrorCategory::internal, "forced choice", "a text that the frames carry", "another");
  std::vector<ChosenWord> out;
  std::size_t at = 0;
  for (std::size_t i = 0; i < choice.entries.size(); ++i) {
    const WordList::Entry& entry = words_.entries()[choice.entries[i]];
    const std::size_t count = entry.spellings[choice.spelled[i]].size();
    const auto heard = std::span(aligned->symbols).subspan(at, count);
    at += count;
    ChosenWord word = choice.figures;
    word.text = entry.text;
    word.symbols = show(entry, heard, entry.spellings[choice.spelled[i]] == entry.spellings.front(), words_);
    word.first_frame = heard.front().first_frame;
    word.last_frame = heard.back().last_frame;
    out.push_back(std::move(word));
  }
  return out;
}

}  // namespace seben::pipeline
