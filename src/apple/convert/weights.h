// SPDX-License-Identifier: Apache-2.0
// Stored tensors as constants of a program, without copies: a mapped tensor stays where it is until the package is
// written, and its pages are let go afterwards.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "mil/literal.h"

namespace seben::convert {

/// Tensors of one file, kept open by everything made from them.
class Weights {
 public:
  /// Names are looked up below `prefix`.
  Weights(std::shared_ptr<const tensor::WeightFile> file, std::string prefix)
      : file_(std::move(file)), prefix_(std::move(prefix)) {}

  /// Error(bad_data) when it is missing or of another shape.
  [[nodiscard]] const tensor::TensorView& view(const std::string& name, const tensor::Shape& shape) const {
    return file_->require(prefix_ + name, shape);
  }
  [[nodiscard]] bool has(const std::string& name) const { return file_->peek(prefix_ + name) != nullptr; }
  /// The values; Error(bad_data) when one is not finite.
  [[nodiscard]] std::vector<float> values(const std::string& name, const tensor::Shape& shape) const {
    return tensor::to_float(view(name, shape));
  }
  [[nodiscard]] const std::shared_ptr<const tensor::WeightFile>& file() const noexcept { return file_; }
  [[nodiscard]] const std::string& prefix() const noexcept { return prefix_; }

 private:
  std::shared_ptr<const tensor::WeightFile> file_;
  std::string prefix_;
};

/// The tensor as a constant of fp32 or fp16 under another shape with as many elements. Streaming it checks every value:
/// Error(bad_data) names the tensor when one is not finite or beyond fp16's 65504.
[[nodiscard]] mil::Literal literal(const std::shared_ptr<const tensor::WeightFile>& file,
                                   const tensor::TensorView& view, const mil::Shape& shape, mil::DType dtype);

/// A tensor's values in pieces of whole rows of its first dimension, some MB each, as float; finite ones only.
void stream_rows(const tensor::TensorView& view, const std::function<void(std::span<const float>)>& take);

}  // namespace seben::convert
