// SPDX-License-Identifier: Apache-2.0
#include "bundle/encoder_tensors.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/interrupt.h"
#include "base/sha256.h"
#include "seben/error.h"
#include "whisper/encoder.h"

namespace seben::bundle {
namespace {

void add_layer(std::vector<TensorShape>& tensors, std::int64_t layer, const whisper::EncoderConfig& c) {
  const std::string prefix = fmt::format("layers.{}.", layer);
  for (const char* name : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
    const std::string projection = prefix + "self_attn." + name;
    tensors.push_back({projection + ".weight", {c.d_model, c.d_model}});
    // Whisper's keys have no bias.
    if (std::string_view(name) != "k_proj") tensors.push_back({projection + ".bias", {c.d_model}});
  }
  for (const char* name : {"self_attn_layer_norm", "final_layer_norm"}) {
    tensors.push_back({prefix + name + ".weight", {c.d_model}});
    tensors.push_back({prefix + name + ".bias", {c.d_model}});
  }
  tensors.push_back({prefix + "fc1.weight", {c.ffn, c.d_model}});
  tensors.push_back({prefix + "fc1.bias", {c.ffn}});
  tensors.push_back({prefix + "fc2.weight", {c.d_model, c.ffn}});
  tensors.push_back({prefix + "fc2.bias", {c.d_model}});
}

void require_weight_dtype(const tensor::TensorView& view) {
  const bool is_float = view.dtype == tensor::DType::f32 || view.dtype == tensor::DType::f16 ||
                        view.dtype == tensor::DType::bf16 || view.dtype == tensor::DType::coded;
  if (is_float) return;
  throw Error(ErrorCategory::bad_data, view.source + ": " + view.name, "F32, F16 or BF16",
              std::string(tensor::to_string(view.dtype)));
}

}  // namespace

std::vector<TensorShape> encoder_tensors(const whisper::EncoderConfig& c) {
  std::vector<TensorShape> tensors{{"conv1.weight", {c.d_model, c.n_mels, 3}},
                                   {"conv1.bias", {c.d_model}},
                                   {"conv2.weight", {c.d_model, c.d_model, 3}},
                                   {"conv2.bias", {c.d_model}},
                                   {"embed_positions.weight", {c.positions, c.d_model}},
                                   {"layer_norm.weight", {c.d_model}},
                                   {"layer_norm.bias", {c.d_model}}};
  for (std::int64_t layer = 0; layer < c.layers; ++layer) add_layer(tensors, layer, c);
  std::sort(tensors.begin(), tensors.end(), [](const TensorShape& a, const TensorShape& b) { return a.name < b.name; });
  return tensors;
}

std::vector<const tensor::TensorView*> find_encoder(const tensor::WeightFile& file,
                                                    const whisper::EncoderConfig& config) {
  const std::string prefix = whisper::encoder_prefix(file);
  std::vector<const tensor::TensorView*> views;
  for (const TensorShape& tensor : encoder_tensors(config)) {
    views.push_back(&file.require(prefix + tensor.name, tensor.shape));
    require_weight_dtype(*views.back());
  }
  return views;
}

std::string digest_line(const std::string& name, const tensor::TensorView& view) {
  return fmt::format("{} {} {}\n", name, tensor::to_string(view.dtype), tensor::to_string(view.shape));
}

std::string encoder_digest(const tensor::WeightFile& file, const whisper::EncoderConfig& config,
                           const HashProgress& progress) {
  const std::vector<TensorShape> tensors = encoder_tensors(config);
  const std::vector<const tensor::TensorView*> views = find_encoder(file, config);
  base::Sha256 digest;
  for (std::size_t i = 0; i < views.size(); ++i) {
    base::throw_if_interrupted();
    if (views[i]->coded != nullptr) {
      throw Error(ErrorCategory::bad_data, file.source() + ": " + tensors[i].name, "weights as they were trained",
                  "codes (" + views[i]->coded->codec() + ")");
    }
    digest.update(digest_line(tensors[i].name, *views[i]));
    digest.update(std::span(views[i]->data, views[i]->bytes()));
    file.release(*views[i]);
    if (progress) progress(views[i]->bytes());
  }
  return digest.finish_hex();
}

}  // namespace seben::bundle
