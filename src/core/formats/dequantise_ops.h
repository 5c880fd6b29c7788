// SPDX-License-Identifier: Apache-2.0
// The loops behind dequantise (ggml_type.h), chosen for the processor at run time; all give the same bits.
#pragma once

#include <cstddef>

#include "base/isa.h"
#include "formats/ggml_type.h"

namespace seben::tensor {

struct DequantiseOps {
  const char* name;
  /// `count` blocks of `size` bytes.
  void (*blocks)(GgmlType type, const std::byte* blocks, std::size_t count, std::size_t size, float* out);
};

/// The loops for one instruction set, which the processor must have.
[[nodiscard]] const DequantiseOps& dequantise_ops(base::Isa isa = base::best_isa());

}  // namespace seben::tensor
