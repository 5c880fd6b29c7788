// SPDX-License-Identifier: Apache-2.0
// A checkpoint in several files behind one index, as Hugging Face writes large ones: "model.safetensors.index.json" or
// "pytorch_model.bin.index.json", with the keys "metadata" and "weight_map".
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/weight_file.h"

namespace seben::tensor {

/// The index alone.
struct ShardIndex {
  std::map<std::string, std::string, std::less<>> file_of;  ///< tensor -> name of a file in the index's folder

  /// Error(bad_data) for what is no such index and for names of files that would leave the folder.
  [[nodiscard]] static ShardIndex parse(std::string_view json, const std::string& source);
};

/// All files as one set of tensors. The files lie in the index's folder and every tensor that the index names must be
/// where it says, with none besides: Error(bad_data) else, Error(no_input) for a file that is missing.
class ShardedWeights final : public WeightFile {
 public:
  [[nodiscard]] static ShardedWeights open(const std::string& index_path);

  ShardedWeights(ShardedWeights&&) = default;
  ShardedWeights& operator=(ShardedWeights&&) = default;

  using WeightFile::require;
  [[nodiscard]] const TensorView* find(std::string_view name) const override;
  [[nodiscard]] const TensorView* peek(std::string_view name) const override;
  void stream(std::string_view name, const ByteSink& sink) const override;
  [[nodiscard]] std::vector<std::string> names() const override;
  void prefetch(const TensorView& view) const override;
  void release(const TensorView& view) const override;
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }
  [[nodiscard]] const std::string& source() const override { return source_; }

 private:
  ShardedWeights() = default;
  void require_match() const;

  std::string source_;
  std::vector<std::unique_ptr<WeightFile>> shards_;
  std::map<std::string, std::size_t, std::less<>> shard_of_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace seben::tensor
