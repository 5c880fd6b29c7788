// SPDX-License-Identifier: Apache-2.0
// Where a text is cut before its bytes are merged: GPT-2's regular expression, without a regular expression engine.
//
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), and their published encoder.
#pragma once

#include <cstddef>
#include <string_view>

namespace seben::tokenizer {

/// The end of the piece that begins at `at` (below text.size()); pieces cover the text without gaps. The text must be
/// well-formed UTF-8 and `at` the beginning of a code point.
[[nodiscard]] std::size_t piece_end(std::string_view text, std::size_t at) noexcept;

}  // namespace seben::tokenizer
