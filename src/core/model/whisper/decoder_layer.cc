// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/decoder_layer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>

#include "kernels/threads.h"

namespace seben::whisper {
namespace {

constexpr std::int64_t kLetGo = 1024;  // rows of a matrix that is read once, whose pages are let go together

using kernels::Linear;
using kernels::NarrowForm;
using kernels::NarrowLinear;

// Codes are checked once, not at every product.
kernels::RowReader rows_of(const tensor::TensorView& weight) {
  if (weight.coded == nullptr) {
    return [&weight](std::int64_t r, std::span<float> row) { tensor::to_float(tensor::row_of(weight, r), row); };
  }
  weight.coded->check();
  return [rows = weight.coded, first = weight.first_row](std::int64_t r, std::span<float> row) {
    rows->read(first + r, row);
  };
}

// Rows that are each read once: a block of the file's pages is let go when all of its rows were, so that a large matrix
// and its copy are not in memory together.
kernels::RowReader rows_once(const tensor::WeightFile& file, const tensor::TensorView& weight) {
  const std::int64_t rows = weight.shape[0];
  if (rows <= kLetGo || weight.coded != nullptr || weight.data == nullptr) return rows_of(weight);
  const auto read =
      std::make_shared<std::vector<std::atomic<std::int64_t>>>(static_cast<std::size_t>((rows + kLetGo - 1) / kLetGo));
  return [&file, &weight, read, rows](std::int64_t r, std::span<float> row) {
    tensor::to_float(tensor::row_of(weight, r), row);
    const std::int64_t block = r / kLetGo, count = std::min(kLetGo, rows - block * kLetGo);
    if (read->at(static_cast<std::size_t>(block)).fetch_add(1) + 1 < count) return;
    tensor::TensorView part = weight;
    part.shape[0] = count;
    part.data += weight.bytes() / static_cast<std::size_t>(rows) * static_cast<std::size_t>(block * kLetGo);
    file.release(part);
  };
}

// Whether an exponent of all ones is among them: `mask`, where the rest of a number does not count.
template <typename Bits>
bool has_infinite(const std::byte* data, std::int64_t count, Bits mask) {
  constexpr std::int64_t kBlock = 64;  // a loop of known length becomes vector instructions
  const auto* at = reinterpret_cast<const Bits*>(data);
  Bits found = 0;
  std::int64_t i = 0;
  for (; i + kBlock <= count; i += kBlock) {
    for (std::int64_t j = 0; j < kBlock; ++j) found |= static_cast<Bits>((at[i + j] & mask) == mask);
  }
  for (; i < count; ++i) found |= static_cast<Bits>((at[i] & mask) == mask);
  return found != 0;
}

// Error(bad_data) naming the first number that is not finite.
void require_finite(const tensor::TensorView& weight, NarrowForm form, int threads) {
  const std::int64_t rows = weight.shape[0], width = weight.shape[1];
  const std::int64_t element = form == NarrowForm::f32 ? 4 : 2;
  constexpr std::int64_t kRows = 256;
  kernels::parallel_for(threads, (rows + kRows - 1) / kRows, [&](std::int64_t block) {
    const std::int64_t first = block * kRows, count = std::min(kRows, rows - first) * width;
    const std::byte* data = weight.data + first * width * element;
    const bool odd = form == NarrowForm::f32
                         ? has_infinite<std::uint32_t>(data, count, 0x7F800000U)
                         : has_infinite<std::uint16_t>(data, count, form == NarrowForm::f16 ? 0x7C00U : 0x7F80U);
    if (!odd) return;
    std::vector<float> row(static_cast<std::size_t>(width));
    for (std::int64_t r = first; r < std::min(rows, first + kRows); ++r)
      tensor::to_float(tensor::row_of(weight, r), row);
  });
}

std::array<const NarrowLinear*, 8> narrow_parts(const DecoderLayer& l) {
  return {&l.q, &l.k, &l.v, &l.out, &l.cross_q, &l.cross_out, &l.fc1, &l.fc2};
}

}  // namespace

// In f32 what is stored in fewer bits stays so: the results are the same and there is less to read.
NarrowForm DecoderSource::form_of(const tensor::TensorView& weight) const {
  if (form_) return *form_;
  if (precision_ == kernels::Precision::f32) {
    if (weight.dtype == tensor::DType::f16) return NarrowForm::f16;
    if (weight.dtype == tensor::DType::bf16) return NarrowForm::bf16;
    if (weight.dtype == tensor::DType::coded) return NarrowForm::reader;
  }
  return kernels::form_of(precision_);
}

// Whether it can be used where it lies. The numbers are looked at all the same: as everywhere, all of them are finite.
bool DecoderSource::is_stored_as(const tensor::TensorView& weight, NarrowForm form) const {
  const std::size_t element = form == NarrowForm::f32 ? sizeof(float) : sizeof(std::uint16_t);
  const bool same = (form == NarrowForm::f32 && weight.dtype == tensor::DType::f32) ||
                    (form == NarrowForm::f16 && weight.dtype == tensor::DType::f16) ||
                    (form == NarrowForm::bf16 && weight.dtype == tensor::DType::bf16);
  if (!same || weight.data == nullptr || reinterpret_cast<std::uintptr_t>(weight.data) % element != 0) return false;
  require_finite(weight, form, threads_);
  return true;
}

std::vector<float> DecoderSource::bias(const std::string& name, std::int64_t out) const {
  return tensor::to_float(file_.require(name + ".bias", {out}));
}

NarrowLinear DecoderSource::narrow(const tensor::TensorView& weight, std::span<const float> bias, float scale) {
  const NarrowForm form = form_of(weight);
  if (is_stored_as(weight, form)) return {weight.data, bias, weight.shape[0], weight.shape[1], form, scale};
  const kernels::RowReader read = form == NarrowForm::reader ? rows_of(weight) : rows_once(file_, weight);
  NarrowLinear linear(read, bias, weight.shape[0], weight.shape[1], form, scale, weight.name, weight.bytes(), threads_);
  if (form != NarrowForm::reader) file_.release(weight);
  return linear;
}

NarrowLinear DecoderSource::narrow(const std::string& name, std::int64_t out, std::int64_t in, bool has_bias,
                                   float scale) {
  const tensor::TensorView& weight = file_.require(name + ".weight", {out, in});
  return narrow(weight, has_bias ? bias(name, out) : std::vector<float>{}, scale);
}

Linear DecoderSource::wide(const std::string& name, std::int64_t out, std::int64_t in, bool has_bias) {
  const tensor::TensorView& weight = file_.require(name + ".weight", {out, in});
  Linear linear(rows_of(weight), has_bias ? bias(name, out) : std::vector<float>{}, out, in,
                {precision_, &scratch_, 0, {}, threads_});
  file_.release(weight);
  return linear;
}

DecoderLayer::DecoderLayer(DecoderSource& s, const std::string& at, const DecoderConfig& c)
    : self_norm(load_norm(s.file(), at + "self_attn_layer_norm", c.d_model)),
      cross_norm(load_norm(s.file(), at + "encoder_attn_layer_norm", c.d_model)),
      feed_norm(load_norm(s.file(), at + "final_layer_norm", c.d_model)) {
  const std::int64_t d = c.d_model;
  const float scale = 1.0F / std::sqrt(static_cast<float>(c.head_dim()));
  q = s.narrow(at + "self_attn.q_proj", d, d, true, scale);
  k = s.narrow(at + "self_attn.k_proj", d, d, false);
  v = s.narrow(at + "self_attn.v_proj", d, d);
  out = s.narrow(at + "self_attn.out_proj", d, d);
  cross_q = s.narrow(at + "encoder_attn.q_proj", d, d, true, scale);
  cross_k = s.wide(at + "encoder_attn.k_proj", d, d, false);
  cross_v = s.wide(at + "encoder_attn.v_proj", d, d, true);
  cross_out = s.narrow(at + "encoder_attn.out_proj", d, d);
  fc1 = s.narrow(at + "fc1", c.ffn, d);
  fc2 = s.narrow(at + "fc2", d, c.ffn);
}

std::size_t DecoderLayer::bytes() const {
  std::size_t sum = cross_k.bytes() + cross_v.bytes();
  for (const NarrowLinear* part : narrow_parts(*this)) sum += part->bytes();
  return sum;
}

std::int64_t DecoderLayer::workspace_floats() const {
  std::int64_t most = 0;
  for (const NarrowLinear* part : narrow_parts(*this)) most = std::max(most, part->workspace_floats());
  return most;
}

}  // namespace seben::whisper
