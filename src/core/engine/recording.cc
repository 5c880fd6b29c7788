// SPDX-License-Identifier: Apache-2.0
#include "engine/recording.h"

#include <utility>

#include "base/format.h"
#include "decode/ctc/blank_guard.h"
#include "engine/stopwatch.h"
#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

void append(std::vector<ctc::Symbol>& all, const std::vector<ctc::Symbol>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

constexpr const char* kRecording = "recording";

}  // namespace

Error about_recording(const Error& error, const std::string& path) {
  return error.where() == kRecording ? Error(error.category(), path, error.expected(), error.found()) : error;
}

Recording::Recording(const Recogniser& recogniser, const Decoding& decoding, const CorrectionStage* correction,
                     const Callbacks& callbacks, double window_seconds)
    : vocabulary_(recogniser.vocabulary()),
      decoding_(decoding),
      correction_(correction),
      callbacks_(callbacks),
      frames_per_second_(static_cast<double>(recogniser.output_frames()) / window_seconds),
      builder_(vocabulary_, frames_per_second_, callbacks.segment) {}

void Recording::guard_language(const ctc::LanguageGuard& guard, bool leave_out) {
  language_.emplace(guard, frames_per_second_, vocabulary_.blank(), vocabulary_.space(), leave_out);
  limit_ = guard.limit;
}

bool Recording::add_window(ctc::LogProbsView log_probs, std::int64_t first, correction::Proposals& memory) {
  const Stopwatch watch(timings_.decode);
  if (decoding_.chooser() != nullptr) return add_words(log_probs, first);
  if (language_) language_->see(log_probs, first);
  auto [symbols, possible, texts] = decoding_.read(log_probs);
  if (!texts.empty()) {
    const auto when = builder_.times().of(first, first + log_probs.frames);
    alternatives_.push_back({when.start, when.end, std::move(texts), 0});
  }
  if (!possible) {
    suspect_.push_back(base::format("window at {:.1f} s: no text of possible syllables was found",
                                    static_cast<double>(first) / frames_per_second_));
  }
  const bool reads = !symbols.empty();
  if (correction_ != nullptr) {
    append(read_, read_stitcher_.push(shifted(symbols, first), first, previous_end_));
    symbols = correction_->apply(log_probs, symbols, first, memory, edits_);
  }
  deliver(stitcher_.push(shifted(std::move(symbols), first), first, previous_end_));
  previous_end_ = first + log_probs.frames;
  ++windows_;
  return reads;
}

bool Recording::add_words(ctc::LogProbsView log_probs, std::int64_t first) {
  const WordChooser& chooser = *decoding_.chooser();
  if (chooser.one_a_recording() && windows_ > 0) {
    throw Error(ErrorCategory::bad_data, kRecording,
                "at most one window of 30 s, to be one of the words (words mode sequence takes longer ones)", "more");
  }
  std::vector<ChosenWord> words = chooser.choose(log_probs, frames_per_second_);
  bool reads = false;
  for (ChosenWord& word : words) {
    reads = reads || word.accepted;
    word.first_frame += first;
    word.last_frame += first;
    word.symbols = shifted(std::move(word.symbols), first);
  }
  deliver_words(joiner_.push(std::move(words), first, previous_end_));
  previous_end_ = first + log_probs.frames;
  ++windows_;
  return reads;
}

void Recording::deliver_words(std::vector<ChosenWord> words) {
  for (ChosenWord& w : words) {
    const auto [start, end] = builder_.times().of(w.first_frame, w.last_frame + 1);
    choices_.push_back(
        {w.text, w.accepted, start, end, w.confidence(), w.probability, w.fit, w.log_prob, w.margin, w.runner_up, 0});
    if (!w.accepted) {
      if (!w.spoken) continue;
      suspect_.push_back(base::format("speech at {:.1f} s: none of the words; nearest is {}, confidence {:.2f}", start,
                                      w.text, w.confidence()));
      continue;
    }
    if (has_words_ && vocabulary_.space() >= 0) {
      const std::int64_t at = w.symbols.front().first_frame;
      deliver({{vocabulary_.space(), at, at, 0.0F, 1.0F}});
    }
    has_words_ = true;
    deliver(w.symbols);
  }
}

void Recording::guard(ctc::LogProbsView log_probs, std::span<const float> samples, double start_seconds) {
  const auto statistics = ctc::blank_statistics(log_probs, vocabulary_.blank());
  const auto energy = generate::speech_energy(samples);
  std::string reason = ctc::suspect_blank(statistics, energy);
  // A window that is all but silent shows for free whether the declared blank is the real one.
  if (reason.empty() && energy.peak_dbfs < -60.0) reason = ctc::silence_mismatch(statistics, vocabulary_.blank());
  if (!reason.empty()) suspect_.push_back(base::format("window at {:.1f} s: {}", start_seconds, reason));
}

void Recording::report(const Progress& progress) const {
  if (callbacks_.progress) callbacks_.progress(progress);
}

Transcript Recording::finish() {
  deliver(stitcher_.finish());
  deliver_words(joiner_.finish());
  if (language_) write(language_->finish());
  Transcript out = builder_.finish();
  if (correction_ != nullptr) out.corrections = corrections();
  if (decoding_.chooser() != nullptr) out.choices = std::move(choices_);
  out.alternatives = std::move(alternatives_);
  out.windows = windows_;
  out.timings = timings_;
  out.suspect = std::move(suspect_);
  if (language_) tell_refused(out);
  return out;
}

void Recording::deliver(const std::vector<ctc::Symbol>& symbols) {
  write(language_ ? language_->push(symbols) : symbols);
}

void Recording::tell_refused(Transcript& out) const {
  for (const RefusedSymbols& refused : language_->refused()) {
    RefusedText text;
    text.text = nko::normalise(ctc::to_text(refused.symbols, vocabulary_), "refused text");
    const auto when = builder_.times().of(refused.symbols.front().first_frame, refused.symbols.back().last_frame + 1);
    text.start = when.start;
    text.end = when.end;
    text.score = refused.score;
    text.limit = limit_;
    out.suspect.push_back(
        base::format("{:.1f} s to {:.1f} s do not sound like what the head knows (score {:.2f}, limit {:.2f})",
                     text.start, text.end, text.score, text.limit));
    out.refused.push_back(std::move(text));
  }
}

void Recording::write(const std::vector<ctc::Symbol>& symbols) {
  if (correction_ != nullptr) append(written_, symbols);
  builder_.add(symbols);
}

// Where windows overlap only one reading is kept, and with it only its edits.
Corrections Recording::corrections() {
  append(read_, read_stitcher_.finish());
  Corrections out;
  out.mode = correction::to_string(correction_->options().mode);
  out.hypothesis = nko::normalise(ctc::to_text(read_, vocabulary_), "hypothesis");
  for (const PlacedEdit& edit : in_text(edits_, written_)) {
    out.edits.push_back(describe(edit, vocabulary_, builder_.times()));
  }
  return out;
}

}  // namespace seben::pipeline
