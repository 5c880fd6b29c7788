// SPDX-License-Identifier: Apache-2.0
// A function being built in one style: the operations that encoders, heads and decoders are made of, in the chosen
// layout, precision and weight code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "convert/conversion_options.h"
#include "convert/weights.h"
#include "mil/builder.h"
#include "mil/model.h"

namespace seben::convert {

/// Activations are [1, S, C] in the sequence layout, [1, C, 1, S] in the ane layout; S may be unknown.
class Graph {
 public:
  explicit Graph(ConversionOptions conversion) : style_(std::move(conversion)), builder_(style_.opset) {}

  [[nodiscard]] const ConversionOptions& conversion() const noexcept { return style_; }
  [[nodiscard]] bool ane() const noexcept { return style_.layout == Layout::ane; }
  [[nodiscard]] mil::FunctionBuilder& builder() noexcept { return builder_; }

  /// An input in the interface's dtype, and the same in the dtype of computation.
  mil::Value input(const std::string& name, const mil::Shape& shape);
  /// `value` under that name in the interface's dtype, as an output has to be.
  mil::Value output(const std::string& name, const mil::Value& value);

  /// y = x W^T + b; `weight` names the tensors "<weight>.weight" [out, in] and, where it exists, "<weight>.bias".
  mil::Value linear(const std::string& name, const mil::Value& x, const Weights& weights, const std::string& weight,
                    std::int64_t out, std::int64_t in);
  /// The same with rows first..first + out of a taller matrix [rows, in] called `weight`, and of its bias.
  struct Rows {
    std::string weight, bias;
    std::int64_t rows = 0, first = 0;
  };
  mil::Value linear_rows(const std::string& name, const mil::Value& x, const Weights& weights, const Rows& rows,
                         std::int64_t out, std::int64_t in);
  /// Over the channels, epsilon 1e-5, "<weight>.weight" and "<weight>.bias".
  mil::Value layer_norm(const std::string& name, const mil::Value& x, const Weights& weights, const std::string& weight,
                        std::int64_t channels);
  /// A convolution over time of [1, C, S] (or [1, C, 1, S]) with kernel `kernel` and `pad` zeros on both sides.
  struct Convolution {
    std::string weight;  ///< "<weight>.weight" [out, in, kernel], "<weight>.bias"
    std::int64_t out = 0, in = 0, kernel = 0, stride = 1, pad = 0;
  };
  mil::Value convolve(const std::string& name, const mil::Value& x, const Weights& weights, const Convolution& c);
  mil::Value gelu(const std::string& name, const mil::Value& x);
  mil::Value add(const std::string& name, const mil::Value& x, const mil::Value& y);
  mil::Value scale(const std::string& name, const mil::Value& x, float factor);
  mil::Value softmax(const std::string& name, const mil::Value& x, std::int64_t axis);
  mil::Value transpose(const std::string& name, const mil::Value& x, const std::vector<std::int64_t>& perm);
  mil::Value reshape(const std::string& name, const mil::Value& x, const std::vector<std::int64_t>& shape);
  /// x y, or x y^T
  mil::Value matmul(const std::string& name, const mil::Value& x, const mil::Value& y, bool transpose_y);
  /// "nchw,nwhu->nchu"
  mil::Value einsum(const std::string& name, const mil::Value& x, const mil::Value& y);
  std::vector<mil::Value> split(const std::string& name, const mil::Value& x, std::int64_t parts, std::int64_t axis);
  mil::Value concat(const std::string& name, const std::vector<mil::Value>& values, std::int64_t axis);
  /// The first rows of a constant along time, as many as `x` is long: positions for shorter inputs.
  /// `positions` is [1, most, C] (ane: [1, C, most]).
  mil::Value positions_for(const std::string& name, const mil::Value& x, const mil::Value& positions);
  /// A small constant of real numbers in the dtype of computation.
  mil::Value real(const std::string& name, std::span<const float> values, const mil::Shape& shape);

  /// [1, S, C] as the layout wants it, and back.
  mil::Value enter(const std::string& name, const mil::Value& sequence);
  mil::Value leave(const std::string& name, const mil::Value& x);

 private:
  /// In which dtype operators of that type compute.
  [[nodiscard]] mil::DType dtype_for(std::string_view type) const;
  mil::Value cast(const mil::Value& x, mil::DType dtype);
  /// Adds an operator whose run-time operands are brought to its dtype and whose result goes back to the style's.
  mil::Value compute(std::string_view type, const std::string& name, std::vector<mil::Operand> operands);
  mil::Literal number(float value, mil::DType dtype) const { return mil::Literal::scalar(value, dtype); }

  ConversionOptions style_;
  mil::FunctionBuilder builder_;
};

/// The axis of time in the layout.
[[nodiscard]] inline std::int64_t time_axis(Layout layout) noexcept { return layout == Layout::ane ? 3 : 1; }

}  // namespace seben::convert
