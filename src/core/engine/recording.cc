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

bool Recording::add_window(ctc::LogProbsView log_probs, std::int64_t first, correction::Proposals& memory) {
  const Stopwatch watch(timings_.decode);
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
  Transcript out = builder_.finish();
  if (correction_ != nullptr) out.corrections = corrections();
  out.windows = windows_;
  out.timings = timings_;
  out.suspect = std::move(suspect_);
  return out;
}

void Recording::deliver(const std::vector<ctc::Symbol>& symbols) {
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
