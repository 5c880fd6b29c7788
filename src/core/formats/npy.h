// SPDX-License-Identifier: Apache-2.0
// NumPy's .npy, versions 1 to 3: one array of little-endian f2, f4 or f8 in C order.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "base/file.h"
#include "tensor/view.h"

namespace seben::tensor {

/// One memory-mapped array. Everything else that .npy can hold (other dtypes, big-endian, Fortran order, objects) and
/// every defect is Error(bad_data).
class NpyFile {
 public:
  [[nodiscard]] static NpyFile open(const std::string& path);
  /// The same over bytes in memory, which must outlive the object.
  [[nodiscard]] static NpyFile view(std::span<const std::byte> bytes, const std::string& source);

  [[nodiscard]] const TensorView& array() const noexcept { return array_; }

 private:
  NpyFile() = default;

  std::optional<base::MappedFile> file_;
  TensorView array_;
};

/// Version 1.0; f16, f32 and f64 only.
void write_npy(const std::string& path, const TensorView& array);

}  // namespace seben::tensor
