// SPDX-License-Identifier: Apache-2.0
// A seeded random bundle with the product's window, a CTC head and two of Whisper's text decoders.
#pragma once

#include <optional>
#include <string>

#include "support/tiny_whisper.h"
#include "tiny_bundle.h"

namespace seben::test {

inline constexpr std::int64_t kTinyTokens = 60;  ///< positions of the decoders

/// Imports it to `dir`/`name` and returns that path. The decoders are "first" and "second"; beside a head they read the
/// log-mel that the head reads, unless `framing` says otherwise.
inline std::string make_whisper_bundle(const TempDir& dir, const std::string& name, bool head,
                                       std::optional<frontend::Framing> framing = {}) {
  const TinySizes sizes = product_sizes();
  bundle::ImportOptions options;
  if (head) options = write_tiny_sources(dir, sizes);
  options.encoder.clear();
  options.variant.clear();
  for (const std::int64_t layers : {1, 2}) {
    whisper::DecoderConfig config = tiny_decoder_config(sizes, kSmallTokens, layers);
    config.positions = kTinyTokens;
    options.models.push_back(dir / (layers == 1 ? "first" : "second"));
    write_tiny_whisper(options.models.back(), sizes, config);
  }
  options.framing = framing.value_or(head ? frontend::Framing{} : frontend::kReferenceFraming);
  options.name = "tiny-whisper";
  options.licence = "Apache-2.0";
  options.out = dir / name;
  bundle::import_bundle(options);
  return options.out;
}

}  // namespace seben::test
