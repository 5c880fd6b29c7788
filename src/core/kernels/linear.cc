// SPDX-License-Identifier: Apache-2.0
#include "kernels/linear.h"

#include <algorithm>
#include <string>

#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::kernels {
namespace {

std::size_t element_bytes(GemmKind kind) {
  switch (kind) {
    case GemmKind::bf16: return 2;
    case GemmKind::u8s8: return 1;
    case GemmKind::f32: break;
  }
  return 4;
}

std::size_t product(std::int64_t a, std::int64_t b) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

// One row of weights is too little for a task of its own.
constexpr std::int64_t kPackRows = 64;

template <typename Body>
void parallel_blocks(int threads, std::int64_t rows, Body&& body) {
  parallel_for(threads, (rows + kPackRows - 1) / kPackRows, [&](std::int64_t block) {
    for (std::int64_t r = block * kPackRows; r < std::min(rows, (block + 1) * kPackRows); ++r) body(r);
  });
}

// Reads each row into a buffer that stays in the first cache, then hands it to `body`.
template <typename Body>
void parallel_rows(int threads, std::int64_t rows, std::int64_t width, const RowReader& read, Body&& body) {
  parallel_for(threads, (rows + kPackRows - 1) / kPackRows, [&](std::int64_t block) {
    std::vector<float> row(static_cast<std::size_t>(width));
    for (std::int64_t r = block * kPackRows; r < std::min(rows, (block + 1) * kPackRows); ++r) {
      read(r, row);
      body(r, row.data());
    }
  });
}

}  // namespace

GemmKind kind_of(Precision precision) {
  if (precision == Precision::bf16 && gemm_supports(GemmKind::bf16)) return GemmKind::bf16;
  if (precision == Precision::int8 && gemm_supports(GemmKind::u8s8)) return GemmKind::u8s8;
  return GemmKind::f32;
}

Operand::Operand(Precision precision, std::int64_t max_rows, std::int64_t width)
    : kind_(kind_of(precision)),
      width_(width),
      data_(product(max_rows, width) * element_bytes(kind_)),
      codes_(kind_ == GemmKind::u8s8 ? static_cast<std::size_t>(max_rows) : 0) {}

void Operand::set_row(std::int64_t r, const float* row) {
  switch (kind_) {
    case GemmKind::f32: std::copy_n(row, width_, data_.as<float>() + r * width_); break;
    case GemmKind::bf16: row_ops().to_bf16(row, width_, data_.as<std::uint16_t>() + r * width_); break;
    case GemmKind::u8s8:
      codes_[static_cast<std::size_t>(r)] = row_ops().quantize(row, width_, data_.as<std::uint8_t>() + r * width_);
      break;
  }
}

LinearScratch::LinearScratch(std::int64_t max_rows, std::int64_t max_width)
    : accumulator_(product(max_rows, max_width) * 4), row_(static_cast<std::size_t>(max_width)) {}

void* LinearScratch::room(std::size_t bytes) {
  if (accumulator_.size() < bytes) {
    accumulator_ = {};
    accumulator_ = Buffer(bytes);
  }
  return accumulator_.data();
}

Buffer& PackScratch::room(std::size_t bytes) {
  if (buffer_.size() < bytes) {
    buffer_ = {};  // never two of them at a time
    buffer_ = Buffer(bytes);
  }
  return buffer_;
}

std::shared_ptr<const ExpandingGemm> PackScratch::expanding(GemmKind kind, std::int64_t n, std::int64_t k) {
  auto& slot = expanding_[{kind, n, k}];
  if (!slot) slot = make_expanding_gemm(kind, n, k, kBlockRows);
  return slot;
}

void Expanded::reserve(std::size_t packed_bytes, std::int64_t rows) {
  if (packed_.size() < packed_bytes) {
    packed_ = {};
    packed_ = Buffer(packed_bytes);
  }
  const auto count = static_cast<std::size_t>(rows);
  if (channel_scale_.size() < count) channel_scale_.resize(count);
  if (column_sum_.size() < count) column_sum_.resize(count);
}

Linear::Linear(std::span<const float> weight, std::span<const float> bias, std::int64_t out, std::int64_t in,
               Precision precision, int threads)
    : Linear(
          [&](std::int64_t r, std::span<float> row) {
            std::ranges::copy(weight.subspan(product(r, in), static_cast<std::size_t>(in)), row.begin());
          },
          bias, out, in, Packing{precision, nullptr, 0, {}, threads}) {
  if (weight.size() != product(out, in)) {
    throw Error(ErrorCategory::internal, "Linear: weight", std::to_string(product(out, in)) + " values",
                std::to_string(weight.size()));
  }
}

Linear::Linear(const RowReader& read, std::span<const float> bias, std::int64_t out, std::int64_t in,
               const Packing& packing)
    : out_(out), in_(in), kind_(kind_of(packing.precision)), bias_(bias.begin(), bias.end()) {
  if (!bias.empty() && bias.size() != static_cast<std::size_t>(out)) {
    throw Error(ErrorCategory::internal, "Linear: bias", std::to_string(out) + " values", std::to_string(bias.size()));
  }
  PackScratch own;
  if (packing.stored_bytes != 0) {
    expanding_ = (packing.scratch != nullptr ? *packing.scratch : own).expanding(kind_, out, in);
    read_ = read;
    release_ = packing.release;
    stored_bytes_ = packing.stored_bytes;
    return;
  }
  Buffer& room = (packing.scratch != nullptr ? *packing.scratch : own).room(product(out, in) * element_bytes(kind_));
  const ThreadLimit limit(packing.threads);  // of the library that lays the rows out
  switch (kind_) {
    case GemmKind::f32: pack_f32(read, room, packing.threads); break;
    case GemmKind::bf16: pack_bf16(read, room, packing.threads); break;
    case GemmKind::u8s8: pack_s8(read, room, packing.threads); break;
  }
}

void Linear::pack_f32(const RowReader& read, Buffer& rows, int threads) {
  parallel_blocks(threads, out_, [&](std::int64_t r) {
    read(r, {rows.as<float>() + r * in_, static_cast<std::size_t>(in_)});
  });
  gemm_ = pack_gemm(kind_, out_, in_, rows.data(), kBlockRows);
}

void Linear::pack_bf16(const RowReader& read, Buffer& half, int threads) {
  parallel_rows(threads, out_, in_, read, [&](std::int64_t r, const float* row) {
    row_ops().to_bf16(row, in_, half.as<std::uint16_t>() + r * in_);
  });
  gemm_ = pack_gemm(kind_, out_, in_, half.data(), kBlockRows);
}

void Linear::pack_s8(const RowReader& read, Buffer& codes, int threads) {
  const auto limit = static_cast<float>(gemm_s8_limit());
  channel_scale_.resize(static_cast<std::size_t>(out_));
  column_sum_.resize(static_cast<std::size_t>(out_));
  parallel_rows(threads, out_, in_, read, [&](std::int64_t r, const float* row) {
    const auto at = static_cast<std::size_t>(r);
    channel_scale_[at] =
        row_ops().quantize_symmetric(row, in_, limit, codes.as<std::int8_t>() + r * in_, &column_sum_[at]);
  });
  gemm_ = pack_gemm(kind_, out_, in_, codes.data(), kBlockRows);
}

void Linear::prepare(Expanded& e) const {
  if (expands()) e.reserve(expanding_->packed_bytes(), out_);
}

std::int64_t Linear::pieces() const noexcept {
  return expands() ? (out_ + expanding_->piece_rows() - 1) / expanding_->piece_rows() : 0;
}

void Linear::expand(std::int64_t piece, Expanded& e, LinearScratch& scratch) const {
  const std::int64_t first = piece * expanding_->piece_rows(), last = std::min(out_, first + expanding_->piece_rows());
  void* rows = scratch.room(product(last - first, in_) * element_bytes(kind_));
  const std::span<float> row(scratch.row(), static_cast<std::size_t>(in_));
  for (std::int64_t r = first; r < last; ++r) {
    const std::int64_t at = (r - first) * in_;
    switch (kind_) {
      case GemmKind::f32: read_(r, {static_cast<float*>(rows) + at, static_cast<std::size_t>(in_)}); break;
      case GemmKind::bf16:
        read_(r, row);
        row_ops().to_bf16(row.data(), in_, static_cast<std::uint16_t*>(rows) + at);
        break;
      case GemmKind::u8s8: {
        read_(r, row);
        const auto i = static_cast<std::size_t>(r);
        e.channel_scale_[i] = row_ops().quantize_symmetric(row.data(), in_, static_cast<float>(gemm_s8_limit()),
                                                           static_cast<std::int8_t*>(rows) + at, &e.column_sum_[i]);
        break;
      }
    }
  }
  expanding_->pack(piece, rows, e.packed_.data());
}

std::size_t Linear::bytes() const noexcept {
  if (expands()) return stored_bytes_ + 4 * bias_.size();
  return (gemm_ ? gemm_->packed_bytes() : 0) + 4 * (bias_.size() + channel_scale_.size() + column_sum_.size());
}

void Linear::multiply(const Operand& x, std::int64_t rows, LinearScratch& scratch, const Expanded* e) const {
  if (expands()) {
    expanding_->multiply(x.data(), rows, e->packed_.data(), scratch.accumulator());
    return;
  }
  gemm_->multiply(x.data(), rows, scratch.accumulator());
}

void Linear::finish_row(const Operand& x, std::int64_t r, LinearScratch& scratch, const Expanded* e) const {
  const float* bias = bias_.empty() ? nullptr : bias_.data();
  if (kind_ == GemmKind::u8s8) {
    const auto* sums = static_cast<const std::int32_t*>(scratch.accumulator()) + r * out_;
    const auto& scales = expands() ? e->channel_scale_ : channel_scale_;
    const auto& column_sums = expands() ? e->column_sum_ : column_sum_;
    row_ops().dequantize(sums, x.code(r), scales.data(), column_sums.data(), bias, out_, scratch.row());
  } else {
    row_ops().add_bias(static_cast<const float*>(scratch.accumulator()) + r * out_, bias, out_, scratch.row());
  }
}

}  // namespace seben::kernels
