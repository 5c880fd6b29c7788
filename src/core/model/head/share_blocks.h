// SPDX-License-Identifier: Apache-2.0
// Rows handed to a team in the blocks that products take. Where a block begins depends on no number of threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/linear.h"
#include "kernels/threads.h"

namespace seben::ctc {

[[nodiscard]] constexpr std::int64_t blocks_of(std::int64_t rows) noexcept {
  return (rows + kernels::kBlockRows - 1) / kernels::kBlockRows;
}

/// body(first, count) for every block; each thread of the team calls it.
template <typename Body>
void share_blocks(kernels::Team& team, std::int64_t rows, Body&& body) {
  team.share(blocks_of(rows), [&](std::int64_t block) {
    const std::int64_t first = block * kernels::kBlockRows;
    body(first, std::min(kernels::kBlockRows, rows - first));
  });
}

}  // namespace seben::ctc
