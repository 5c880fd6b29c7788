// SPDX-License-Identifier: Apache-2.0
// A model's text decoder on its way into a bundle.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bundle/manifest.h"
#include "import/model_source.h"
#include "import/weight_copy.h"
#include "import/writer.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::bundle {

/// Everything of a decoder that is small, read and checked.
struct DecoderParts {
  tokenizer::Tokenizer tokenizer;
  std::string tokenizer_json;  ///< the path of the one to copy; empty: the tokenizer is written anew
  std::string generation;      ///< a generation_config.json
  std::vector<CopiedTensor> tensors;
};

/// The tokenizer is `tokenizer_path` or, when that is empty, the model's own. What the checkpoint does not say of its
/// generation follows from its sizes. An output layer equal to the token embedding is left out. Error(usage) when there
/// is no tokenizer; Error(bad_data) for one of another vocabulary and for a generation_config.json that does not fit.
[[nodiscard]] DecoderParts read_decoder_parts(const ModelSource& source, const std::string& tokenizer_path);

/// Writes them below decoders/NAME/; a tokenizer that one of `before` has already is shared with it. `count` is told
/// the bytes of the weights. The entry's `encoder` and `framing` are left to the caller.
[[nodiscard]] DecoderEntry write_decoder(BundleWriter& writer, const ModelSource& source, const DecoderParts& parts,
                                         const std::vector<DecoderEntry>& before,
                                         const std::function<void(std::uint64_t bytes)>& count);

}  // namespace seben::bundle
