// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/search.h"

#include <algorithm>

namespace seben::generate {

// The last token is chosen when all positions are taken, so it needs none.
std::int64_t SearchState::limit() const noexcept {
  return std::min(max_tokens, decoder.config().positions - prompt + 1);
}

void SearchState::rewind() const {
  const std::int64_t first_row = 0;
  cache.reorder({&first_row, 1});
  cache.truncate(prompt);
}

}  // namespace seben::generate
