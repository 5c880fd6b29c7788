// SPDX-License-Identifier: Apache-2.0
#include "kernels/buffer.h"

#include <cstdlib>
#include <string>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "seben/error.h"

namespace seben::kernels {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

void Buffer::Free::operator()(std::byte* p) const noexcept { std::free(p); }

Buffer::Buffer(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  const std::size_t alignment = bytes >= 2 * kHugePage ? kHugePage : kCacheLine;
  // The size stays as it is: rounded up to whole huge pages, the weights of a large model would take a fifth more.
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, bytes) != 0) {
    throw Error(ErrorCategory::memory, "memory", std::to_string(bytes) + " bytes", "none left");
  }
  data_.reset(static_cast<std::byte*>(memory));
#if defined(__linux__)
  if (alignment == kHugePage) madvise(data_.get(), bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
}

}  // namespace seben::kernels
