// SPDX-License-Identifier: Apache-2.0
// bundle.json and the contracts in it.
#include "bundle/manifest.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const bundle::Manifest manifest = bundle::parse_manifest(fuzz::text(data, size), "fuzz");
    for (const bundle::FileEntry& file : manifest.files) fuzz::require(bundle::is_safe_path(file.path));
    const std::string text = bundle::to_text(manifest);
    fuzz::require(bundle::to_text(bundle::parse_manifest(text, "again")) == text);
    if (manifest.provides && manifest.required) {
      (void)frontend::likely_cause(*manifest.provides, *manifest.required);
    }
  });
}
