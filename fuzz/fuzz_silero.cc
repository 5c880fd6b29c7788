// SPDX-License-Identifier: Apache-2.0
// A file of voice-activity weights.
#include <span>

#include "generate/silero.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto bytes = std::as_bytes(std::span(data, size));
    const auto file = generate::SileroFile::view(bytes, "fuzz");
    for (const tensor::GgmlTensor& tensor : file.tensors()) {
      fuzz::require(tensor.data.data() >= bytes.data() &&
                    tensor.data.data() + tensor.data.size() <= bytes.data() + size);
    }
    for (const tensor::GgmlTensor& tensor : file.tensors()) {
      fuzz::require(static_cast<std::int64_t>(file.floats(tensor.name, tensor.shape).size()) == tensor.elements());
    }
    const generate::Silero model = generate::Silero::from(file);
    (void)generate::speech_probabilities(model, std::vector<float>(1000, 0.25F));
  });
}
