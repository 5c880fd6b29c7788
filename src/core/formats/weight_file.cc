// SPDX-License-Identifier: Apache-2.0
#include "formats/weight_file.h"

#include <algorithm>
#include <filesystem>

#include "base/interrupt.h"
#include "formats/safetensors.h"
#include "formats/sharded.h"
#include "formats/torch_file.h"
#include "seben/error.h"

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

void WeightFile::stream(std::string_view name, const ByteSink& sink) const {
  constexpr std::size_t kPiece = std::size_t{4} << 20;
  const TensorView& view = require(name);
  if (view.coded != nullptr) {
    throw Error(ErrorCategory::internal, source() + ": " + std::string(name), "numbers",
                "codes (" + view.coded->codec() + ")");
  }
  const std::span<const std::byte> bytes(view.data, view.bytes());
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
    base::throw_if_interrupted();
    sink(bytes.subspan(at, std::min(kPiece, bytes.size() - at)));
  }
}

std::size_t WeightFile::total_bytes() const {
  std::size_t total = 0;
  for (const std::string& name : names()) total += peek(name)->bytes();
  return total;
}

std::unique_ptr<WeightFile> open_weight_file(const std::string& path) {
  if (path.ends_with(".bin") || path.ends_with(".pt") || path.ends_with(".pth")) {
    const auto file = std::make_shared<const TorchFile>(TorchFile::open(path));
    return compose(file, [](std::string_view name) { return std::string(name); });
  }
  return std::make_unique<SafetensorsFile>(SafetensorsFile::open(path));
}

std::unique_ptr<WeightFile> open_weights(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    for (const char* name :
         {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"}) {
      const std::string file = (fs::path(path) / name).string();
      if (fs::exists(file, ignored)) return open_weights(file);
    }
    throw Error(ErrorCategory::no_input, path,
                "model.safetensors, pytorch_model.bin or the index of one (*.index.json) in it", "neither");
  }
  if (path.ends_with(".json")) return std::make_unique<ShardedWeights>(ShardedWeights::open(path));
  return open_weight_file(path);
}

}  // namespace seben::tensor
