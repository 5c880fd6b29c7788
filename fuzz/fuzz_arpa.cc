// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "support.h"
#include "text/lm/ngram.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto model = lm::NgramModel::parse(fuzz::text(data, size), "fuzz");
    const std::string text = model.to_arpa();
    fuzz::require(lm::NgramModel::parse(text, "again").to_arpa() == text);
    fuzz::require(!std::isnan(model.text_score(U"ab \u07CA\u07D3b")));
  });
}
