// SPDX-License-Identifier: Apache-2.0
// Group-affine frames: [codes][scales, fp16][zeros, fp16]. x ~ zero + scale * q with zero = fp16(min) and
// scale = fp16((max - min) / (2^b - 1)); symmetric: x ~ scale * (q - 2^(b-1)), scale = fp16(the value of largest
// magnitude / -2^(b-1)), the form of ggml's q4_0.

#include <vector>

#include "base/format.h"
#include "codecs/codec_kinds.h"
#include "quant/affine_layout.h"
#include "seben/error.h"

namespace seben::quant {
namespace {

class AffineCodec final : public FrameCodec {
 public:
  using FrameCodec::FrameCodec;

  [[nodiscard]] ByteAccount account() const override {
    const auto width = static_cast<std::size_t>(dim()), groups = width / static_cast<std::size_t>(spec().group);
    return {.payload = width * static_cast<std::size_t>(spec().bits) / 8,
            .scales = 2 * groups,
            .zeros = spec().symmetric ? 0 : 2 * groups};
  }

 protected:
  std::int64_t encode_frames(const float* frames, std::int64_t count, std::byte* out) const override {
    const ByteAccount bytes = account();
    const AffineLayout layout = layout_of(spec());
    std::vector<std::uint16_t> halves((bytes.scales + bytes.zeros) / 2 + 1);  // in the frame they may be misaligned
    for (std::int64_t i = 0; i < count; ++i, frames += dim(), out += bytes.per_frame()) {
      const std::uint32_t largest = affine_ops().encode(frames, dim(), layout, reinterpret_cast<std::uint8_t*>(out),
                                                        halves.data(), halves.data() + bytes.scales / 2);
      if (largest > kLargestHalfBits) return i;
      __builtin_memcpy(out + bytes.payload, halves.data(), bytes.scales + bytes.zeros);
    }
    return count;
  }

  void decode_frames(const std::byte* in, std::int64_t count, float* frames) const override {
    const ByteAccount bytes = account();
    const AffineLayout layout = layout_of(spec());
    std::vector<std::uint16_t> halves((bytes.scales + bytes.zeros) / 2 + 1);
    for (std::int64_t i = 0; i < count; ++i, frames += dim(), in += bytes.per_frame()) {
      __builtin_memcpy(halves.data(), in + bytes.payload, bytes.scales + bytes.zeros);
      affine_ops().decode(reinterpret_cast<const std::uint8_t*>(in), halves.data(), halves.data() + bytes.scales / 2,
                          dim(), layout, frames);
    }
  }
};

}  // namespace

std::unique_ptr<FrameCodec> make_affine_codec(const CodecSpec& spec, std::int64_t dim, const std::string& where) {
  if (dim % spec.group != 0) {
    throw Error(ErrorCategory::usage, where + ": " + to_string(spec),
                base::format("a width that is a multiple of the group of {}", spec.group), std::to_string(dim));
  }
  return std::make_unique<AffineCodec>(spec, dim);
}

}  // namespace seben::quant
