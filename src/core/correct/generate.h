// SPDX-License-Identifier: Apache-2.0
// Bounded candidates: the hypothesis and its likeliest single edits by the confusion maps.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "correct/candidate.h"
#include "correct/confusions.h"
#include "text/nko/vocabulary.h"

namespace seben::correction {

struct GenerateLimits {
  std::int64_t max_candidates = 120;  ///< edits, COPY not counted
};

/// Which classes may stand side by side, and at the ends, in a normalised text (nko/utf8.h): spaces single and inside,
/// combining marks in canonical order.
class Neighbours {
 public:
  explicit Neighbours(const nko::Vocabulary& vocabulary);
  /// -1: the end of the text.
  [[nodiscard]] bool allowed(std::int64_t left, std::int64_t right) const noexcept {
    return allowed_[static_cast<std::size_t>((left + 1) * width_ + right + 1)] != 0;
  }

 private:
  std::int64_t width_;
  std::vector<std::uint8_t> allowed_;
};

/// Working memory, kept from text to text.
struct GenerateMemory {
  std::vector<Candidate> found;
};

/// COPY, then the edits with the highest priors: by prior, falling, then position, kind and label. No two make the same
/// labels, so none the same text where every class is one character; none makes an empty text, or one that is not
/// normalised if the hypothesis is.
void generate(std::span<const std::int64_t> labels, const ConfusionTable& table, const Neighbours& neighbours,
              const GenerateLimits& limits, GenerateMemory& memory, std::vector<Candidate>& out);

}  // namespace seben::correction
