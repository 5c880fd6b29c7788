// SPDX-License-Identifier: Apache-2.0
// Which frames deserve more bits: groups of four frames (one frame behind a head of stride 4) are labelled by the
// anticipation-geometry scalars of their projected means. Causal but for a look-ahead of three groups.
// docs/quantization.md has the rule and why its thresholds are quantiles of a calibration set.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "codecs/agp_scalars.h"
#include "codecs/rotation.h"

namespace seben::quant {

enum class FrameClass : std::uint8_t { stable, boundary, uncertain, novelty };
inline constexpr std::size_t kFrameClasses = 4;
[[nodiscard]] std::string_view to_string(FrameClass label) noexcept;

struct AgpThresholds {
  double novelty = 0.0;      ///< NOVELTY at or above: the 95th percentile of the calibration set
  double commitment = 0.0;   ///< BOUNDARY at or below: the 15th
  double stability = 0.0;    ///< BOUNDARY at or below: the 10th
  double pressure = 0.0;     ///< BOUNDARY at or above: the 90th
  double uncertainty = 0.0;  ///< UNCERTAIN at or above: the 80th

  [[nodiscard]] bool operator==(const AgpThresholds&) const = default;
};

/// The quantiles named above, over all groups of all windows; Error(incomplete) for fewer than 100 groups.
[[nodiscard]] AgpThresholds calibrate_thresholds(std::span<const AgpScalars> scalars);

/// One window of frames, streamed.
class AgpPartition {
 public:
  static constexpr std::int64_t kGroup = 4;      ///< frames
  static constexpr std::int64_t kLookAhead = 3;  ///< groups
  static constexpr std::int64_t kProjected = 16;

  /// `dim` is the frames' width, at least 16. The projection is the first 16 rows of a seeded rotation.
  AgpPartition(std::int64_t dim, const AgpThresholds& thresholds);

  /// Any number of frames, [n, dim]; a group is complete with its fourth frame.
  void push(std::span<const float> frames);
  /// The window ends here; a last group may be short.
  void finish();
  /// Labels that are final, one a group.
  [[nodiscard]] const std::vector<FrameClass>& labels() const noexcept { return labels_; }
  [[nodiscard]] const std::vector<AgpScalars>& scalars() const noexcept { return trajectory_.scalars(); }
  /// Ready for the next window.
  void reset();

 private:
  void close_group();
  void settle(bool end);
  [[nodiscard]] FrameClass raw(std::int64_t t) const;
  [[nodiscard]] FrameClass widened(std::int64_t t, std::int64_t end) const;

  std::int64_t dim_;
  AgpThresholds thresholds_;
  Rotation rotation_;
  AgpTrajectory trajectory_;
  std::vector<float> sum_, scratch_;
  std::int64_t held_ = 0;  ///< frames in sum_
  std::vector<FrameClass> raw_, labels_;
};

}  // namespace seben::quant
