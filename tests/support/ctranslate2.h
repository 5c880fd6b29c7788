// SPDX-License-Identifier: Apache-2.0
// A tiny Whisper as CTranslate2 stores one.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "import/ctranslate2_names.h"
#include "support/ctranslate2_file.h"
#include "support/tiny_whisper.h"

namespace seben::test {

/// The tensors of a whole Whisper, in f32 and CTranslate2's order of rows, with the embedding as the output layer.
inline CTranslate2Maker make_ctranslate2(RandomTensors tensors, const models::WhisperConfig& config) {
  CTranslate2Maker maker;
  for (const models::CTranslate2Tensor& tensor : models::ctranslate2_tensors(config)) {
    std::vector<float> joined;
    const auto total = std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::int64_t{1}, std::multiplies<>());
    const std::size_t part = static_cast<std::size_t>(total) / tensor.parts.size();
    for (const std::string& name : tensor.parts) {
      const std::vector<float> values = name.empty() ? std::vector<float>(part) : tensors.values(name);
      joined.insert(joined.end(), values.begin(), values.end());
    }
    maker.add(tensor.variable, CTranslate2Type::f32, {tensor.shape.begin(), tensor.shape.end()}, joined);
  }
  maker.scalar("encoder/num_heads", static_cast<std::int8_t>(config.encoder.heads));
  maker.scalar("decoder/num_heads", static_cast<std::int8_t>(config.decoder->heads));
  maker.scalar("decoder/activation", 3);
  maker.scalar("decoder/pre_norm", 1);
  maker.scalar("decoder/alibi", 0);
  maker.scalar("decoder/scale_embeddings", 0);
  maker.scalar("decoder/scale_alibi", 1);  // of later converters, and without meaning where there is no alibi
  maker.aliases = {{"decoder/projection/weight", "decoder/embeddings/weight"}};
  return maker;
}

/// A weight as CTranslate2 quantises it: i8 with a scale for each row, or i16 with one scale.
inline void quantise(CTranslate2Maker& maker, const std::string& name, CTranslate2Type type) {
  CTranslate2Maker::Variable& variable = maker.at(name);
  std::vector<float> values(variable.bytes.size() / sizeof(float));
  std::memcpy(values.data(), variable.bytes.data(), variable.bytes.size());
  const bool bytes = type == CTranslate2Type::i8;
  const std::size_t rows = bytes ? variable.shape.front() : 1, width = values.size() / rows;
  std::vector<float> scales;
  std::vector<std::int16_t> integers;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::span<const float> part = std::span(values).subspan(row * width, width);
    float largest = 0;
    for (const float value : part) largest = std::max(largest, std::abs(value));
    scales.push_back((bytes ? 127.0F : 1024.0F) / largest);
    for (const float value : part) {
      integers.push_back(static_cast<std::int16_t>(std::lround(value * scales.back())));
    }
  }
  const std::vector<std::uint32_t> shape = variable.shape;
  maker.erase(name);
  if (bytes) {
    maker.add(name, type, shape, std::vector<std::int8_t>(integers.begin(), integers.end()));
    maker.add(name + "_scale", CTranslate2Type::f32, {static_cast<std::uint32_t>(rows)}, scales);
  } else {
    maker.add(name, type, shape, integers);
    maker.add(name + "_scale", CTranslate2Type::f32, {}, scales);
  }
}

}  // namespace seben::test
