// SPDX-License-Identifier: Apache-2.0
// Codecs of frames: every frame of `dim` values becomes the same number of bytes, and can be restored alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "quant/spec.h"

namespace seben::quant {

/// What the bytes of one frame are spent on, and what a stream pays once.
struct ByteAccount {
  std::size_t payload = 0;  ///< codes
  std::size_t scales = 0;
  std::size_t zeros = 0;
  std::size_t norms = 0;
  std::size_t padding = 0;   ///< bits that no code uses, rounded up to bytes
  std::size_t codebook = 0;  ///< once a stream; 0 where it follows from the codec's name

  [[nodiscard]] std::size_t per_frame() const noexcept { return payload + scales + zeros + norms + padding; }
};

/// Immutable; any number of threads may use one.
class FrameCodec {
 public:
  FrameCodec(CodecSpec spec, std::int64_t dim) : spec_(spec), dim_(dim) {}
  FrameCodec(const FrameCodec&) = delete;
  FrameCodec& operator=(const FrameCodec&) = delete;
  virtual ~FrameCodec();

  [[nodiscard]] const CodecSpec& spec() const noexcept { return spec_; }
  [[nodiscard]] std::int64_t dim() const noexcept { return dim_; }
  [[nodiscard]] virtual ByteAccount account() const = 0;
  [[nodiscard]] std::size_t frame_bytes() const { return account().per_frame(); }
  [[nodiscard]] double bits_per_value() const {
    return 8.0 * static_cast<double>(frame_bytes()) / static_cast<double>(dim_);
  }

  /// frames: [n, dim]; out: n * frame_bytes() bytes. Error(bad_data) starting with `where` names the first frame that
  /// holds a number which is not finite or, for codecs with fp16 in them, beyond 65504.
  void encode(std::span<const float> frames, std::span<std::byte> out, const std::string& where) const;
  /// The reverse. Any bytes decode to something; that they are the right bytes is the container's business.
  void decode(std::span<const std::byte> in, std::span<float> frames) const;

 protected:
  /// Codes `count` frames; returns the number of good ones before the first that cannot be coded.
  virtual std::int64_t encode_frames(const float* frames, std::int64_t count, std::byte* out) const = 0;
  virtual void decode_frames(const std::byte* in, std::int64_t count, float* frames) const = 0;

 private:
  CodecSpec spec_;
  std::int64_t dim_;
};

/// Error(usage) starting with `where` when frames of that width cannot have this codec.
[[nodiscard]] std::unique_ptr<FrameCodec> make_codec(const CodecSpec& spec, std::int64_t dim, const std::string& where);

}  // namespace seben::quant
