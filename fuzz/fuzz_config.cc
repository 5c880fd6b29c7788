// SPDX-License-Identifier: Apache-2.0
// config.json of an encoder: whatever is accepted must give sizes that can be computed with.
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "bundle/encoder_contract.h"
#include "model/whisper/config.h"
#include "model/whisper/encoder_tensors.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const nlohmann::json json = base::parse_json(fuzz::text(data, size), "fuzz");
    const auto config = whisper::EncoderConfig::from_json(base::JsonReader(json, "fuzz"));
    fuzz::require(config.head_dim() * config.heads == config.d_model);
    fuzz::require(!whisper::encoder_tensors(config).empty());
    const auto contract = bundle::encoder_contract(config, {"fuzz", std::string(64, '0'), 1});
    fuzz::require(frontend::contract_from_text(frontend::to_text(contract), "again") == contract);
  });
}
