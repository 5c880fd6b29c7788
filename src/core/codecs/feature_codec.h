// SPDX-License-Identifier: Apache-2.0
// How a stream of feature frames is coded: one codec for all, or one for each class of frames.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codecs/agp_partition.h"
#include "codecs/codec.h"

namespace seben::base {
class JsonReader;
}

namespace seben::quant {

/// Who gets the bits. Energy and random exist to be compared with: they give every codec to as many groups of a window
/// as anticipation geometry does, so that the bytes are equal.
enum class Assignment : std::uint8_t { uniform, agp, energy, random };
[[nodiscard]] std::string_view to_string(Assignment assignment) noexcept;

struct FeaturePolicy {
  Assignment assignment = Assignment::uniform;
  std::array<CodecSpec, kFrameClasses> codecs;  ///< by FrameClass; uniform: all the same
  AgpThresholds thresholds;                     ///< not used by uniform
  std::uint64_t seed = 1;                       ///< random only
  std::string fitted = "{}";                    ///< a JSON object: what the policy was fitted on

  [[nodiscard]] bool operator==(const FeaturePolicy&) const = default;
};

/// A codec's text ("affine4:g32"), or "agp:FILE", "energy:FILE", "random:FILE" with a policy file (seben quantize
/// --agp).
[[nodiscard]] FeaturePolicy parse_feature_policy(const std::string& text, const std::string& where);
[[nodiscard]] std::string name_of(const FeaturePolicy& policy);
/// What records call it: a codec's text, or "agp-" and the start of the policy's digest.
[[nodiscard]] std::string record_name(const FeaturePolicy& policy);
[[nodiscard]] FeaturePolicy policy_from_json(const base::JsonReader& json);
[[nodiscard]] nlohmann::json to_json(const FeaturePolicy& policy);

/// Immutable; any number of threads may use one, each with an encoder of its own.
class FeatureCodec {
 public:
  FeatureCodec(FeaturePolicy policy, std::int64_t dim, const std::string& where);

  [[nodiscard]] const FeaturePolicy& policy() const noexcept { return policy_; }
  [[nodiscard]] std::int64_t dim() const noexcept { return dim_; }
  [[nodiscard]] const FrameCodec& of(FrameClass label) const { return *codecs_[static_cast<std::size_t>(label)]; }
  [[nodiscard]] bool mixed() const noexcept { return policy_.assignment != Assignment::uniform; }

  /// A block: [labels, two bits a group, lowest first][frames]; without labels for a uniform codec. `labels` has one
  /// entry a group of AgpPartition::kGroup frames, and none for a uniform codec.
  [[nodiscard]] std::vector<std::byte> encode_block(std::span<const float> frames, std::span<const FrameClass> labels,
                                                    const std::string& where) const;
  /// Error(bad_data) starting with `where` when the bytes are not those of `frames` frames. Appends to `out`.
  void decode_block(std::span<const std::byte> bytes, std::int64_t frames, std::vector<float>& out,
                    const std::string& where) const;

 private:
  FeaturePolicy policy_;
  std::int64_t dim_;
  std::array<std::shared_ptr<const FrameCodec>, kFrameClasses> codecs_;
};

/// Turns pushed frames into blocks, with the look-ahead that labels need and no more.
class FeatureEncoder {
 public:
  struct Block {
    std::int64_t frames = 0;
    bool window_end = false;
    std::vector<std::byte> bytes;
  };

  FeatureEncoder(const FeatureCodec& codec, std::string where);

  /// [n, dim]
  void push(std::span<const float> frames);
  void end_window();
  /// Blocks that are complete, in order; empties the list.
  [[nodiscard]] std::vector<Block> take();

 private:
  void emit(std::int64_t frames, std::span<const FrameClass> labels, bool window_end);
  void emit_whole_window();

  const FeatureCodec& codec_;
  std::string where_;
  std::optional<AgpPartition> partition_;
  std::vector<float> pending_;
  std::int64_t done_groups_ = 0;  ///< of this window, whose labels were used
  std::int64_t done_windows_ = 0;
  std::vector<Block> blocks_;
};

/// One window [frames, dim] through the codec and back, in place; returns the bytes that its blocks take.
std::size_t restore_window(const FeatureCodec& codec, std::span<float> frames, const std::string& where);

}  // namespace seben::quant
