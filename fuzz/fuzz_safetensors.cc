// SPDX-License-Identifier: Apache-2.0
#include <span>

#include "formats/safetensors.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto bytes = std::as_bytes(std::span(data, size));
    const auto file = tensor::SafetensorsFile::view(bytes, "fuzz");
    for (const std::string& name : file.names()) {
      const tensor::TensorView& view = file.require(name);
      // Every view lies inside the input: read its ends.
      if (view.bytes() == 0) continue;
      fuzz::require(view.data >= bytes.data() && view.data + view.bytes() <= bytes.data() + size);
      if (tensor::size_of(view.dtype) > 1 && view.dtype <= tensor::DType::bf16) (void)tensor::to_float(view);
    }
  });
}
