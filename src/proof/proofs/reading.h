// SPDX-License-Identifier: Apache-2.0
// From logits to text and the ranker's decision, with what the proof itself holds of the bundle: so that an audit can
// do again what the run did.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "decode/ctc/log_probs.h"
#include "engine/correction_stage.h"
#include "text/nko/vocabulary.h"

namespace seben::proof {

/// What one mode read.
struct Reading {
  std::int64_t frames = 0, nonblank_frames = 0;
  std::string text;  ///< greedily decoded
  std::int64_t candidates = 0;
  bool accepted = false;  ///< whether the ranker accepted a correction
  double score = 0.0;     ///< probability of the best candidate
  std::string corrected;  ///< text after the ranker's decision

  /// Equal but for the last digits of the score, which depend on the processor.
  [[nodiscard]] bool agrees(const Reading& other) const noexcept;
};

class Reader {
 public:
  /// `folder` has bundle.json and, under the names that are listed there, vocabulary, ranker and language model. Their
  /// digests are compared: Error(bad_data). Error(incomplete) for a bundle without a ranker.
  explicit Reader(const std::string& folder);

  /// logits: [frames, classes]; changed into log-probabilities in place. Error(bad_data) when they are not numbers.
  [[nodiscard]] Reading read(std::span<float> logits) const;
  /// The same in its two parts, for timing.
  [[nodiscard]] Reading decode(std::span<float> logits) const;
  void correct(std::span<const float> log_probs, Reading& reading) const;

  [[nodiscard]] std::int64_t classes() const noexcept { return static_cast<std::int64_t>(vocabulary_.size()); }
  [[nodiscard]] const std::string& bundle_digest() const noexcept { return bundle_digest_; }
  /// Of the encoder's tensors, as the bundle's contract states it; "" without an encoder.
  [[nodiscard]] const std::string& encoder_digest() const noexcept { return encoder_digest_; }
  /// The ranker's operating point.
  [[nodiscard]] static std::string_view mode() noexcept { return "balanced"; }

 private:
  nko::Vocabulary vocabulary_;
  std::optional<pipeline::CorrectionStage> correction_;
  std::string bundle_digest_, encoder_digest_;
};

/// Copies what Reader needs from a bundle's folder; returns the paths of the copies below the proof's `folder`, each
/// with `prefix`.
std::vector<std::string> copy_bundle_parts(const std::string& bundle, const std::string& folder,
                                           const std::string& prefix);

/// {"schema": "seben.proof-result", …}; parse: Error(bad_data).
[[nodiscard]] std::string to_text(const Reading& reading);
[[nodiscard]] Reading parse_reading(std::string_view text, const std::string& source);

}  // namespace seben::proof
