// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <span>

#include "formats/ggml_file.h"
#include "import/sources.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto bytes = std::as_bytes(std::span(data, size));
    const auto file = std::make_shared<const tensor::GgmlFile>(tensor::GgmlFile::view(bytes, "fuzz"));
    for (const tensor::GgmlTensor& tensor : file->tensors()) {
      fuzz::require(tensor.data.data() >= bytes.data() &&
                    tensor.data.data() + tensor.data.size() <= bytes.data() + size);
      std::int64_t seen = 0;
      stream_floats(tensor, [&](std::span<const float> values) { seen += static_cast<std::int64_t>(values.size()); });
      fuzz::require(seen == tensor.elements());
    }
    const models::Model model = models::model_of(file);
    for (const std::string& name : model.weights->names()) {
      std::size_t streamed = 0;
      model.weights->stream(name, [&](std::span<const std::byte> piece) { streamed += piece.size(); });
      fuzz::require(streamed == model.weights->peek(name)->bytes());
    }
  });
}
