// SPDX-License-Identifier: Apache-2.0
#include "formats/sharded.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto index = tensor::ShardIndex::parse(fuzz::text(data, size), "fuzz");
    for (const auto& [name, file] : index.file_of) {
      // Nothing leads out of the folder.
      fuzz::require(!file.empty() && file != ".." && file.find('/') == std::string::npos);
    }
  });
}
