// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <span>

#include "formats/ctranslate2_file.h"
#include "import/ctranslate2_source.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto bytes = std::as_bytes(std::span(data, size));
    const auto file = std::make_shared<const tensor::CTranslate2File>(tensor::CTranslate2File::view(bytes, "fuzz"));
    for (const tensor::CTranslate2Variable& variable : file->variables()) {
      fuzz::require(file->find(variable.name) == &variable);
      fuzz::require(variable.data.data() >= bytes.data() &&
                    variable.data.data() + variable.data.size() <= bytes.data() + size);
      fuzz::require(static_cast<std::size_t>(variable.elements()) * tensor::size_of(variable.dtype) ==
                    variable.data.size());
    }
    const models::Model model = models::model_of(file);
    for (const std::string& name : model.weights->names()) {
      std::size_t streamed = 0;
      model.weights->stream(name, [&](std::span<const std::byte> piece) { streamed += piece.size(); });
      fuzz::require(streamed == model.weights->peek(name)->bytes());
    }
  });
}
