// SPDX-License-Identifier: Apache-2.0
#include "engine/recording.h"

#include <utility>

#include "base/format.h"
#include "decode/ctc/blank_guard.h"
#include "engine/stopwatch.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

void append(std::vector<ctc::Symbol>& all, const std::vector<ctc::Symbol>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

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
  if (language_) language_->see(log_probs, first);
  auto [symbols, possible] = decoding_.read(log_probs);
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
  if (language_) write(language_->finish());
  Transcript out = builder_.finish();
  if (correction_ != nullptr) out.corrections = corrections();
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
