// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/added_tokens.h"

#include <algorithm>

namespace seben::tokenizer {
namespace {

// Narrows the sorted contents letter by letter, so that the time does not depend on how long or many they are.
AddedMatch longest_at(const TokenTable& table, std::span<const std::int32_t> added, std::string_view text,
                      std::size_t begin) {
  AddedMatch best{begin, 0, 0};
  for (std::size_t depth = 0; !added.empty(); ++depth) {
    if (const std::string_view first = table.bytes(added.front()); first.size() == depth) {
      if (depth > 0) best = {begin, depth, added.front()};
      added = added.subspan(1);  // contents differ: only one ends here
    }
    if (begin + depth == text.size()) break;
    const auto letter = [&](std::int32_t id) { return static_cast<unsigned char>(table.bytes(id)[depth]); };
    const auto wanted = static_cast<unsigned char>(text[begin + depth]);
    const auto low = std::ranges::lower_bound(added, wanted, {}, letter);
    const auto high = std::ranges::upper_bound(added, wanted, {}, letter);
    added = {low, high};
  }
  return best;
}

}  // namespace

AddedMatch find_added_token(const TokenTable& table, std::span<const std::int32_t> added, std::string_view text,
                            std::size_t from) {
  for (std::size_t at = from; at < text.size() && !added.empty(); ++at) {
    if (const AddedMatch match = longest_at(table, added, text, at); match.size != 0) return match;
  }
  return {text.size(), 0, 0};
}

}  // namespace seben::tokenizer
