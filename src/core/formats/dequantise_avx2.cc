// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#define SEBEN_DEQUANTISE_NAMESPACE dequantise_with_avx2
#include "formats/dequantise_impl.h"

namespace seben::tensor {

void dequantise_avx2(GgmlType type, const std::byte* blocks, std::size_t count, std::size_t size, float* out);
void dequantise_avx2(GgmlType type, const std::byte* blocks, std::size_t count, std::size_t size, float* out) {
  dequantise_with_avx2::dequantise_blocks(type, blocks, count, size, out);
}

}  // namespace seben::tensor
#endif
