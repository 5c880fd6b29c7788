// SPDX-License-Identifier: Apache-2.0
// The feature contract: what an extractor provides and what a head requires, compared field by field before any
// arithmetic (docs/contract.md). Most broken speech models in the field are two programs that disagree about one of
// these numbers and run anyway.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audio/framing.h"

namespace seben::base {
class JsonReader;
}

namespace seben::frontend {

struct FeatureContract {
  std::string extractor = "whisper-encoder";  ///< kind
  std::string variant;                        ///< "large-v3", "demo-nko", …; informative, the digest decides
  std::string weights;                        ///< digest of the encoder's tensors, 64 hexadecimal digits
  std::string precision = "f32";              ///< arithmetic that made (or trained on) the features

  std::int64_t sample_rate = 16000;
  std::int64_t window_samples = 480000;
  std::int64_t n_fft = 400;
  std::int64_t hop = 160;
  std::string window = "hann-periodic";
  std::int64_t n_mels = 0;
  std::string filter_bank = "slaney";
  double log_floor = 1e-10;  ///< of the mel power, before log10
  double log_range = 8.0;    ///< decades below the maximum, of `framing.scope`, that are kept
  std::string scaling = "(x + 4) / 4";
  Framing framing = {};  ///< in JSON only when it is not the default, which was no choice once

  std::int64_t frames = 0;  ///< layout [frames, dim] as it is handed over
  std::int64_t dim = 0;
  double frames_per_second = 0.0;     ///< of that layout
  std::int64_t extractor_stride = 1;  ///< the extractor handed over every how many-th of its frames
  std::int64_t head_stride = 0;       ///< by how much the head shortens time itself; 0: not known to this side
  std::int64_t output_frames = 0;     ///< after the head; 0: not known to this side

  [[nodiscard]] bool operator==(const FeatureContract&) const = default;
};

/// Reads the members "padding" and "scope", both or neither; Error(bad_data) for words that mean nothing.
[[nodiscard]] Framing framing_from_json(const base::JsonReader& json);
[[nodiscard]] nlohmann::json to_json(const Framing& framing);

/// Error(bad_data) names the member that is missing, impossible, or at odds with the others.
[[nodiscard]] FeatureContract contract_from_json(const base::JsonReader& json);
[[nodiscard]] nlohmann::json to_json(const FeatureContract& contract);
/// The text form stored in tensor metadata under kContractKey.
inline constexpr std::string_view kContractKey = "seben.contract";
[[nodiscard]] FeatureContract contract_from_text(std::string_view text, const std::string& source);
[[nodiscard]] std::string to_text(const FeatureContract& contract);

/// One field in which the two sides do not fit, in words.
struct Difference {
  std::string field;
  std::string provided;
  std::string required;

  [[nodiscard]] bool operator==(const Difference&) const = default;
};

/// Empty when features made as `provided` says may go into a head that requires `required`. What concerns the head
/// alone (its stride, the frames after it) is compared only when both sides state it; the variant's name never differs.
[[nodiscard]] std::vector<Difference> compare(const FeatureContract& provided, const FeatureContract& required);

/// One clause such as "375 frames offered, head downsamples 1500 itself: features were downsampled before".
[[nodiscard]] std::string likely_cause(const FeatureContract& provided, const FeatureContract& required);

/// Throws Error(bad_data) with both sides of every difference and the likely cause; `where` is what messages start
/// with. A precision that `admitted_precisions` lists (the bundle's precision record) is no difference.
void require_compatible(const FeatureContract& provided, const FeatureContract& required, const std::string& where,
                        std::span<const std::string> admitted_precisions = {});

/// Features without a contract: all that can be compared is the layout, which has to be exactly the required one, else
/// Error(bad_data) with the likely cause. Returns the warning to show: their origin stays unverified.
[[nodiscard]] std::string require_bare_layout(std::int64_t frames, std::int64_t dim, const FeatureContract& required,
                                              const std::string& where);

}  // namespace seben::frontend
