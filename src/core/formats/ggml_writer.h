// SPDX-License-Identifier: Apache-2.0
// Writes whisper.cpp's model files (see ggml_file.h) front to back in bounded memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "formats/ggml_file.h"

namespace seben::tensor {

/// Through AtomicFile: without `commit` nothing is left behind. Failures of the disk are Error(io), use against the
/// rules below is Error(internal).
class GgmlWriter {
 public:
  /// Writes everything that stands before the tensors.
  GgmlWriter(const std::string& path, const GgmlHparams& hparams, const GgmlFilters& filters,
             const std::vector<std::string>& vocabulary);

  /// Announces a tensor of f32 or f16, its sizes outermost first; its bytes follow by `append`.
  void begin(const std::string& name, GgmlType type, const Shape& shape);
  /// The next bytes of that tensor, in any pieces.
  void append(std::span<const std::byte> bytes);
  /// All announced bytes must have been appended.
  void commit();

 private:
  void integer(std::int64_t value);
  void require_complete() const;

  base::AtomicFile file_;
  std::string name_;
  std::uint64_t remaining_ = 0;
};

}  // namespace seben::tensor
