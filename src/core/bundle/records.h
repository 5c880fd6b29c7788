// SPDX-License-Identifier: Apache-2.0
// What was measured about a bundle and is kept in it: precision gates and extractor skew.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "bundle/basis.h"
#include "bundle/contract.h"
#include "bundle/gate.h"

namespace seben::base {
class JsonReader;
}

namespace seben::bundle {

/// The gates that an arithmetic other than f32 has to have passed to be admitted, beside those of bundle/basis.h.
inline constexpr std::string_view kFeatureGate = "feature_error";  ///< against f32, relative root mean square
inline constexpr std::string_view kLogitGate = "logit_error";      ///< against f32, largest difference
inline constexpr std::string_view kDecodeGate = "cer_change";  ///< error rate minus that of f32, on an evaluation set

struct PrecisionRecord {
  std::string precision;
  std::vector<Gate> gates;
  std::string evaluation;            ///< what it was measured on
  std::int64_t utterances = 0;       ///< of that
  std::int64_t outputs_changed = 0;  ///< texts that differ from those of f32
  std::string tool;                  ///< "seben 0.1.0"

  /// Every gate holds, and they are the three above, measured on enough (rests_on_enough), or those of an agreement
  /// (bundle/agreement_gates.h). A record without what it rests on, as versions before wrote it, admits nothing.
  [[nodiscard]] bool admitted() const noexcept;
};

/// Two extractors on the same audio: the only way past a contract difference.
struct SkewRecord {
  frontend::FeatureContract provided;
  frontend::FeatureContract required;
  std::int64_t clips = 0;
  std::int64_t frames = 0;
  double mean_error = 0.0;  ///< over frames, ‖provided − required‖ / ‖required‖
  double max_error = 0.0;
  double mean_cosine = 0.0;
  double min_cosine = 0.0;
  double cer_difference = 0.0;  ///< with provided features minus with required ones
  double max_mean_error = 0.0;  ///< the bounds that were stated before measuring
  double min_mean_cosine = 0.0;
  double max_cer_difference = 0.0;
  std::vector<Gate> basis;  ///< what it was measured on, see bundle/basis.h; none in records of earlier versions
  std::string evaluation;
  std::string tool;

  /// Every figure keeps its bound, and they were measured on enough.
  [[nodiscard]] bool within_bounds() const noexcept;
  /// Measured for exactly these two contracts, and within its bounds.
  [[nodiscard]] bool covers(const frontend::FeatureContract& other_provided,
                            const frontend::FeatureContract& other_required) const noexcept;
};

[[nodiscard]] PrecisionRecord precision_record_from_json(const base::JsonReader& json);
[[nodiscard]] nlohmann::json to_json(const PrecisionRecord& record);
[[nodiscard]] SkewRecord skew_record_from_json(const base::JsonReader& json);
[[nodiscard]] nlohmann::json to_json(const SkewRecord& record);

}  // namespace seben::bundle
