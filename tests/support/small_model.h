// SPDX-License-Identifier: Apache-2.0
// The invented decoder of tests/fixtures/generate and features for it (tools/fixtures/make_generate.py).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "decode/whisper/text_decoder.h"
#include "formats/safetensors.h"
#include "model/whisper/incremental_decoder.h"
#include "support/invented.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::generate::test {

inline std::string fixture(const std::string& name) {
  return std::string(SEBEN_SOURCE_DIR) + "/tests/fixtures/generate/" + name;
}

inline constexpr std::int64_t kFrames = 1500, kWidth = 32;

inline void invent(std::uint32_t seed, std::span<float> features) {
  const std::uint32_t base = seed * 2654435761U;
  constexpr auto kColumns = static_cast<std::uint32_t>(kWidth);
  for (std::uint32_t f = 0; f < static_cast<std::uint32_t>(kFrames); ++f) {
    for (std::uint32_t c = 0; c < kColumns; ++c) {
      features[f * kColumns + c] =
          mixed(base + f * kColumns + c) * 0.5F + mixed(base + (1U << 20) + f / 50 * kColumns + c) * 2.0F;
    }
  }
}

inline std::vector<float> invent(std::uint32_t seed) {
  std::vector<float> out(static_cast<std::size_t>(kFrames * kWidth));
  invent(seed, out);
  return out;
}

struct SmallModel {
  explicit SmallModel(kernels::Precision precision = kernels::Precision::f32)
      : file(tensor::SafetensorsFile::open(fixture("model.safetensors"))),
        sizes(whisper::DecoderConfig::load(fixture("config.json"))),
        network(whisper::IncrementalDecoder::load(file, sizes, {precision, 1, {}})),
        words(tokenizer::Tokenizer::load(std::string(SEBEN_SOURCE_DIR) + "/tests/fixtures/tokenizer/tokenizer.json")) {}

  [[nodiscard]] TextDecoder decoder() const { return {network, words, GenerationConfig::defaults(sizes)}; }

  tensor::SafetensorsFile file;
  whisper::DecoderConfig sizes;
  whisper::IncrementalDecoder network;
  tokenizer::Tokenizer words;
};

inline const SmallModel& small_model() {
  static const SmallModel model;
  return model;
}

}  // namespace seben::generate::test
