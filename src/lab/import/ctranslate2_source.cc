// SPDX-License-Identifier: Apache-2.0
#include "import/ctranslate2_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/bad_data.h"
#include "formats/composed_weights.h"
#include "import/ctranslate2_names.h"
#include "seben/error.h"

namespace seben::models {
namespace {

using base::bad_data;
using tensor::CTranslate2File;
using tensor::CTranslate2Variable;
using tensor::DType;

constexpr std::string_view kWhisperSpec = "WhisperSpec";
constexpr std::uint32_t kLastRevision = 3;         // 1 and 2 differ in config.json and in how GELU is numbered
constexpr int kGelu = 3, kGeluOfOldRevisions = 1;  // which was the only one
constexpr std::int64_t kPieceElements = std::int64_t{1} << 20;
constexpr const char* kProjection = "decoder/projection/weight";

std::string place(const CTranslate2File& file, std::string_view name) {
  return fmt::format("{}: {}", file.source(), name);
}

const CTranslate2Variable& require_variable(const CTranslate2File& file, const std::string& name) {
  const CTranslate2Variable* found = file.find(name);
  if (found == nullptr) bad_data(place(file, name), "a variable", "none");
  return *found;
}

double scalar_of(const CTranslate2File& file, const CTranslate2Variable& variable) {
  const auto read = [&](auto number) {
    std::memcpy(&number, variable.data.data(), sizeof(number));
    return static_cast<double>(number);
  };
  if (variable.elements() != 1) bad_data(place(file, variable.name), "one number", tensor::to_string(variable.shape));
  switch (variable.dtype) {
    case DType::i8: return read(std::int8_t{});
    case DType::i16: return read(std::int16_t{});
    case DType::i32: return read(std::int32_t{});
    case DType::f32: return read(float{});
    default: bad_data(place(file, variable.name), "a number", std::string(tensor::to_string(variable.dtype)));
  }
}

// What would make other arithmetic than Whisper's. Other single numbers say nothing that is needed here; later
// converters add some ("scale_alibi").
void check_arithmetic(const CTranslate2File& file) {
  struct Fixed {
    const char* name;
    int value;
  };
  const std::array<Fixed, 6> fixed{{{"activation", file.revision() == kLastRevision ? kGelu : kGeluOfOldRevisions},
                                    {"pre_norm", 1},
                                    {"alibi", 0},
                                    {"scale_embeddings", 0},
                                    {"start_from_zero_embedding", 0},
                                    {"embeddings/multiply_by_sqrt_depth", 0}}};
  for (const char* stack : {"encoder/", "decoder/"}) {
    for (const Fixed& each : fixed) {
      const CTranslate2Variable* found = file.find(std::string(stack) + each.name);
      if (found == nullptr) continue;
      const double value = scalar_of(file, *found);
      if (value != each.value) {
        bad_data(place(file, found->name), fmt::format("{}, as in Whisper", each.value), fmt::format("{}", value));
      }
    }
  }
}

void check_layout(const CTranslate2File& file) {
  if (file.spec() != kWhisperSpec) bad_data(place(file, "spec"), std::string(kWhisperSpec), file.spec());
  if (file.revision() < 1 || file.revision() > kLastRevision) {
    bad_data(place(file, "revision"), fmt::format("1 to {}", kLastRevision), std::to_string(file.revision()));
  }
}

std::int64_t size_of_axis(const CTranslate2File& file, const std::string& name, std::size_t rank, std::size_t axis) {
  const CTranslate2Variable& variable = require_variable(file, name);
  if (variable.shape.size() != rank) {
    bad_data(place(file, name), fmt::format("{} sizes", rank), tensor::to_string(variable.shape));
  }
  return variable.shape[axis];
}

std::int64_t count_layers(const CTranslate2File& file, const std::string& stack) {
  std::int64_t count = 0;
  while (file.find(fmt::format("{}/layer_{}/self_attention/linear_0/weight", stack, count)) != nullptr) ++count;
  return count;
}

std::int64_t heads_of(const CTranslate2File& file, const std::string& name) {
  const double value = scalar_of(file, require_variable(file, name));
  if (!(value >= 1 && value <= 32767 && value == std::floor(value))) {
    bad_data(place(file, name), "a whole number from 1 to 32767", fmt::format("{}", value));
  }
  return static_cast<std::int64_t>(value);
}

// The sizes as a Hugging Face config.json.
std::string config_of(const CTranslate2File& file) {
  const auto size = [&](const char* name, std::size_t rank, std::size_t axis) {
    return size_of_axis(file, name, rank, axis);
  };
  const nlohmann::ordered_json json = {{"architectures", {"WhisperForConditionalGeneration"}},
                                       {"model_type", "whisper"},
                                       {"activation_function", "gelu"},
                                       {"d_model", size("encoder/conv1/weight", 3, 0)},
                                       {"encoder_layers", count_layers(file, "encoder")},
                                       {"encoder_attention_heads", heads_of(file, "encoder/num_heads")},
                                       {"encoder_ffn_dim", size("encoder/layer_0/ffn/linear_0/weight", 2, 0)},
                                       {"decoder_layers", count_layers(file, "decoder")},
                                       {"decoder_attention_heads", heads_of(file, "decoder/num_heads")},
                                       {"decoder_ffn_dim", size("decoder/layer_0/ffn/linear_0/weight", 2, 0)},
                                       {"num_mel_bins", size("encoder/conv1/weight", 3, 1)},
                                       {"max_source_positions", size("encoder/position_encodings/encodings", 2, 0)},
                                       {"max_target_positions", size("decoder/position_encodings/encodings", 2, 0)},
                                       {"vocab_size", size("decoder/embeddings/weight", 2, 0)}};
  return json.dump(2) + "\n";
}

// What each row of integers is multiplied by. CTranslate2 multiplies by the reciprocal as well, and so to the last bit.
std::vector<float> factors_of(const CTranslate2File& file, const CTranslate2Variable& variable,
                              const CTranslate2Variable& scales) {
  const std::string where = place(file, scales.name);
  const std::int64_t rows = variable.dtype == DType::i8 ? variable.shape.front() : 1;
  const tensor::Shape one_a_row = variable.dtype == DType::i8 ? tensor::Shape{rows} : tensor::Shape{};
  if (scales.dtype != DType::f32 || scales.shape != one_a_row) {
    bad_data(where, fmt::format("F32 {}", tensor::to_string(one_a_row)),
             fmt::format("{} {}", tensor::to_string(scales.dtype), tensor::to_string(scales.shape)));
  }
  std::vector<float> factors(static_cast<std::size_t>(rows));
  std::memcpy(factors.data(), scales.data.data(), scales.data.size());
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const float scale = factors[i];
    factors[i] = 1.0F / scale;
    if (!(scale > 0) || !std::isfinite(scale) || !std::isfinite(factors[i])) {
      bad_data(fmt::format("{}[{}]", where, i), "a finite scale above 0", fmt::format("{}", scale));
    }
  }
  return factors;
}

float integer_at(const CTranslate2Variable& variable, std::size_t element) {
  if (variable.dtype == DType::i8) return static_cast<float>(std::to_integer<std::int8_t>(variable.data[element]));
  std::int16_t value = 0;
  std::memcpy(&value, variable.data.data() + element * sizeof(value), sizeof(value));
  return static_cast<float>(value);
}

// The values of `count` rows from `first` on; one factor for each row, or one for all.
void stream_values(const CTranslate2Variable& variable, std::span<const float> factors, std::int64_t first,
                   std::int64_t count, const tensor::ByteSink& sink) {
  const std::int64_t width = variable.elements() / variable.shape.front();
  const std::int64_t rows_at_once = std::max<std::int64_t>(1, kPieceElements / width);
  std::vector<float> values;
  for (std::int64_t row = first; row < first + count; row += rows_at_once) {
    const std::int64_t end = std::min(row + rows_at_once, first + count);
    values.clear();
    for (std::int64_t r = row; r < end; ++r) {
      const float factor = factors[factors.size() == 1 ? 0 : static_cast<std::size_t>(r)];
      const auto begin = static_cast<std::size_t>(r * width);
      for (std::size_t i = 0; i < static_cast<std::size_t>(width); ++i) {
        values.push_back(integer_at(variable, begin + i) * factor);
      }
    }
    sink(std::as_bytes(std::span(values)));
  }
}

bool is_integers(DType dtype) { return dtype == DType::i8 || dtype == DType::i16; }
bool is_float(DType dtype) { return dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16; }

// Cuts variables into a model's tensors, and remembers which were used.
class Cutter {
 public:
  Cutter(const std::shared_ptr<const CTranslate2File>& file, Model& model)
      : file_(*file),
        model_(model),
        weights_(std::make_shared<tensor::ComposedWeights>(file->source(), file, file->file())) {}

  void add(const CTranslate2Tensor& tensor) {
    const CTranslate2Variable& variable = require_variable(file_, tensor.variable);
    if (variable.shape != tensor.shape) {
      bad_data(place(file_, tensor.variable), "shape " + tensor::to_string(tensor.shape),
               tensor::to_string(variable.shape));
    }
    used_.insert(&variable);
    std::vector<float> factors;
    if (is_integers(variable.dtype) && tensor.variable.ends_with("/weight")) {
      const CTranslate2Variable& scales = require_variable(file_, variable.name + "_scale");
      used_.insert(&scales);
      factors = factors_of(file_, variable, scales);
    } else if (!is_float(variable.dtype)) {
      bad_data(place(file_, tensor.variable),
               tensor.variable.ends_with("/weight") ? "F32, F16, BF16, I8 or I16" : "F32, F16 or BF16",
               std::string(tensor::to_string(variable.dtype)));
    }
    const std::int64_t rows = tensor.shape.front() / static_cast<std::int64_t>(tensor.parts.size());
    for (std::size_t i = 0; i < tensor.parts.size(); ++i) {
      add_rows(variable, factors, static_cast<std::int64_t>(i) * rows, rows, tensor.parts[i]);
    }
  }

  // Anything else that has a size would have been part of the arithmetic.
  void refuse_others() const {
    for (const CTranslate2Variable& variable : file_.variables()) {
      if (variable.shape.empty() || used_.contains(&variable)) continue;
      bad_data(place(file_, variable.name), "only tensors that a Whisper has", "this one");
    }
  }

  [[nodiscard]] std::shared_ptr<const tensor::WeightFile> weights() const { return weights_; }

 private:
  void add_rows(const CTranslate2Variable& variable, const std::vector<float>& factors, std::int64_t first,
                std::int64_t rows, const std::string& name) {
    tensor::TensorView view{name, file_.source(), variable.dtype, variable.shape, nullptr};
    view.shape.front() = rows;
    if (factors.empty()) {
      view.data =
          variable.data.data() + static_cast<std::size_t>(first) * (view.bytes() / static_cast<std::size_t>(rows));
      if (name.empty()) return require_zeros(variable, view);
      return weights_->add(std::move(view));
    }
    view.dtype = DType::f32;
    model_.quantised.emplace(name, variable.dtype == DType::i8 ? "int8" : "int16");
    weights_->add(std::move(view), [&variable, factors, first, rows](const tensor::ByteSink& sink) {
      stream_values(variable, factors, first, rows, sink);
    });
  }

  void require_zeros(const CTranslate2Variable& variable, tensor::TensorView view) const {
    view.name = variable.name;
    const std::vector<float> values = tensor::to_float(view);
    const auto other = std::ranges::find_if(values, [](float value) { return value != 0; });
    if (other == values.end()) return;
    bad_data(place(file_, variable.name), "zeros as the bias of the keys, which Whisper does not have",
             fmt::format("{}", *other));
  }

  const CTranslate2File& file_;
  Model& model_;
  std::shared_ptr<tensor::ComposedWeights> weights_;
  std::set<const CTranslate2Variable*> used_;
};

}  // namespace

Model model_of(const std::shared_ptr<const CTranslate2File>& file) {
  check_layout(*file);
  check_arithmetic(*file);
  Model model;
  model.kind = SourceKind::ctranslate2;
  model.source = file->source();
  model.config_json = config_of(*file);
  const WhisperConfig config = parse_config(model.config_json, place(*file, "sizes"), true);
  Cutter cutter(file, model);
  for (const CTranslate2Tensor& tensor : ctranslate2_tensors(config)) cutter.add(tensor);
  const CTranslate2Variable& output = require_variable(*file, kProjection);
  if (&output != file->find("decoder/embeddings/weight")) {
    cutter.add({kProjection, {config.decoder->vocabulary, config.decoder->d_model}, {"proj_out.weight"}});
  }
  cutter.refuse_others();
  model.weights = cutter.weights();
  return model;
}

}  // namespace seben::models
