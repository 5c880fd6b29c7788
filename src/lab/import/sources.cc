// SPDX-License-Identifier: Apache-2.0
#include "import/sources.h"

#include <cstring>
#include <utility>

#include "formats/composed_weights.h"
#include "import/names.h"

namespace seben::models {
namespace {

using tensor::GgmlTensor;
using tensor::GgmlType;

constexpr std::string_view kStateDict = "model_state_dict.";

// A name that is none of OpenAI's stays as it is: nothing is lost, and nothing can take its place.
std::string canonical_name(std::string_view name) { return hugging_face_name(name).value_or(std::string(name)); }

// whisper.cpp keeps the biases of the convolutions as [n, 1].
tensor::Shape canonical_shape(const GgmlTensor& tensor) {
  const bool column = tensor.shape.size() == 2 && tensor.shape[1] == 1 && tensor.name.ends_with(".bias");
  return column ? tensor::Shape{tensor.shape[0]} : tensor.shape;
}

void add(tensor::ComposedWeights& weights, Model& model, const GgmlTensor& tensor) {
  tensor::TensorView view{canonical_name(tensor.name), model.source, tensor::DType::f32, canonical_shape(tensor),
                          tensor.data.data()};
  if (!tensor::is_quantised(tensor.type)) {
    if (tensor.type == GgmlType::f16) view.dtype = tensor::DType::f16;
    weights.add(std::move(view));
    return;
  }
  model.quantised.emplace(view.name, to_string(tensor.type));
  if (view.shape.size() == 2) model.blocks.emplace(view.name, &tensor);
  weights.add(std::move(view), [&tensor](const tensor::ByteSink& sink) {
    stream_floats(tensor, [&](std::span<const float> values) { sink(std::as_bytes(values)); });
  });
}

MelFilters copy_filters(const tensor::GgmlFilters& filters) {
  MelFilters copy{filters.n_mel, filters.n_fft, {}};
  copy.weights.resize(filters.data.size() / sizeof(float));
  std::memcpy(copy.weights.data(), filters.data.data(), filters.data.size());
  return copy;
}

}  // namespace

Model model_of(const std::shared_ptr<const tensor::GgmlFile>& file) {
  Model model;
  model.kind = SourceKind::ggml;
  model.source = file->source();
  model.config_json = config_json(file->hparams(), file->source());
  model.vocabulary.assign(file->vocabulary().begin(), file->vocabulary().end());
  model.mel_filters = copy_filters(file->filters());
  auto weights = std::make_shared<tensor::ComposedWeights>(file->source(), file, file->file());
  for (const GgmlTensor& tensor : file->tensors()) add(*weights, model, tensor);
  model.weights = std::move(weights);
  return model;
}

Model model_of(const std::shared_ptr<const tensor::TorchFile>& file) {
  Model model;
  model.kind = SourceKind::openai;
  model.source = file->source();
  model.config_json = config_json(dims_of(*file), file->source());
  model.weights = tensor::compose(file, [](std::string_view name) {
    if (name.starts_with(kStateDict)) name.remove_prefix(kStateDict.size());
    return canonical_name(name);
  });
  return model;
}

}  // namespace seben::models
