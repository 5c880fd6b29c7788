// SPDX-License-Identifier: Apache-2.0
// The vocabulary in whisper.cpp's ggml files: bytes by id, without merges and without most of the special tokens.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "text/tokenizer/parts.h"

namespace seben::tokenizer {

/// `tokens` by id as the file lists them: the vocabulary, then perhaps `<|endoftext|>` and more. `n_vocab` is the size
/// that the file's header states. What the list lacks follows Whisper's rule: endoftext, startoftranscript, the
/// languages, translate, transcribe, startoflm, startofprev, nospeech, notimestamps, 1501 timestamps. There are as many
/// languages as fill n_vocab: 99 in 51864 (English-only) and 51865, 100 in 51866; another number is Error(bad_data).
///
/// Merges are derived as tiktoken does it: two neighbours merge when together they are a token, lowest id first.
[[nodiscard]] Parts ggml_parts(std::vector<std::string> tokens, std::size_t n_vocab, std::string where);

}  // namespace seben::tokenizer
