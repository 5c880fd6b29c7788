// SPDX-License-Identifier: Apache-2.0
#include "support.h"
#include "text/nko/vocabulary.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const nko::Vocabulary vocabulary = nko::Vocabulary::parse(fuzz::text(data, size), "fuzz");
    const auto classes = static_cast<std::int64_t>(vocabulary.size());
    fuzz::require(vocabulary.blank() >= 0 && vocabulary.blank() < classes);
    for (const std::int64_t index : vocabulary.masked()) fuzz::require(index >= 0 && index < classes);
    const std::string json = vocabulary.to_json();
    fuzz::require(nko::Vocabulary::parse(json, "again").to_json() == json);
    (void)vocabulary.encode(fuzz::text(data, size), "fuzz");
  });
}
