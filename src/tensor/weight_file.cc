// SPDX-License-Identifier: Apache-2.0
#include "tensor/weight_file.h"

#include <filesystem>

#include "seben/error.h"
#include "tensor/safetensors.h"

namespace seben::tensor {

WeightFile::~WeightFile() = default;

const TensorView& WeightFile::require(std::string_view name) const {
  const TensorView* view = find(name);
  if (view == nullptr) throw Error(ErrorCategory::bad_data, source() + ": " + std::string(name), "a tensor", "none");
  return *view;
}

const TensorView& WeightFile::require(std::string_view name, const Shape& shape) const {
  const TensorView& view = require(name);
  require_shape(view, shape);
  return view;
}

std::size_t WeightFile::total_bytes() const {
  std::size_t total = 0;
  for (const std::string& name : names()) total += require(name).bytes();
  return total;
}

std::unique_ptr<WeightFile> open_weights(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    const fs::path single = fs::path(path) / "model.safetensors";
    const fs::path index = fs::path(path) / "model.safetensors.index.json";
    if (fs::exists(single, ignored)) return std::make_unique<SafetensorsFile>(SafetensorsFile::open(single));
    if (fs::exists(index, ignored)) return std::make_unique<ShardedSafetensors>(ShardedSafetensors::open(index));
    throw Error(ErrorCategory::no_input, path, "model.safetensors or model.safetensors.index.json in it", "neither");
  }
  if (path.ends_with(".json")) return std::make_unique<ShardedSafetensors>(ShardedSafetensors::open(path));
  return std::make_unique<SafetensorsFile>(SafetensorsFile::open(path));
}

}  // namespace seben::tensor
