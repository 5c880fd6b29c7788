// SPDX-License-Identifier: Apache-2.0
// What bundle.json says of Whisper's text decoders (docs/bundle.md, "decoders").
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/json.h"
#include "bundle/records.h"

namespace seben::bundle {

struct FileEntry;

/// One text decoder. Paths are those of listed files, relative to the bundle's folder; decoders may share them.
struct DecoderEntry {
  std::string name;                              ///< what it is chosen by; no '/', unlike every other decoder's
  std::string weights;                           ///< role decoder
  std::string config;                            ///< role decoder-config: a Hugging Face config.json
  std::string tokenizer;                         ///< role tokenizer
  std::string generation;                        ///< role generation-config; empty when the checkpoint had none
  std::string encoder;                           ///< encoder_digest of the encoder that it was trained with
  frontend::Framing framing = {};                ///< of the log-mel that its features are made of
  std::vector<PrecisionRecord> precisions = {};  ///< of encoder and this decoder together, measured on its texts
};

/// The member "decoders" of bundle.json, which may be missing. Error(bad_data): a name or a path twice or impossible, a
/// path that `files` does not list with its role, and a file of one of these roles that no decoder names.
[[nodiscard]] std::vector<DecoderEntry> read_decoders(const base::JsonReader& json,
                                                      const std::vector<FileEntry>& files);
[[nodiscard]] nlohmann::ordered_json to_ordered(const DecoderEntry& entry);

/// Whether a decoder may be called so: a safe path of one part, at most 100 bytes.
[[nodiscard]] bool is_decoder_name(const std::string& name) noexcept;

}  // namespace seben::bundle
