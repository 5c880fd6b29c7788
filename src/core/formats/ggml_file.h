// SPDX-License-Identifier: Apache-2.0
// whisper.cpp's model files: the magic number "ggml", eleven sizes, mel filters, vocabulary, then tensor after tensor
// without alignment, all little end first. Layout: whisper.cpp, models/convert-pt-to-ggml.py and its loader.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "formats/ggml_type.h"
#include "tensor/view.h"

namespace seben::tensor {

/// The sizes at the head of the file, by the names and in the order that whisper.cpp gives them.
struct GgmlHparams {
  std::int32_t n_vocab = 0;
  std::int32_t n_audio_ctx = 0;    ///< feature frames of a window
  std::int32_t n_audio_state = 0;  ///< width of the encoder
  std::int32_t n_audio_head = 0;
  std::int32_t n_audio_layer = 0;
  std::int32_t n_text_ctx = 0;    ///< tokens of a window at most
  std::int32_t n_text_state = 0;  ///< width of the decoder
  std::int32_t n_text_head = 0;
  std::int32_t n_text_layer = 0;
  std::int32_t n_mels = 0;
  std::int32_t ftype = 0;         ///< what most tensors are: 0 f32, 1 f16, 2 q4_0, 3 q4_1, 7 q8_0, 8 q5_0, 9 q5_1
  std::int32_t quantisation = 0;  ///< version of the block layouts, stored as ftype / 1000; 2 is the one read here

  [[nodiscard]] bool operator==(const GgmlHparams&) const = default;
};

/// Filters [n_mel, n_fft] as f32, row-major; n_fft counts the bins (201), as whisper.cpp's field does.
struct GgmlFilters {
  std::int32_t n_mel = 0;
  std::int32_t n_fft = 0;
  std::span<const std::byte> data;  ///< not necessarily aligned
};

struct GgmlTensor {
  std::string name;  ///< "encoder.blocks.0.attn.query.weight"
  GgmlType type = GgmlType::f32;
  Shape shape;  ///< outermost first, which is the reverse of the file's order
  std::span<const std::byte> data;

  [[nodiscard]] std::int64_t elements() const noexcept;
};

/// A memory-mapped file. Opening reads its heads and checks every size before anything is allocated by it; every defect
/// is Error(bad_data) naming the file and the field. Views stay valid as long as the object's mapping.
class GgmlFile {
 public:
  [[nodiscard]] static GgmlFile open(const std::string& path);
  /// The same over bytes in memory, which must outlive the object; `source` is what messages call it.
  [[nodiscard]] static GgmlFile view(std::span<const std::byte> bytes, const std::string& source);
  /// Whether the bytes begin with the magic number.
  [[nodiscard]] static bool is_one(std::span<const std::byte> bytes) noexcept;

  [[nodiscard]] const GgmlHparams& hparams() const noexcept { return hparams_; }
  [[nodiscard]] const GgmlFilters& filters() const noexcept { return filters_; }
  /// The bytes of each token, in the order of their numbers; often fewer than n_vocab: special tokens have none.
  [[nodiscard]] const std::vector<std::string_view>& vocabulary() const noexcept { return vocabulary_; }
  /// In the order of the file.
  [[nodiscard]] const std::vector<GgmlTensor>& tensors() const noexcept { return tensors_; }
  /// nullptr when there is none of that name.
  [[nodiscard]] const GgmlTensor* find(std::string_view name) const;
  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  /// nullptr when the bytes lie in memory.
  [[nodiscard]] const base::MappedFile* file() const noexcept { return file_ ? &*file_ : nullptr; }

 private:
  GgmlFile() = default;
  void parse();

  std::optional<base::MappedFile> file_;
  std::span<const std::byte> bytes_;
  std::string source_;
  GgmlHparams hparams_;
  GgmlFilters filters_;
  std::vector<std::string_view> vocabulary_;
  std::vector<GgmlTensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
};

/// Dequantises `tensor` in pieces of whole blocks, a few MB each.
template <class Take>
void stream_floats(const GgmlTensor& tensor, Take take) {
  constexpr std::int64_t kPiece = std::int64_t{1} << 20;  // a multiple of every block
  std::vector<float> values;
  const auto per_block = block_elements(tensor.type);
  for (std::int64_t at = 0; at < tensor.elements(); at += kPiece) {
    const std::int64_t count = std::min(kPiece, tensor.elements() - at);
    const auto bytes = [&](std::int64_t elements) {
      return static_cast<std::size_t>(elements / per_block) * block_bytes(tensor.type);
    };
    values.resize(static_cast<std::size_t>(count));
    dequantise(tensor.type, tensor.data.subspan(bytes(at), bytes(count)), values);
    take(std::span<const float>(values));
  }
}

}  // namespace seben::tensor
