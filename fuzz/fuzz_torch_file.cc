// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <span>

#include "formats/torch_file.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto bytes = std::as_bytes(std::span(data, size));
    const auto file = std::make_shared<const tensor::TorchFile>(tensor::TorchFile::view(bytes, "fuzz"));
    const auto weights = tensor::compose(file, [](std::string_view name) { return std::string(name); });
    for (const tensor::TorchTensor& tensor : file->tensors()) {
      std::size_t streamed = 0;
      std::uint32_t sum = 0;  // every byte is read
      const tensor::ByteSink sink = [&](std::span<const std::byte> piece) {
        for (const std::byte byte : piece) sum += std::to_integer<std::uint32_t>(byte);
        streamed += piece.size();
      };
      weights->stream(tensor.name, sink);
      fuzz::require(streamed == weights->peek(tensor.name)->bytes() && streamed <= size + sum);
    }
  });
}
