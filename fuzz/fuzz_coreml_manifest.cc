// SPDX-License-Identifier: Apache-2.0
// Manifest.json of a Core ML package.
#include "package/manifest.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto manifest = coreml::parse_manifest(fuzz::text(data, size), "fuzz");
    fuzz::require(manifest.model().identifier == manifest.root);
  });
}
