// SPDX-License-Identifier: Apache-2.0
#include "formats/sharded.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/bad_data.h"
#include "base/file.h"
#include "base/json.h"
#include "seben/error.h"

namespace seben::tensor {
namespace {

constexpr std::size_t kMaxIndexBytes = 100'000'000;
constexpr base::JsonLimits kLimits{.max_bytes = kMaxIndexBytes, .max_depth = 4, .max_values = 4'000'000};
constexpr std::size_t kMaxShards = 1000;  // each is a mapping

using base::bad_data;

bool is_plain_name(const std::string& file) {
  const bool has_separator = file.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos;
  return !file.empty() && file != "." && file != ".." && !has_separator;
}

}  // namespace

ShardIndex ShardIndex::parse(std::string_view json_text, const std::string& source) {
  const nlohmann::json json = base::parse_json(json_text, source, kLimits);
  const base::JsonReader index(json, source);
  const base::JsonReader map = index.object("weight_map");
  ShardIndex out;
  for (const std::string& name : map.keys()) {
    const std::string file = map.string(name);
    if (!is_plain_name(file)) map.fail(name, "the name of a file in the same folder", file);
    out.file_of.emplace(name, file);
  }
  return out;
}

ShardedWeights ShardedWeights::open(const std::string& index_path) {
  const ShardIndex index = ShardIndex::parse(base::read_text(index_path, kMaxIndexBytes), index_path);
  const std::filesystem::path folder = std::filesystem::path(index_path).parent_path();
  ShardedWeights weights;
  weights.source_ = index_path;
  std::map<std::string, std::size_t> shard_numbers;
  for (const auto& [name, file] : index.file_of) {
    const auto [entry, is_new] = shard_numbers.emplace(file, weights.shards_.size());
    if (is_new) {
      if (weights.shards_.size() == kMaxShards) bad_data(index_path, "at most 1000 files", "more");
      weights.shards_.push_back(open_weight_file((folder / file).string()));
    }
    weights.shard_of_[name] = entry->second;
  }
  weights.require_match();
  return weights;
}

void ShardedWeights::require_match() const {
  for (const auto& [name, shard] : shard_of_) {
    if (shards_[shard]->peek(name) == nullptr) {
      bad_data(shards_[shard]->source() + ": " + name, "the tensor that the index names", "none");
    }
  }
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    for (const std::string& name : shards_[i]->names()) {
      const auto found = shard_of_.find(name);
      if (found == shard_of_.end() || found->second != i) {
        bad_data(shards_[i]->source() + ": " + name, "only tensors that the index places here", "another");
      }
    }
  }
}

const TensorView* ShardedWeights::find(std::string_view name) const {
  const auto found = shard_of_.find(name);
  return found == shard_of_.end() ? nullptr : shards_[found->second]->find(name);
}

const TensorView* ShardedWeights::peek(std::string_view name) const {
  const auto found = shard_of_.find(name);
  return found == shard_of_.end() ? nullptr : shards_[found->second]->peek(name);
}

void ShardedWeights::stream(std::string_view name, const ByteSink& sink) const {
  const auto found = shard_of_.find(name);
  if (found == shard_of_.end()) {
    WeightFile::stream(name, sink);  // throws
  } else {
    shards_[found->second]->stream(name, sink);
  }
}

std::vector<std::string> ShardedWeights::names() const {
  std::vector<std::string> names;
  for (const auto& [name, shard] : shard_of_) names.push_back(name);
  return names;
}

void ShardedWeights::prefetch(const TensorView& view) const {
  const auto found = shard_of_.find(view.name);
  if (found != shard_of_.end()) shards_[found->second]->prefetch(view);
}

void ShardedWeights::release(const TensorView& view) const {
  const auto found = shard_of_.find(view.name);
  if (found != shard_of_.end()) shards_[found->second]->release(view);
}

}  // namespace seben::tensor
