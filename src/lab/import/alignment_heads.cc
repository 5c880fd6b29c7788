// SPDX-License-Identifier: Apache-2.0
#include "import/alignment_heads.h"

#include <algorithm>
#include <array>

namespace seben::models {
namespace {

struct Known {
  std::array<std::int64_t, 3> sizes;  // layers, heads, tokens
  std::vector<whisper::AlignmentHead> heads;
};

// The masks that openai-whisper publishes (tools/fixtures/make_alignment_heads.py). large-v1 and large-v2 are of the
// same sizes and have different heads, so that neither is here.
const std::vector<Known>& known() {
  static const std::vector<Known> kKnown{
      {{4, 6, 51864}, {{1, 0}, {2, 0}, {2, 5}, {3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 4}}},  // tiny.en
      {{4, 6, 51865}, {{2, 2}, {3, 0}, {3, 2}, {3, 3}, {3, 4}, {3, 5}}},                  // tiny
      {{6, 8, 51864}, {{3, 3}, {4, 7}, {5, 1}, {5, 5}, {5, 7}}},                          // base.en
      {{6, 8, 51865}, {{3, 1}, {4, 2}, {4, 3}, {4, 7}, {5, 1}, {5, 2}, {5, 4}, {5, 6}}},  // base
      {{12, 12, 51864},
       {{6, 6},
        {7, 0},
        {7, 3},
        {7, 8},
        {8, 2},
        {8, 5},
        {8, 7},
        {9, 0},
        {9, 4},
        {9, 8},
        {9, 10},
        {10, 0},
        {10, 1},
        {10, 2},
        {10, 3},
        {10, 6},
        {10, 11},
        {11, 2},
        {11, 4}}},                                                                                           // small.en
      {{12, 12, 51865}, {{5, 3}, {5, 9}, {8, 0}, {8, 4}, {8, 7}, {8, 8}, {9, 0}, {9, 7}, {9, 9}, {10, 5}}},  // small
      {{24, 16, 51864},
       {{11, 4},
        {14, 1},
        {14, 12},
        {14, 14},
        {15, 4},
        {16, 0},
        {16, 4},
        {16, 9},
        {17, 12},
        {17, 14},
        {18, 7},
        {18, 10},
        {18, 15},
        {20, 0},
        {20, 3},
        {20, 9},
        {20, 14},
        {21, 12}}},                                                                 // medium.en
      {{24, 16, 51865}, {{13, 15}, {15, 4}, {15, 15}, {16, 1}, {20, 0}, {23, 4}}},  // medium
      {{32, 20, 51866},
       {{7, 0}, {10, 17}, {12, 18}, {13, 12}, {16, 1}, {17, 14}, {19, 11}, {21, 4}, {24, 1}, {25, 6}}},  // large-v3
      {{4, 20, 51866}, {{2, 4}, {2, 11}, {3, 3}, {3, 6}, {3, 11}, {3, 14}}},                             // turbo
  };
  return kKnown;
}

}  // namespace

std::vector<whisper::AlignmentHead> known_alignment_heads(const whisper::DecoderConfig& config) {
  const std::array<std::int64_t, 3> sizes{config.layers, config.heads, config.vocabulary};
  const auto found = std::ranges::find(known(), sizes, &Known::sizes);
  return found == known().end() ? std::vector<whisper::AlignmentHead>{} : found->heads;
}

}  // namespace seben::models
