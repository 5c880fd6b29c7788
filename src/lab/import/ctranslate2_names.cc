// SPDX-License-Identifier: Apache-2.0
#include "import/ctranslate2_names.h"

#include <fmt/format.h>

#include <utility>

namespace seben::models {
namespace {

using Parts = std::vector<std::string>;

// Fills a list of tensors below one stack: "encoder/" and "model.encoder.".
class StackNames {
 public:
  StackNames(const char* stack, std::int64_t width, std::vector<CTranslate2Tensor>& tensors)
      : variable_(fmt::format("{}/", stack)),
        tensor_(fmt::format("model.{}.", stack)),
        width_(width),
        tensors_(tensors) {}

  void one(const std::string& variable, tensor::Shape shape, const std::string& name) {
    tensors_.push_back({variable_ + variable, std::move(shape), {tensor_ + name}});
  }
  void norm(const std::string& variable, const std::string& name) {
    one(variable + "/gamma", {width_}, name + ".weight");
    one(variable + "/beta", {width_}, name + ".bias");
  }
  void convolution(const std::string& name, std::int64_t in) {
    one(name + "/weight", {width_, in, 3}, name + ".weight");
    one(name + "/bias", {width_}, name + ".bias");
  }
  /// Several linear layers of `out` rows each as one.
  void linear(const std::string& variable, std::int64_t out, std::int64_t in, const Parts& names) {
    CTranslate2Tensor weight{variable_ + variable + "/weight", {}, {}}, bias{variable_ + variable + "/bias", {}, {}};
    for (const std::string& name : names) {
      weight.parts.push_back(tensor_ + name + ".weight");
      bias.parts.push_back(name.ends_with("k_proj") ? "" : tensor_ + name + ".bias");
    }
    const std::int64_t rows = out * static_cast<std::int64_t>(names.size());
    weight.shape = {rows, in};
    bias.shape = {rows};
    tensors_.push_back(std::move(weight));
    tensors_.push_back(std::move(bias));
  }
  void layer(std::int64_t number, std::int64_t ffn, bool with_cross_attention) {
    const std::string variable = fmt::format("layer_{}/", number), name = fmt::format("layers.{}.", number);
    const std::string own = variable + "self_attention/", cross = variable + "attention/";
    norm(own + "layer_norm", name + "self_attn_layer_norm");
    linear(own + "linear_0", width_, width_,
           {name + "self_attn.q_proj", name + "self_attn.k_proj", name + "self_attn.v_proj"});
    linear(own + "linear_1", width_, width_, {name + "self_attn.out_proj"});
    if (with_cross_attention) {
      norm(cross + "layer_norm", name + "encoder_attn_layer_norm");
      linear(cross + "linear_0", width_, width_, {name + "encoder_attn.q_proj"});
      linear(cross + "linear_1", width_, width_, {name + "encoder_attn.k_proj", name + "encoder_attn.v_proj"});
      linear(cross + "linear_2", width_, width_, {name + "encoder_attn.out_proj"});
    }
    norm(variable + "ffn/layer_norm", name + "final_layer_norm");
    linear(variable + "ffn/linear_0", ffn, width_, {name + "fc1"});
    linear(variable + "ffn/linear_1", width_, ffn, {name + "fc2"});
  }

 private:
  std::string variable_, tensor_;
  std::int64_t width_;
  std::vector<CTranslate2Tensor>& tensors_;
};

}  // namespace

std::vector<CTranslate2Tensor> ctranslate2_tensors(const WhisperConfig& config) {
  std::vector<CTranslate2Tensor> tensors;
  const whisper::EncoderConfig& e = config.encoder;
  StackNames encoder("encoder", e.d_model, tensors);
  encoder.convolution("conv1", e.n_mels);
  encoder.convolution("conv2", e.d_model);
  encoder.one("position_encodings/encodings", {e.positions, e.d_model}, "embed_positions.weight");
  encoder.norm("layer_norm", "layer_norm");
  for (std::int64_t i = 0; i < e.layers; ++i) encoder.layer(i, e.ffn, false);
  if (!config.decoder) return tensors;
  const whisper::DecoderConfig& d = *config.decoder;
  StackNames decoder("decoder", d.d_model, tensors);
  decoder.one("embeddings/weight", {d.vocabulary, d.d_model}, "embed_tokens.weight");
  decoder.one("position_encodings/encodings", {d.positions, d.d_model}, "embed_positions.weight");
  decoder.norm("layer_norm", "layer_norm");
  for (std::int64_t i = 0; i < d.layers; ++i) decoder.layer(i, d.ffn, true);
  return tensors;
}

}  // namespace seben::models
