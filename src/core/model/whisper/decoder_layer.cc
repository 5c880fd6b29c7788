// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/decoder_layer.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace seben::whisper {
namespace {

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

std::vector<float> DecoderSource::bias(const std::string& name, std::int64_t out) const {
  return tensor::to_float(file_.require(name + ".bias", {out}));
}

NarrowLinear DecoderSource::narrow(const tensor::TensorView& weight, std::span<const float> bias, float scale) {
  return {rows_of(weight), bias,        weight.shape[0], weight.shape[1], form_of(weight),
          scale,           weight.name, weight.bytes(),  threads_};
}

NarrowLinear DecoderSource::narrow(const std::string& name, std::int64_t out, std::int64_t in, bool has_bias,
                                   float scale) {
  const tensor::TensorView& weight = file_.require(name + ".weight", {out, in});
  NarrowLinear linear = narrow(weight, has_bias ? bias(name, out) : std::vector<float>{}, scale);
  if (linear.form() != NarrowForm::reader) file_.release(weight);
  return linear;
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
