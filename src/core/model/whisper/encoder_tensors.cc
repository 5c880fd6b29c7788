// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/encoder_tensors.h"

#include <algorithm>

#include "base/format.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "model/whisper/encoder.h"
#include "seben/error.h"

namespace seben::whisper {
namespace {

void add_layer(std::vector<TensorShape>& tensors, std::int64_t layer, const EncoderConfig& c) {
  const std::string prefix = base::format("layers.{}.", layer);
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

}  // namespace

std::vector<TensorShape> encoder_tensors(const EncoderConfig& c) {
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

std::vector<const tensor::TensorView*> check_encoder(const tensor::WeightFile& file, const EncoderConfig& config) {
  const std::string prefix = encoder_prefix(file);
  std::vector<const tensor::TensorView*> heads;
  for (const TensorShape& tensor : encoder_tensors(config)) heads.push_back(&check_tensor(file, prefix, tensor));
  return heads;
}

std::vector<const tensor::TensorView*> find_encoder(const tensor::WeightFile& file, const EncoderConfig& config) {
  std::vector<const tensor::TensorView*> views = check_encoder(file, config);
  for (const tensor::TensorView*& view : views) view = &file.require(view->name);
  return views;
}

const tensor::TensorView& check_tensor(const tensor::WeightFile& file, const std::string& prefix,
                                       const TensorShape& tensor) {
  const tensor::TensorView* head = file.peek(prefix + tensor.name);
  if (head == nullptr) return file.require(prefix + tensor.name);  // throws
  tensor::require_shape(*head, tensor.shape);
  const bool is_float = head->dtype == tensor::DType::f32 || head->dtype == tensor::DType::f16 ||
                        head->dtype == tensor::DType::bf16 || head->dtype == tensor::DType::coded;
  if (is_float) return *head;
  throw Error(ErrorCategory::bad_data, head->source + ": " + head->name, "F32, F16 or BF16",
              std::string(tensor::to_string(head->dtype)));
}

std::string digest_line(const std::string& name, const tensor::TensorView& view) {
  return base::format("{} {} {}\n", name, tensor::to_string(view.dtype), tensor::to_string(view.shape));
}

std::string encoder_digest(const tensor::WeightFile& file, const EncoderConfig& config, const HashProgress& progress) {
  const std::vector<TensorShape> tensors = encoder_tensors(config);
  const std::vector<const tensor::TensorView*> heads = check_encoder(file, config);
  base::Sha256 digest;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    base::throw_if_interrupted();
    if (heads[i]->coded != nullptr) {
      throw Error(ErrorCategory::bad_data, file.source() + ": " + tensors[i].name, "weights as they were trained",
                  "codes (" + heads[i]->coded->codec() + ")");
    }
    digest.update(digest_line(tensors[i].name, *heads[i]));
    file.stream(heads[i]->name, [&](std::span<const std::byte> piece) {
      digest.update(piece);
      if (progress) progress(piece.size());
    });
    file.release(*heads[i]);
  }
  return digest.finish_hex();
}

}  // namespace seben::whisper
