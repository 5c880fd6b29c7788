// SPDX-License-Identifier: Apache-2.0
#include "import/write_ggml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/float16.h"
#include "formats/ggml_writer.h"
#include "import/mel_filters.h"
#include "import/names.h"
#include "model/whisper/decoder_tensors.h"
#include "model/whisper/encoder_tensors.h"
#include "seben/error.h"

namespace seben::models {
namespace {

using tensor::GgmlType;
using tensor::TensorView;

constexpr float kBeyondF16 = 65520.0F;  // this and more would become infinite

MelFilters filters_of(const Model& model) {
  if (!model.mel_filters) return whisper_filters(model.config.encoder.n_mels);
  if (model.mel_filters->n_mels == model.config.encoder.n_mels) return *model.mel_filters;
  throw Error(ErrorCategory::bad_data, model.source + ": mel filters",
              fmt::format("{} of them", model.config.encoder.n_mels), std::to_string(model.mel_filters->n_mels));
}

struct Item {
  std::string name;        // OpenAI's
  const TensorView* head;  // as the model has it
  GgmlType type;
  tensor::Shape shape;
};

Item item_of(const TensorView& head, std::string name, bool f16) {
  const bool conv_bias = name == "encoder.conv1.bias" || name == "encoder.conv2.bias";
  const bool small = head.shape.size() < 2 || name.ends_with("positional_embedding");
  tensor::Shape shape = head.shape;
  if (conv_bias) shape.push_back(1);
  return {std::move(name), &head, f16 && !small ? GgmlType::f16 : GgmlType::f32, std::move(shape)};
}

// Every tensor of the sizes; those that the file holds besides stay out.
std::vector<Item> items_of(const Model& model, bool f16) {
  std::vector<Item> items;
  const auto add = [&](const char* stack, const std::vector<whisper::TensorShape>& table,
                       const std::vector<const TensorView*>& heads) {
    for (std::size_t i = 0; i < table.size(); ++i) {
      const auto name = openai_name(stack + table[i].name);
      if (!name) throw Error(ErrorCategory::internal, table[i].name, "a name of OpenAI's", "none");
      items.push_back(item_of(*heads[i], *name, f16));
    }
  };
  const WhisperConfig& config = model.config;
  add("encoder.", whisper::encoder_tensors(config.encoder), whisper::check_encoder(*model.weights, config.encoder));
  add("decoder.", whisper::decoder_tensors(*config.decoder), whisper::check_decoder(*model.weights, *config.decoder));
  return items;
}

// whisper.cpp multiplies with the token embedding, whatever the checkpoint has as its output layer.
void require_tied(const Model& model) {
  const TensorView* output = model.weights->find("proj_out.weight");
  if (output == nullptr) return;
  const auto heads = whisper::check_decoder(*model.weights, *model.config.decoder);
  const auto head = std::ranges::find_if(heads, [](auto* view) { return view->name.ends_with("embed_tokens.weight"); });
  const TensorView& embedding = model.weights->require((*head)->name);
  const bool same = output->dtype == embedding.dtype && output->shape == embedding.shape &&
                    std::equal(output->data, output->data + output->bytes(), embedding.data);
  if (!same) {
    throw Error(ErrorCategory::bad_data, model.source + ": proj_out.weight",
                "the token embedding: whisper.cpp's files have no other output layer", "another");
  }
}

void require_f16(const TensorView& head, std::span<const float> values) {
  for (const float value : values) {
    if (std::abs(value) < kBeyondF16) continue;
    throw Error(ErrorCategory::bad_data, head.source + ": " + head.name, "magnitudes that f16 holds (65504)",
                fmt::format("{}", value));
  }
}

void write_tensor(tensor::GgmlWriter& writer, const Model& model, const Item& item,
                  const std::function<void(std::size_t)>& count) {
  std::vector<float> values;
  std::vector<std::uint16_t> half;
  TensorView piece = *item.head;
  writer.begin(item.name, item.type, item.shape);
  model.weights->stream(item.head->name, [&](std::span<const std::byte> bytes) {
    piece.shape = {static_cast<std::int64_t>(bytes.size() / tensor::size_of(piece.dtype))};
    piece.data = bytes.data();
    values.resize(static_cast<std::size_t>(piece.elements()));
    tensor::to_float(piece, values);  // finite ones only
    if (item.type == GgmlType::f32) {
      writer.append(std::as_bytes(std::span(values)));
    } else if (piece.dtype == tensor::DType::f16) {
      writer.append(bytes);
    } else {
      require_f16(*item.head, values);
      half.resize(values.size());
      base::f32_to_f16(values, half);
      writer.append(std::as_bytes(std::span(half)));
    }
    count(values.size());
  });
  model.weights->release(*item.head);
}

}  // namespace

void write_ggml(const Model& model, const std::string& path, const WriteGgmlOptions& options) {
  tensor::GgmlHparams hparams = hparams_of(model.config, model.source);
  hparams.ftype = options.f16 ? 1 : 0;
  if (model.vocabulary.empty()) {
    throw Error(ErrorCategory::usage, model.source, "a vocabulary (vocab.json beside the weights)", "none");
  }
  require_tied(model);
  const std::vector<Item> items = items_of(model, options.f16);
  std::int64_t total = 0, done = 0;
  for (const Item& item : items) total += item.head->elements();
  const MelFilters filters = filters_of(model);
  tensor::GgmlWriter writer(path, hparams,
                            {static_cast<std::int32_t>(filters.n_mels), static_cast<std::int32_t>(filters.bins),
                             std::as_bytes(std::span(filters.weights))},
                            model.vocabulary);
  for (const Item& item : items) {
    write_tensor(writer, model, item, [&](std::size_t elements) {
      done += static_cast<std::int64_t>(elements);
      if (options.progress) options.progress(done, total);
    });
  }
  writer.commit();
}

}  // namespace seben::models
