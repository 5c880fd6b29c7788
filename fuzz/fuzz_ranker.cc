// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>

#include "correct/features.h"
#include "correct/ranker.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto ranker = correction::Ranker::parse(fuzz::text(data, size), "fuzz");
    const std::string text = ranker.to_text();
    fuzz::require(correction::Ranker::parse(text, "again").to_text() == text);
    correction::FeatureVector values{};
    for (const double value : {0.0, 1.0, -40.0, 40.0}) {
      values.fill(value);
      const double p = ranker.probability(values);
      fuzz::require(p >= 0.0 && p <= 1.0);
    }
    for (std::size_t i = 1; i < ranker.thresholds.size(); ++i) {
      fuzz::require(ranker.thresholds[i] >= ranker.thresholds[i - 1]);
    }
  });
}
