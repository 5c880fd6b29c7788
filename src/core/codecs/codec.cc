// SPDX-License-Identifier: Apache-2.0
#include "codecs/codec.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/float16.h"
#include "base/format.h"
#include "codecs/codec_kinds.h"
#include "quant/affine_layout.h"
#include "seben/error.h"

namespace seben::quant {
namespace {

constexpr std::int64_t kWidest = 65536;

class PlainCodec final : public FrameCodec {
 public:
  using FrameCodec::FrameCodec;
  [[nodiscard]] ByteAccount account() const override { return {.payload = static_cast<std::size_t>(dim()) * 4}; }

 protected:
  std::int64_t encode_frames(const float* frames, std::int64_t count, std::byte* out) const override {
    const std::int64_t values = count * dim();
    for (std::int64_t i = 0; i < values; ++i) {
      if (!std::isfinite(frames[i])) return i / dim();
    }
    std::memcpy(out, frames, static_cast<std::size_t>(values) * 4);
    return count;
  }
  void decode_frames(const std::byte* in, std::int64_t count, float* frames) const override {
    std::memcpy(frames, in, static_cast<std::size_t>(count * dim()) * 4);
  }
};

class HalfCodec final : public FrameCodec {
 public:
  using FrameCodec::FrameCodec;
  [[nodiscard]] ByteAccount account() const override { return {.payload = static_cast<std::size_t>(dim()) * 2}; }

 protected:
  std::int64_t encode_frames(const float* frames, std::int64_t count, std::byte* out) const override {
    for (std::int64_t i = 0; i < count * dim(); ++i) {
      if (!(std::abs(frames[i]) <= kLargestHalf)) return i / dim();
      const std::uint16_t half = base::f32_to_f16(frames[i]);
      std::memcpy(out + 2 * i, &half, 2);
    }
    return count;
  }
  void decode_frames(const std::byte* in, std::int64_t count, float* frames) const override {
    base::f16_bytes_to_f32(in, {frames, static_cast<std::size_t>(count * dim())});
  }
};

}  // namespace

FrameCodec::~FrameCodec() = default;

void FrameCodec::encode(std::span<const float> frames, std::span<std::byte> out, const std::string& where) const {
  const auto count = static_cast<std::int64_t>(frames.size()) / dim_;
  if (static_cast<std::int64_t>(frames.size()) != count * dim_ ||
      out.size() != static_cast<std::size_t>(count) * frame_bytes()) {
    throw Error(ErrorCategory::internal, "encode",
                base::format("whole frames of {} values and {} bytes", dim_, frame_bytes()),
                base::format("{} values and {} bytes", frames.size(), out.size()));
  }
  if (count == 0) return;  // without frames there need not be memory either
  const std::int64_t good = encode_frames(frames.data(), count, out.data());
  if (good == count) return;
  const auto frame = frames.subspan(static_cast<std::size_t>(good * dim_), static_cast<std::size_t>(dim_));
  const float limit = spec_.kind == CodecKind::f32 ? std::numeric_limits<float>::max() : kLargestHalf;
  std::size_t at = 0;
  while (at + 1 < frame.size() && std::abs(frame[at]) <= limit) ++at;
  throw Error(ErrorCategory::bad_data, base::format("{}: frame {}, value {}", where, good, at),
              spec_.kind == CodecKind::f32 ? "a finite number" : "a finite number of at most 65504",
              base::format("{}", frame[at]));
}

void FrameCodec::decode(std::span<const std::byte> in, std::span<float> frames) const {
  const auto count = static_cast<std::int64_t>(frames.size()) / dim_;
  if (static_cast<std::int64_t>(frames.size()) != count * dim_ ||
      in.size() != static_cast<std::size_t>(count) * frame_bytes()) {
    throw Error(ErrorCategory::internal, "decode",
                base::format("whole frames of {} values and {} bytes", dim_, frame_bytes()),
                base::format("{} values and {} bytes", frames.size(), in.size()));
  }
  if (count > 0) decode_frames(in.data(), count, frames.data());
}

std::unique_ptr<FrameCodec> make_codec(const CodecSpec& spec, std::int64_t dim, const std::string& where) {
  if (dim < 1 || dim > kWidest) {
    throw Error(ErrorCategory::usage, where + ": width", base::format("1 to {}", kWidest), std::to_string(dim));
  }
  switch (spec.kind) {
    case CodecKind::f32: return std::make_unique<PlainCodec>(spec, dim);
    case CodecKind::fp16: return std::make_unique<HalfCodec>(spec, dim);
    case CodecKind::affine: return make_affine_codec(spec, dim, where);
    case CodecKind::turbo: break;
  }
  return make_turbo_codec(spec, dim, where);
}

}  // namespace seben::quant
