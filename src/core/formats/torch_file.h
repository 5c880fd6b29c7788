// SPDX-License-Identifier: Apache-2.0
// PyTorch checkpoints (.pt, .bin): a zip archive with a pickle that describes the tensors and one stored entry for each
// storage. Nothing of the pickle is executed. Layout: torch/serialization.py, torch/_utils.py.
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
#include "formats/composed_weights.h"
#include "tensor/view.h"

namespace seben::tensor {

struct TorchTensor {
  std::string name;  ///< the keys that lead to it: "model_state_dict.encoder.conv1.weight"
  DType dtype = DType::f32;
  Shape shape;
  Shape strides;                    ///< in elements; another order of the axes when the tensor was transposed
  const std::byte* data = nullptr;  ///< its first element; not necessarily aligned

  /// Whether the elements lie one after the other, so that they can be used where they are.
  [[nodiscard]] bool is_contiguous() const noexcept;
};

/// The elements in row-major order, in pieces of some MB.
void stream_elements(const TorchTensor& tensor, const ByteSink& sink);

/// One memory-mapped checkpoint. Opening reads the pickle only. Refused as Error(bad_data): files of PyTorch before 1.6
/// (no zip archive), compressed archives, globals beyond those of a state dict (named in the message), storages that
/// are missing, short or big-endian, tensors beyond their storage, and strides that are no order of the axes.
class TorchFile {
 public:
  [[nodiscard]] static TorchFile open(const std::string& path);
  /// The same over bytes in memory, which must outlive the object; `source` is what messages call it.
  [[nodiscard]] static TorchFile view(std::span<const std::byte> bytes, const std::string& source);

  /// In the order of the pickle, names being unique.
  [[nodiscard]] const std::vector<TorchTensor>& tensors() const noexcept { return tensors_; }
  /// Whole numbers beside the tensors, by the keys that lead to them: "dims.n_mels".
  [[nodiscard]] const std::map<std::string, std::int64_t, std::less<>>& integers() const noexcept { return integers_; }
  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  /// nullptr when the bytes lie in memory.
  [[nodiscard]] const base::MappedFile* file() const noexcept { return file_ ? &*file_ : nullptr; }

 private:
  TorchFile() = default;
  void parse();

  std::optional<base::MappedFile> file_;
  std::span<const std::byte> bytes_;
  std::string source_;
  std::vector<TorchTensor> tensors_;
  std::map<std::string, std::int64_t, std::less<>> integers_;
};

/// The tensors under the names that `rename` gives them (empty: leave that one out); transposed ones are put in order
/// when they are asked for.
[[nodiscard]] std::unique_ptr<ComposedWeights> compose(const std::shared_ptr<const TorchFile>& file,
                                                       const std::function<std::string(std::string_view)>& rename);

}  // namespace seben::tensor
