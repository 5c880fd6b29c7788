// SPDX-License-Identifier: Apache-2.0
// Added tokens in a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "text/tokenizer/token_table.h"

namespace seben::tokenizer {

struct AddedMatch {
  std::size_t begin = 0;
  std::size_t size = 0;  ///< 0: none was found
  std::int32_t id = 0;
};

/// The first added token in `text` from `from` on, the longest of those that begin there. `added` are ids sorted by
/// their contents.
[[nodiscard]] AddedMatch find_added_token(const TokenTable& table, std::span<const std::int32_t> added,
                                          std::string_view text, std::size_t from);

}  // namespace seben::tokenizer
