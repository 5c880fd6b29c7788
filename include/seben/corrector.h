// SPDX-License-Identifier: Apache-2.0
// Correction of a text from the log-probabilities that it was read from, without running the model again.
//
//   seben::Corrector corrector(seben::Bundle::open("bundles/demo-nko"), {});
//   std::cout << corrector.correct(hypothesis, log_probs).text << '\n';
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "seben/bundle.h"
#include "seben/error.h"
#include "seben/export.h"
#include "seben/transcript.h"

namespace seben {

struct CorrectorOptions {
  std::string mode = "balanced";          ///< aggressive, balanced, conservative or preservation
  std::string ranker;                     ///< path of a ranker.json instead of the bundle's own
  std::string language_model;             ///< path of the ARPA file that the ranker was fitted with, if it was
  std::optional<std::int64_t> max_edits;  ///< of one text; the ranker's own limit otherwise
};

struct CorrectedText {
  std::string text;
  Corrections corrections;
  std::int64_t candidates = 0;    ///< edits that were looked at
  double best_probability = 0.0;  ///< of these, taken or not
};

/// Immutable after construction and safe to use from several threads at once.
class SEBEN_API Corrector {
 public:
  /// Error(bad_data) for a ranker of another head or another version, Error(incomplete) for a bundle without one,
  /// Error(usage) for a mode that does not exist.
  Corrector(const Bundle& bundle, const CorrectorOptions& options);
  Corrector(Corrector&&) noexcept;
  Corrector& operator=(Corrector&&) noexcept;
  ~Corrector();

  /// `log_probs` row-major [frames, classes], natural logarithms, every frame's probabilities summing to 1.
  /// Error(bad_data) when they do not, for text that the vocabulary cannot write or the frames cannot carry.
  [[nodiscard]] CorrectedText correct(std::string_view hypothesis, std::span<const float> log_probs) const;

  [[nodiscard]] const Bundle& bundle() const noexcept;
  [[nodiscard]] std::int64_t classes() const noexcept;

 private:
  class SEBEN_HIDDEN Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace seben
