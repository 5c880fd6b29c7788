// SPDX-License-Identifier: Apache-2.0
#define SEBEN_DEQUANTISE_NAMESPACE dequantise_with_plain
#include <string>

#include "base/isa.h"
#include "formats/dequantise_impl.h"
#include "seben/error.h"

namespace seben::tensor {

#if defined(__x86_64__)
void dequantise_avx2(GgmlType type, const std::byte* blocks, std::size_t count, std::size_t size, float* out);
#endif

namespace {

// How many blocks `blocks` are; `out` must have room for exactly their elements.
std::size_t count_blocks(GgmlType type, std::span<const std::byte> blocks, std::span<float> out) {
  const std::size_t count = blocks.size() / block_bytes(type);
  const std::size_t elements = count * static_cast<std::size_t>(block_elements(type));
  if (blocks.size() % block_bytes(type) != 0 || out.size() != elements) {
    throw Error(ErrorCategory::internal, "dequantise", "room for " + std::to_string(elements) + " elements",
                std::to_string(out.size()) + " for " + std::to_string(blocks.size()) + " bytes");
  }
  return count;
}

}  // namespace

void detail::dequantise_plain(GgmlType type, std::span<const std::byte> blocks, std::span<float> out) {
  const std::size_t count = count_blocks(type, blocks, out);
  dequantise_with_plain::dequantise_blocks(type, blocks.data(), count, block_bytes(type), out.data());
}

void dequantise(GgmlType type, std::span<const std::byte> blocks, std::span<float> out) {
#if defined(__x86_64__)
  if (base::best_isa() >= base::Isa::avx2) {
    const std::size_t count = count_blocks(type, blocks, out);
    dequantise_avx2(type, blocks.data(), count, block_bytes(type), out.data());
    return;
  }
#endif
  detail::dequantise_plain(type, blocks, out);
}

}  // namespace seben::tensor
