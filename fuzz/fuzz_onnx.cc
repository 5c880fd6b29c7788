// SPDX-License-Identifier: Apache-2.0
// An ONNX model: its tensors, and the voice-activity weights among them.
#include <span>

#include "audio/vad/silero.h"
#include "formats/onnx_file.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto bytes = std::as_bytes(std::span(data, size));
    const auto file = tensor::OnnxFile::view(bytes, "fuzz");
    for (const tensor::OnnxTensor& tensor : file.tensors()) {
      fuzz::require(tensor.graph < file.graphs().size());
      fuzz::require(tensor.data.empty() || (tensor.data.data() >= bytes.data() &&
                                            tensor.data.data() + tensor.data.size() <= bytes.data() + bytes.size()));
    }
    if (tensor::OnnxFile::is_one(bytes)) (void)generate::Silero::from(generate::SileroFile::view(bytes, "fuzz"));
  });
}
