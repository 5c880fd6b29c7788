// SPDX-License-Identifier: Apache-2.0
// Silero's voice-activity weights as silero-vad publishes them (ONNX, silero_onnx.h), and as whisper.cpp ships them:
// the magic number "ggml", the kind of the network and its version, its sizes, then tensor after tensor without
// alignment, all little end first. Layout: whisper.cpp, models/convert-silero-vad-to-ggml.py and its loader.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "formats/ggml_file.h"

namespace seben::generate {

/// What stands between the magic number and the tensors of whisper.cpp's form.
struct SileroSizes {
  struct Convolution {
    std::int32_t in = 0, out = 0, kernel = 0;
    [[nodiscard]] bool operator==(const Convolution&) const = default;
  };
  std::string type;                       ///< "silero-16k"
  std::array<std::int32_t, 3> version{};  ///< 5, 1, 2
  std::int32_t window = 0;                ///< samples
  std::int32_t context = 0;               ///< samples before a window that belong to it
  std::vector<Convolution> encoder;
  std::int32_t lstm_in = 0, lstm_hidden = 0;
  std::int32_t final_in = 0, final_out = 0;
};

/// A memory-mapped file, whose form its first bytes tell. Opening reads its heads and checks every size before anything
/// is allocated by it; every defect is Error(bad_data) naming the file and the field. Which sizes the network needs is
/// not decided here (silero.h).
class SileroFile {
 public:
  [[nodiscard]] static SileroFile open(const std::string& path);
  /// The same over bytes in memory, which must outlive the object; `source` is what messages call it.
  [[nodiscard]] static SileroFile view(std::span<const std::byte> bytes, const std::string& source);

  /// Nothing for ONNX, which tells sizes by the tensors' shapes alone.
  [[nodiscard]] const std::optional<SileroSizes>& sizes() const noexcept { return sizes_; }
  /// By the names of whisper.cpp's form and in the order of the file; f32 or f16. A scalar has an empty shape.
  [[nodiscard]] const std::vector<tensor::GgmlTensor>& tensors() const noexcept { return tensors_; }
  /// The values of a tensor, which must be there in this shape, axes of size 1 aside, and finite; Error(bad_data)
  /// otherwise.
  [[nodiscard]] std::vector<float> floats(std::string_view name, const tensor::Shape& shape) const;
  [[nodiscard]] const std::string& source() const noexcept { return source_; }

 private:
  SileroFile() = default;
  void parse();

  std::optional<base::MappedFile> file_;
  std::span<const std::byte> bytes_;
  std::string source_;
  std::optional<SileroSizes> sizes_;
  std::vector<tensor::GgmlTensor> tensors_;
};

}  // namespace seben::generate
