// SPDX-License-Identifier: Apache-2.0
// TurboQuant (Zandieh, Daliri, Hadian and Mirrokni, arXiv 2504.19874): y = R x / |x|, every coordinate to the nearest
// level of the codebook of its marginal. A frame is [codes, lowest bits first][norm, f32].
//
// The inner-product form spends one of its bits on the sign of the residual's rotation S r and keeps |r| as well:
// x ~ x_mse + |r| / (d E|u|) S^T sign(S r), with S another rotation and E|u| the mean magnitude of a coordinate of a
// random unit vector, which makes products unbiased. (The paper's S has independent normal entries and the factor
// sqrt(pi/2) / d; orthonormal rows vary less and need this one.) A frame is [codes][signs][norm][residual norm].

#include <cmath>
#include <vector>

#include "base/format.h"
#include "codecs/codec_kinds.h"
#include "codecs/lloyd_max.h"
#include "codecs/rotation.h"
#include "codecs/rotation_ops.h"
#include "seben/error.h"

namespace seben::quant {
namespace {

// E|u| of one coordinate of a random unit vector: Gamma(d/2) / (sqrt(pi) Gamma((d+1)/2)).
double mean_magnitude(std::int64_t dim) {
  const double d = static_cast<double>(dim);
  return std::exp(std::lgamma(0.5 * d) - std::lgamma(0.5 * (d + 1.0))) / std::sqrt(3.14159265358979323846);
}

// Sums of squares in double and in one order: the same on every processor.
double dot(const float* a, const float* b, std::int64_t n) {
  double sum[8] = {};
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (int k = 0; k < 8; ++k) sum[k] += static_cast<double>(a[i + k]) * static_cast<double>(b[i + k]);
  }
  for (; i < n; ++i) sum[0] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

class BitWriter {
 public:
  explicit BitWriter(std::byte* out) : out_(out) {}
  void put(std::uint32_t value, int bits) {
    held_ |= static_cast<std::uint64_t>(value) << count_;
    for (count_ += bits; count_ >= 8; count_ -= 8, held_ >>= 8) *out_++ = static_cast<std::byte>(held_ & 0xFFU);
  }
  void finish() {
    if (count_ > 0) *out_++ = static_cast<std::byte>(held_ & 0xFFU);
  }

 private:
  std::byte* out_;
  std::uint64_t held_ = 0;
  int count_ = 0;
};

class BitReader {
 public:
  explicit BitReader(const std::byte* in) : in_(in) {}
  std::uint32_t take(int bits) {
    for (; count_ < bits; count_ += 8) held_ |= static_cast<std::uint64_t>(*in_++) << count_;
    const auto value = static_cast<std::uint32_t>(held_ & ((1U << bits) - 1U));
    held_ >>= bits;
    count_ -= bits;
    return value;
  }

 private:
  const std::byte* in_;
  std::uint64_t held_ = 0;
  int count_ = 0;
};

void pack(const std::uint8_t* codes, std::int64_t n, int bits, std::byte* out) {
  if (bits == 0) return;
  if (bits == 8) {
    __builtin_memcpy(out, codes, static_cast<std::size_t>(n));
    return;
  }
  if (bits == 4 && n % 2 == 0) {
    for (std::int64_t i = 0; i < n; i += 2) out[i / 2] = static_cast<std::byte>(codes[i] | (codes[i + 1] << 4));
    return;
  }
  BitWriter writer(out);
  for (std::int64_t i = 0; i < n; ++i) writer.put(codes[i], bits);
  writer.finish();
}

void unpack(const std::byte* in, std::int64_t n, int bits, std::uint8_t* codes) {
  if (bits == 0) {
    __builtin_memset(codes, 0, static_cast<std::size_t>(n));
  } else if (bits == 8) {
    __builtin_memcpy(codes, in, static_cast<std::size_t>(n));
  } else if (bits == 4 && n % 2 == 0) {
    for (std::int64_t i = 0; i < n; i += 2) {
      const auto both = static_cast<std::uint8_t>(in[i / 2]);
      codes[i] = both & 0xFU;
      codes[i + 1] = both >> 4;
    }
  } else {
    BitReader reader(in);
    for (std::int64_t i = 0; i < n; ++i) codes[i] = static_cast<std::uint8_t>(reader.take(bits));
  }
}

std::size_t bytes_of_bits(std::int64_t bits) { return static_cast<std::size_t>((bits + 7) / 8); }

class TurboCodec final : public FrameCodec {
 public:
  TurboCodec(const CodecSpec& spec, std::int64_t dim)
      : FrameCodec(spec, dim),
        code_bits_(spec.bits - (spec.inner_product ? 1 : 0)),
        rotation_(dim, spec.seed),
        book_(lloyd_max(code_bits_, dim)),
        root_(static_cast<float>(std::sqrt(static_cast<double>(dim)))) {
    if (spec.inner_product) {
      residual_.emplace_back(dim, spec.seed ^ 0x5EB37E5EB37E5EB3ULL);
      sign_factor_ = 1.0 / (static_cast<double>(dim) * mean_magnitude(dim));
    }
  }

  [[nodiscard]] ByteAccount account() const override {
    const std::size_t codes = code_bytes(), signs = sign_bytes();
    const auto whole = static_cast<std::size_t>(dim() * spec().bits / 8);
    return {.payload = std::min(whole, codes + signs),
            .norms = spec().inner_product ? 8U : 4U,
            .padding = codes + signs - std::min(whole, codes + signs)};
  }

 protected:
  std::int64_t encode_frames(const float* frames, std::int64_t count, std::byte* out) const override {
    Memory m(dim());
    for (std::int64_t i = 0; i < count; ++i, frames += dim(), out += frame_bytes()) {
      if (!encode_one(frames, out, m)) return i;
    }
    return count;
  }

  void decode_frames(const std::byte* in, std::int64_t count, float* frames) const override {
    Memory m(dim());
    for (std::int64_t i = 0; i < count; ++i, frames += dim(), in += frame_bytes()) decode_one(in, frames, m);
  }

 private:
  struct Memory {
    explicit Memory(std::int64_t dim)
        : scratch(static_cast<std::size_t>(dim)),
          rotated(scratch.size()),
          restored(scratch.size()),
          codes(scratch.size()) {}
    std::vector<float> scratch, rotated, restored;
    std::vector<std::uint8_t> codes;
  };

  [[nodiscard]] std::size_t code_bytes() const { return bytes_of_bits(dim() * code_bits_); }
  [[nodiscard]] std::size_t sign_bytes() const { return spec().inner_product ? bytes_of_bits(dim()) : 0; }

  bool encode_one(const float* frame, std::byte* out, Memory& m) const {
    const double square = dot(frame, frame, dim());
    // Larger norms do not fit the stored f32.
    if (!(square < 1e76)) return false;
    const auto norm = static_cast<float>(std::sqrt(square));
    if (!std::isfinite(norm)) return false;
    const float to_unit = norm > 0.0F ? root_ / norm : 0.0F;
    if (!std::isfinite(to_unit)) {  // a norm below 1e-36: as good as zero
      __builtin_memset(out, 0, frame_bytes());
      return true;
    }
    for (std::int64_t i = 0; i < dim(); ++i) m.rotated[static_cast<std::size_t>(i)] = frame[i] * to_unit;
    rotation_.forward(m.rotated.data(), m.scratch.data());
    rotation_ops().codes(m.rotated.data(), dim(), book_.thresholds.data(),
                         static_cast<std::int64_t>(book_.thresholds.size()), m.codes.data());
    rotation_ops().levels(m.codes.data(), dim(), book_.levels.data(), 1.0F, m.restored.data());
    float stored = norm;
    if (spec().fitted && !spec().inner_product) {
      const double own = dot(m.restored.data(), m.restored.data(), dim());
      const double both = dot(m.rotated.data(), m.restored.data(), dim());
      if (own > 0.0) stored = static_cast<float>(static_cast<double>(norm) * both / own);
    }
    pack(m.codes.data(), dim(), code_bits_, out);
    std::byte* tail = out + code_bytes() + sign_bytes();
    __builtin_memcpy(tail, &stored, 4);
    if (!spec().inner_product) return true;
    for (std::size_t i = 0; i < m.rotated.size(); ++i) m.rotated[i] -= m.restored[i];  // the residual, rotated already
    const auto residual = static_cast<float>(std::sqrt(dot(m.rotated.data(), m.rotated.data(), dim())));
    residual_.front().forward(m.rotated.data(), m.scratch.data());
    for (std::size_t i = 0; i < m.codes.size(); ++i) m.codes[i] = m.rotated[i] < 0.0F ? 1 : 0;
    pack(m.codes.data(), dim(), 1, out + code_bytes());
    __builtin_memcpy(tail + 4, &residual, 4);
    return true;
  }

  void decode_one(const std::byte* in, float* frame, Memory& m) const {
    float norm = 0.0F;
    const std::byte* tail = in + code_bytes() + sign_bytes();
    __builtin_memcpy(&norm, tail, 4);
    if (!std::isfinite(norm)) norm = 0.0F;
    unpack(in, dim(), code_bits_, m.codes.data());
    rotation_ops().levels(m.codes.data(), dim(), book_.levels.data(), 1.0F, m.restored.data());
    if (spec().inner_product) {
      float residual = 0.0F;
      __builtin_memcpy(&residual, tail + 4, 4);
      if (!std::isfinite(residual)) residual = 0.0F;
      const auto size = static_cast<float>(static_cast<double>(residual) * sign_factor_);
      unpack(in + code_bytes(), dim(), 1, m.codes.data());
      for (std::size_t i = 0; i < m.codes.size(); ++i) m.rotated[i] = m.codes[i] != 0 ? -size : size;
      residual_.front().inverse(m.rotated.data(), m.scratch.data());
      for (std::size_t i = 0; i < m.restored.size(); ++i) m.restored[i] += m.rotated[i];
    }
    rotation_.inverse(m.restored.data(), m.scratch.data());
    const float scale = norm / root_;
    for (std::int64_t i = 0; i < dim(); ++i) frame[i] = m.restored[static_cast<std::size_t>(i)] * scale;
  }

  int code_bits_;
  Rotation rotation_;
  std::vector<Rotation> residual_;  ///< none or one
  Codebook book_;
  float root_;
  double sign_factor_ = 0.0;
};

}  // namespace

std::unique_ptr<FrameCodec> make_turbo_codec(const CodecSpec& spec, std::int64_t dim, const std::string& where) {
  if (dim < 8)
    throw Error(ErrorCategory::usage, where + ": " + to_string(spec), "a width of at least 8", std::to_string(dim));
  return std::make_unique<TurboCodec>(spec, dim);
}

}  // namespace seben::quant
