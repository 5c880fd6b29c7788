// SPDX-License-Identifier: Apache-2.0
// Correction between decoding and joining: the reading of one window, piece by piece, from the window's own
// log-probabilities. The head does not run again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "correct/corrector.h"
#include "decode/ctc/greedy.h"
#include "decode/ctc/log_probs.h"
#include "engine/frame_times.h"
#include "seben/transcript.h"

namespace seben::pipeline {

/// A stretch of a text and the frames that are its own.
struct Piece {
  std::size_t first = 0, end = 0;  ///< symbols
  std::int64_t first_frame = 0, end_frame = 0;
};
/// Cuts a text at the space with the widest pause around it, and the parts again, until none is longer than
/// `max_symbols` or it is a single word. The spaces cut at, with their frames, belong to no piece; in a vocabulary
/// without space (-1) pieces meet in the middle of the pause.
[[nodiscard]] std::vector<Piece> cut_into_pieces(const std::vector<ctc::Symbol>& symbols, std::int64_t frames,
                                                 std::int64_t max_symbols, std::int64_t space);

/// One edit on the frames of the recording.
struct PlacedEdit {
  correction::AppliedEdit edit;
  std::int64_t first_frame = 0, end_frame = 0;
};

/// What the ranker looked at, over all pieces of a text.
struct Considered {
  std::int64_t candidates = 0;    ///< edits of the first round of every piece
  double best_probability = 0.0;  ///< of these, taken or not
};

class CorrectionStage {
 public:
  CorrectionStage(std::shared_ptr<const correction::Corrector> corrector, correction::CorrectorOptions options)
      : corrector_(std::move(corrector)), options_(options) {}

  /// `symbols` are counted from the window's first frame, as in `log_probs`, and so is the result; spaces at the ends
  /// and doubled ones are dropped first. Edits are added to `edits` with `first_frame` added to their frames.
  [[nodiscard]] std::vector<ctc::Symbol> apply(ctc::LogProbsView log_probs, const std::vector<ctc::Symbol>& symbols,
                                               std::int64_t first_frame, correction::Proposals& memory,
                                               std::vector<PlacedEdit>& edits, Considered* considered = nullptr) const;

  [[nodiscard]] const correction::Corrector& corrector() const noexcept { return *corrector_; }
  [[nodiscard]] const std::shared_ptr<const correction::Corrector>& shared() const noexcept { return corrector_; }
  [[nodiscard]] const correction::CorrectorOptions& options() const noexcept { return options_; }

 private:
  std::shared_ptr<const correction::Corrector> corrector_;
  correction::CorrectorOptions options_;
};

/// The edits that the final symbols of the recording hold, each once: where windows overlap, only one is believed.
[[nodiscard]] std::vector<PlacedEdit> in_text(const std::vector<PlacedEdit>& edits,
                                              const std::vector<ctc::Symbol>& symbols);

/// The same symbols, later by `frames`.
[[nodiscard]] std::vector<ctc::Symbol> shifted(std::vector<ctc::Symbol> symbols, std::int64_t frames);

/// As shown to people and in JSON.
[[nodiscard]] TextEdit describe(const PlacedEdit& edit, const nko::Vocabulary& vocabulary, const FrameTimes& times);

}  // namespace seben::pipeline
