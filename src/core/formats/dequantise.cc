// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "base/dispatch.h"
#include "formats/dequantise_ops.h"
#include "seben/error.h"

namespace seben::tensor {

SEBEN_DISPATCH(DequantiseOps, dequantise_ops)

void dequantise(GgmlType type, std::span<const std::byte> blocks, std::span<float> out) {
  const std::size_t count = blocks.size() / block_bytes(type);
  const std::size_t elements = count * static_cast<std::size_t>(block_elements(type));
  if (blocks.size() % block_bytes(type) != 0 || out.size() != elements) {
    throw Error(ErrorCategory::internal, "dequantise", "room for " + std::to_string(elements) + " elements",
                std::to_string(out.size()) + " for " + std::to_string(blocks.size()) + " bytes");
  }
  dequantise_ops().blocks(type, blocks.data(), count, block_bytes(type), out.data());
}

}  // namespace seben::tensor
