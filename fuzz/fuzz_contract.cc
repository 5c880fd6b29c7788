// SPDX-License-Identifier: Apache-2.0
// A contract in a tensor's metadata, compared with one that is sound.
#include "bundle/contract.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const frontend::FeatureContract contract = frontend::contract_from_text(fuzz::text(data, size), "fuzz");
    fuzz::require(frontend::contract_from_text(frontend::to_text(contract), "again") == contract);
    frontend::FeatureContract required;
    required.frames = 1500;
    required.dim = 1280;
    required.head_stride = 4;
    (void)frontend::require_bare_layout(contract.frames, contract.dim, contract, "fuzz");
    frontend::require_compatible(contract, required, "fuzz");
  });
}
