// SPDX-License-Identifier: Apache-2.0
// How far two extractors are apart on the same audio.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bundle/contract.h"
#include "bundle/records.h"

namespace seben::bundle {

/// Stated before measuring; a record whose figures exceed them admits nothing.
struct SkewBounds {
  double max_mean_error = 0.05;
  double min_mean_cosine = 0.995;
  double max_cer_difference = 0.005;  ///< absolute: half a percentage point
};

/// Collects frames of the same clips from both extractors.
class SkewMeter {
 public:
  explicit SkewMeter(std::int64_t dim);

  /// One clip, both as [frames, dim]. Error(bad_data) when their lengths differ, or a frame's norm is 0 on one side
  /// only.
  void add(std::span<const float> provided, std::span<const float> required);
  [[nodiscard]] std::int64_t clips() const noexcept { return clips_; }

  /// `cer_difference` is measured by the caller: error rate with provided features minus that with required ones. So is
  /// `basis`; a record without it admits nothing.
  /// Error(incomplete) without a clip; Error(bad_data) when the contracts differ in layout, where nothing can be
  /// compared.
  [[nodiscard]] SkewRecord record(const frontend::FeatureContract& provided, const frontend::FeatureContract& required,
                                  double cer_difference, const SkewBounds& bounds,
                                  const std::vector<Gate>& basis = {}) const;

 private:
  void add_frame(std::span<const float> provided, std::span<const float> required);

  std::size_t dim_;
  std::int64_t clips_ = 0;
  std::int64_t frames_ = 0;
  double error_sum_ = 0.0;
  double max_error_ = 0.0;
  double cosine_sum_ = 0.0;
  double min_cosine_ = 1.0;
};

/// Puts the record into the bundle, in place of one for the same two contracts. Error(incomplete) when it is not within
/// its bounds: the difference stays refused.
void store_skew(const std::string& folder, const SkewRecord& record);

/// Puts the record into the bundle, in place of one for the same precision. One that fails a gate is stored as well: it
/// is evidence, and admits nothing.
void store_precision(const std::string& folder, const PrecisionRecord& record);
/// The same of one of its text decoders ("" is the first).
void store_precision(const std::string& folder, const std::string& decoder, const PrecisionRecord& record);

}  // namespace seben::bundle
