// SPDX-License-Identifier: Apache-2.0
// A set of named tensors that lie in one or several files.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/view.h"

namespace seben::tensor {

using ByteSink = std::function<void(std::span<const std::byte>)>;

/// Views stay valid as long as the WeightFile lives. Reading from several threads is safe.
class WeightFile {
 public:
  WeightFile() = default;
  WeightFile(const WeightFile&) = delete;
  WeightFile& operator=(const WeightFile&) = delete;
  virtual ~WeightFile();

  /// nullptr when there is none of that name. A tensor that is not stored as it is used is computed now.
  [[nodiscard]] virtual const TensorView* find(std::string_view name) const = 0;
  /// The same for its dtype and shape only: `data` is null when the tensor must be computed and has not been.
  [[nodiscard]] virtual const TensorView* peek(std::string_view name) const { return find(name); }
  /// The tensor's bytes in pieces of whole elements, some MB each, in bounded memory; nothing that is computed is kept.
  /// Error(bad_data) when there is none of that name; stops with Interrupted when an interrupt was asked for.
  virtual void stream(std::string_view name, const ByteSink& sink) const;
  /// In the order of the names.
  [[nodiscard]] virtual std::vector<std::string> names() const = 0;
  /// Has that tensor read from the disk in the background, because it is wanted soon.
  virtual void prefetch(const TensorView& view) const = 0;
  /// Lets the pages of that tensor go once it has been packed or copied; reading it again reads the file again.
  virtual void release(const TensorView& view) const = 0;
  /// Free texts stored beside the tensors (safetensors `__metadata__`).
  [[nodiscard]] virtual const std::map<std::string, std::string>& metadata() const = 0;
  /// The path, for messages.
  [[nodiscard]] virtual const std::string& source() const = 0;

  /// find, or Error(bad_data) naming the file and the tensor when it is missing or has another shape.
  [[nodiscard]] const TensorView& require(std::string_view name, const Shape& shape) const;
  [[nodiscard]] const TensorView& require(std::string_view name) const;
  /// Bytes of all tensors together.
  [[nodiscard]] std::size_t total_bytes() const;

 protected:
  WeightFile(WeightFile&&) = default;
  WeightFile& operator=(WeightFile&&) = default;
};

/// Opens a .safetensors file, an index of several files (*.index.json), a PyTorch checkpoint, or a folder holding one
/// of model.safetensors, its index, pytorch_model.bin and its index, the first of these. Names stay as they are stored.
[[nodiscard]] std::unique_ptr<WeightFile> open_weights(const std::string& path);

/// The same of a single file: one named .bin, .pt or .pth is PyTorch's, every other is safetensors.
[[nodiscard]] std::unique_ptr<WeightFile> open_weight_file(const std::string& path);

}  // namespace seben::tensor
