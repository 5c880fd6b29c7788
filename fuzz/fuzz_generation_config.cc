// SPDX-License-Identifier: Apache-2.0
// generation_config.json: what is read keeps to the decoder's sizes.
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "decode/whisper/generation_config.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    whisper::DecoderConfig sizes;
    sizes.vocabulary = 300;
    sizes.layers = 3;
    sizes.heads = 2;
    const nlohmann::json json = base::parse_json(fuzz::text(data, size), "fuzz");
    const auto config = generate::GenerationConfig::from_json(base::JsonReader(json, "fuzz"), sizes);
    for (const auto& list : {config.suppress_tokens, config.begin_suppress_tokens}) {
      for (const auto id : list) fuzz::require(id >= 0 && id < sizes.vocabulary);
    }
    fuzz::require(!config.alignment_heads.empty() && config.alignment_heads.size() <= 6);
    for (const auto head : config.alignment_heads) {
      fuzz::require(head.layer >= 0 && head.layer < 3 && head.head >= 0 && head.head < 2);
    }
  });
}
