// SPDX-License-Identifier: Apache-2.0
// The safetensors format: eight bytes header length (little end first), a JSON header, the tensors without gaps.
// Reading is strict: header size and depth, dtypes, shapes, overflow, overlaps, gaps and trailing bytes are all
// checked before a single view is handed out, so that a hostile file is one clear Error(bad_data).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "formats/weight_file.h"
#include "tensor/view.h"

namespace seben::tensor {

using Metadata = std::map<std::string, std::string>;

/// One memory-mapped file. Opening reads the header only.
class SafetensorsFile final : public WeightFile {
 public:
  [[nodiscard]] static SafetensorsFile open(const std::string& path);
  /// The same over bytes in memory, which must outlive the object; `source` is what messages call it.
  [[nodiscard]] static SafetensorsFile view(std::span<const std::byte> bytes, const std::string& source);

  SafetensorsFile(SafetensorsFile&&) = default;
  SafetensorsFile& operator=(SafetensorsFile&&) = default;

  using WeightFile::require;
  [[nodiscard]] const TensorView* find(std::string_view name) const override;
  [[nodiscard]] std::vector<std::string> names() const override;
  void prefetch(const TensorView& view) const override;
  void release(const TensorView& view) const override;
  [[nodiscard]] const Metadata& metadata() const override { return metadata_; }
  [[nodiscard]] const std::string& source() const override { return source_; }
  [[nodiscard]] std::size_t file_bytes() const noexcept { return bytes_.size(); }

 private:
  SafetensorsFile() = default;
  void parse();

  std::optional<base::MappedFile> file_;
  std::span<const std::byte> bytes_;
  std::string source_;
  std::map<std::string, TensorView, std::less<>> tensors_;
  Metadata metadata_;
};

/// A tensor to be written.
struct TensorSpec {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
};

/// Writes a file front to back in bounded memory, through AtomicFile: without `commit` nothing is left behind.
class SafetensorsWriter {
 public:
  /// The tensors follow in the order of `specs`; the header is written at once.
  SafetensorsWriter(const std::string& path, const std::vector<TensorSpec>& specs, const Metadata& metadata);

  /// The next bytes of the tensor data, in any pieces.
  void append(std::span<const std::byte> bytes);
  /// Error(internal) unless exactly the announced bytes were appended.
  void commit();

 private:
  base::AtomicFile file_;
  std::uint64_t remaining_ = 0;
};

/// All of `views` as one file, in pieces with interrupt checks.
void write_safetensors(const std::string& path, std::span<const TensorView> views, const Metadata& metadata);

}  // namespace seben::tensor
