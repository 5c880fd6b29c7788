// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/decoder_tensors.h"

#include <algorithm>
#include <string_view>

#include "base/format.h"
#include "seben/error.h"

namespace seben::whisper {
namespace {

void add_norm(std::vector<TensorShape>& tensors, const std::string& name, std::int64_t width) {
  tensors.push_back({name + ".weight", {width}});
  tensors.push_back({name + ".bias", {width}});
}

void add_linear(std::vector<TensorShape>& tensors, const std::string& name, std::int64_t out, std::int64_t in) {
  tensors.push_back({name + ".weight", {out, in}});
  if (!name.ends_with("k_proj")) tensors.push_back({name + ".bias", {out}});  // Whisper's keys have no bias
}

void add_layer(std::vector<TensorShape>& tensors, std::int64_t layer, const DecoderConfig& c) {
  const std::string prefix = base::format("layers.{}.", layer);
  for (const char* attention : {"self_attn", "encoder_attn"}) {
    for (const char* name : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      add_linear(tensors, prefix + attention + "." + name, c.d_model, c.d_model);
    }
    add_norm(tensors, prefix + attention + "_layer_norm", c.d_model);
  }
  add_norm(tensors, prefix + "final_layer_norm", c.d_model);
  add_linear(tensors, prefix + "fc1", c.ffn, c.d_model);
  add_linear(tensors, prefix + "fc2", c.d_model, c.ffn);
}

}  // namespace

std::string decoder_prefix(const tensor::WeightFile& file) {
  for (const char* prefix : {"model.decoder.", "decoder.", ""}) {
    if (file.peek(std::string(prefix) + "embed_tokens.weight") != nullptr) return prefix;
  }
  return "?";
}

std::string require_decoder_prefix(const tensor::WeightFile& file) {
  std::string prefix = decoder_prefix(file);
  if (prefix == "?") {
    throw Error(ErrorCategory::bad_data, file.source() + ": tensors",
                "a Whisper text decoder (model.decoder.embed_tokens.weight)", "none");
  }
  return prefix;
}

std::vector<TensorShape> decoder_tensors(const DecoderConfig& c) {
  std::vector<TensorShape> tensors{{"embed_tokens.weight", {c.vocabulary, c.d_model}},
                                   {"embed_positions.weight", {c.positions, c.d_model}}};
  add_norm(tensors, "layer_norm", c.d_model);
  for (std::int64_t layer = 0; layer < c.layers; ++layer) add_layer(tensors, layer, c);
  std::sort(tensors.begin(), tensors.end(), [](const TensorShape& a, const TensorShape& b) { return a.name < b.name; });
  return tensors;
}

std::vector<const tensor::TensorView*> check_decoder(const tensor::WeightFile& file, const DecoderConfig& config) {
  const std::string prefix = decoder_prefix(file);
  std::vector<const tensor::TensorView*> heads;
  for (const TensorShape& tensor : decoder_tensors(config)) heads.push_back(&check_tensor(file, prefix, tensor));
  return heads;
}

}  // namespace seben::whisper
