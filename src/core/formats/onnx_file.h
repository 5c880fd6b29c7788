// SPDX-License-Identifier: Apache-2.0
// The stored tensors of an ONNX model: initialisers and the values of Constant nodes, of the graph and of the graphs
// inside its nodes (the branches of If). Operators are not read. Source: onnx.proto of the ONNX project.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "tensor/view.h"

namespace seben::tensor {

/// TensorProto.DataType; others are kept by their numbers.
enum class OnnxType : std::int32_t { f32 = 1, i64 = 7, f16 = 10 };

struct OnnxTensor {
  std::string name;       ///< its own, or that of the Constant node's output
  std::size_t graph = 0;  ///< number of the graph that it belongs to: 0 is the model's own
  OnnxType type = OnnxType::f32;
  Shape shape;
  /// As the machine stores them, row-major, of exactly the shape's size; empty for types other than f32, f16 and i64.
  std::span<const std::byte> data;
};

/// A memory-mapped file. Opening walks through all of it and checks every size before anything is allocated by it;
/// every defect is Error(bad_data) naming the file and the field, as are values that lie in another file. Views stay
/// valid as long as the object's mapping.
class OnnxFile {
 public:
  [[nodiscard]] static OnnxFile open(const std::string& path);
  /// The same over bytes in memory, which must outlive the object; `source` is what messages call it.
  [[nodiscard]] static OnnxFile view(std::span<const std::byte> bytes, const std::string& source);
  /// Whether the bytes begin as the ONNX project's writers begin a model: with its version.
  [[nodiscard]] static bool is_one(std::span<const std::byte> bytes) noexcept;

  /// In the order of the file.
  [[nodiscard]] const std::vector<OnnxTensor>& tensors() const noexcept { return tensors_; }
  /// "main" for the model's graph, else names of attributes from it on: "main/then_branch".
  [[nodiscard]] const std::vector<std::string>& graphs() const noexcept { return graphs_; }
  [[nodiscard]] std::int64_t ir_version() const noexcept { return ir_version_; }
  [[nodiscard]] const std::string& source() const noexcept { return source_; }

 private:
  OnnxFile() = default;
  void parse();
  void read_graph(std::span<const std::byte> message, std::string path, int depth);
  void read_node(std::span<const std::byte> message, std::size_t graph, int depth);
  void read_tensor(std::span<const std::byte> message, std::size_t graph, std::string_view other_name);

  std::optional<base::MappedFile> file_;
  std::span<const std::byte> bytes_;
  std::string source_;
  std::int64_t ir_version_ = 0;
  std::vector<std::string> graphs_;
  std::vector<OnnxTensor> tensors_;
};

}  // namespace seben::tensor
