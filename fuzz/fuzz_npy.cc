// SPDX-License-Identifier: Apache-2.0
#include <span>

#include "formats/npy.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto file = tensor::NpyFile::view(std::as_bytes(std::span(data, size)), "fuzz");
    fuzz::require(file.array().bytes() <= size);
    (void)tensor::to_float(file.array());
  });
}
