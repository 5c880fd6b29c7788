// SPDX-License-Identifier: Apache-2.0
// Weights that stay coded, expanded by a whole team before the products that need them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>

#include "kernels/linear.h"
#include "kernels/threads.h"

namespace seben::kernels {

/// Rooms for the matrices of one transformer layer. The first feed-forward product follows the projections, so that one
/// room serves both. Empty while weights are packed.
struct LayerWorkspaces {
  Expanded wide, square, back;
};

using ExpandPart = std::pair<const Linear*, Expanded*>;

/// Grows the rooms; to be called by one thread, before the team starts.
inline void prepare_workspaces(std::initializer_list<ExpandPart> parts) {
  for (const auto& [linear, room] : parts) linear->prepare(*room);
}

/// Called by every thread of the team, which share the pieces; a matrix that is packed already has none.
inline void expand_weights(Team& team, std::initializer_list<ExpandPart> parts, LinearScratch& scratch) {
  std::int64_t total = 0;
  for (const auto& [linear, room] : parts) total += linear->pieces();
  if (total == 0) return;
  team.share(total, [&](std::int64_t piece) {
    for (const auto& [linear, room] : parts) {
      if (piece < linear->pieces()) return linear->expand(piece, *room, scratch);
      piece -= linear->pieces();
    }
  });
}

}  // namespace seben::kernels
