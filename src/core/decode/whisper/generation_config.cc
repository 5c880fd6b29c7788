// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/generation_config.h"

#include <algorithm>

namespace seben::generate {

GenerationConfig GenerationConfig::defaults(const whisper::DecoderConfig& decoder) {
  GenerationConfig out;
  for (std::int64_t layer = decoder.layers / 2; layer < decoder.layers; ++layer) {
    for (std::int64_t head = 0; head < decoder.heads; ++head) out.alignment_heads.push_back({layer, head});
  }
  return out;
}

GenerationConfig GenerationConfig::from_json(const base::JsonReader& json, const whisper::DecoderConfig& decoder) {
  GenerationConfig out = defaults(decoder);
  out.multilingual = json.boolean_or("is_multilingual", true);
  const auto max_list = static_cast<std::size_t>(decoder.vocabulary);
  const auto tokens = [&](const char* key, std::int64_t least, std::vector<std::int32_t>& list) {
    if (!json.has(key)) return;
    for (const base::JsonReader& id : json.array(key, max_list)) {
      list.push_back(static_cast<std::int32_t>(id.as_integer(least, decoder.vocabulary - 1)));
    }
    std::erase(list, kNonSpeech);  // DecodeOptions::suppress_non_speech, which is on unless the user says otherwise
  };
  tokens("suppress_tokens", kNonSpeech, out.suppress_tokens);
  tokens("begin_suppress_tokens", 0, out.begin_suppress_tokens);
  if (json.has("alignment_heads")) {
    std::vector<whisper::AlignmentHead> heads;
    for (const base::JsonReader& pair :
         json.array("alignment_heads", static_cast<std::size_t>(decoder.layers * decoder.heads))) {
      const std::vector<base::JsonReader> numbers = pair.as_array(2);
      if (numbers.size() != 2) json.fail("alignment_heads", "pairs of layer and head", std::to_string(numbers.size()));
      heads.push_back({numbers[0].as_integer(0, decoder.layers - 1), numbers[1].as_integer(0, decoder.heads - 1)});
      if (std::ranges::count(heads, heads.back()) > 1) json.fail("alignment_heads", "every head once", "one twice");
    }
    if (!heads.empty()) out.alignment_heads = std::move(heads);
  }
  return out;
}

}  // namespace seben::generate
