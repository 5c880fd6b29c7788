// SPDX-License-Identifier: Apache-2.0
// A matrix that is stored as codes and read row by row: what quantized weights look like to those who load them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace seben::tensor {

/// Reading from several threads is safe.
class CodedRows {
 public:
  CodedRows() = default;
  CodedRows(const CodedRows&) = delete;
  CodedRows& operator=(const CodedRows&) = delete;
  virtual ~CodedRows();

  [[nodiscard]] virtual std::int64_t columns() const noexcept = 0;
  /// Bytes of all codes, scales and zeros.
  [[nodiscard]] virtual std::size_t bytes() const noexcept = 0;
  [[nodiscard]] virtual const std::string& codec() const noexcept = 0;  ///< "w4:g32"
  /// Row `r`; `out` has columns() places.
  virtual void read(std::int64_t r, std::span<float> out) const = 0;
  /// Error(bad_data) when some row would not be finite numbers. Reads the scales.
  virtual void check() const = 0;
};

}  // namespace seben::tensor
