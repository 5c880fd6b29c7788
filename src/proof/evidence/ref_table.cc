// SPDX-License-Identifier: Apache-2.0
#include "evidence/ref_table.h"

#include <algorithm>

namespace seben::evidence {

void NumberRefs::define(std::uint32_t id, std::uint64_t value) {
  if (!chunks_.empty() && id <= chunks_.back()->ids[chunks_.back()->size - 1]) return;  // not as the exporter numbers
  if (chunks_.empty() || chunks_.back()->size == kChunk) {
    if (chunks_.size() == kMost / kChunk) chunks_.pop_front();
    chunks_.push_back(std::make_unique_for_overwrite<Chunk>());
    chunks_.back()->size = 0;
  }
  Chunk& chunk = *chunks_.back();
  chunk.ids[chunk.size] = id;
  chunk.values[chunk.size++] = value;
}

std::optional<std::uint64_t> NumberRefs::find(std::uint32_t id) const {
  const auto after =
      std::partition_point(chunks_.begin(), chunks_.end(), [&](const auto& chunk) { return chunk->ids.front() <= id; });
  if (after == chunks_.begin()) return std::nullopt;
  const Chunk& chunk = **std::prev(after);
  const auto end = chunk.ids.begin() + static_cast<std::ptrdiff_t>(chunk.size);
  const auto it = std::lower_bound(chunk.ids.begin(), end, id);
  if (it == end || *it != id) return std::nullopt;
  return chunk.values[static_cast<std::size_t>(it - chunk.ids.begin())];
}

std::uint32_t Names::add(std::string_view name) {
  name = name.substr(0, kMostBytes);
  if (const auto it = index_.find(name); it != index_.end()) return it->second;
  if (name.empty() || names_.size() == kMost) return 0;
  names_.emplace_back(name);
  const auto index = static_cast<std::uint32_t>(names_.size());
  index_.emplace(names_.back(), index);
  return index;
}

}  // namespace seben::evidence
