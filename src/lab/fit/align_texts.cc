// SPDX-License-Identifier: Apache-2.0
#include "fit/align_texts.h"

#include <algorithm>
#include <string>

#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::correction {
namespace {

enum class Step : std::uint8_t { match, substitution, deletion, insertion };

void require_size(std::size_t size) {
  if (size <= kMaxAlignedLabels) return;
  throw Error(ErrorCategory::bad_data, "aligned text", "at most " + std::to_string(kMaxAlignedLabels) + " symbols",
              std::to_string(size));
}

}  // namespace

EditCosts::EditCosts(const nko::Vocabulary& vocabulary) {
  for (std::size_t c = 0; c < vocabulary.size(); ++c) {
    const auto label = static_cast<std::int64_t>(c);
    texts_.push_back(label == vocabulary.blank() ? U"" : nko::decode_utf8(vocabulary.text(label), "vocabulary"));
    indel_.push_back(0.5 + 0.3 * articulatory_weight(texts_.back()));
  }
}

double EditCosts::substitution(std::int64_t from, std::int64_t to) const {
  return 0.4 +
         0.6 * articulatory_distance(texts_[static_cast<std::size_t>(from)], texts_[static_cast<std::size_t>(to)]);
}

std::vector<AlignedEdit> align_texts(std::span<const std::int64_t> hypothesis, std::span<const std::int64_t> reference,
                                     const EditCosts& costs) {
  require_size(hypothesis.size());
  require_size(reference.size());
  const std::size_t width = reference.size() + 1;
  std::vector<Step> steps((hypothesis.size() + 1) * width, Step::insertion);
  std::vector<double> before, row(width, 0.0);
  for (std::size_t j = 1; j < width; ++j) row[j] = row[j - 1] + costs.indel(reference[j - 1]);
  for (std::size_t i = 1; i <= hypothesis.size(); ++i) {
    before = row;
    const std::int64_t from = hypothesis[i - 1];
    row[0] = before[0] + costs.indel(from);
    steps[i * width] = Step::deletion;
    for (std::size_t j = 1; j < width; ++j) {
      const std::int64_t to = reference[j - 1];
      Step step = from == to ? Step::match : Step::substitution;
      double best = before[j - 1] + (from == to ? 0.0 : costs.substitution(from, to));
      if (const double cost = before[j] + costs.indel(from); cost < best) best = cost, step = Step::deletion;
      if (const double cost = row[j - 1] + costs.indel(to); cost < best) best = cost, step = Step::insertion;
      row[j] = best;
      steps[i * width + j] = step;
    }
  }
  std::vector<AlignedEdit> edits;
  for (std::size_t i = hypothesis.size(), j = reference.size(); i + j > 0;) {
    const Step step = steps[i * width + j];
    const auto at = static_cast<std::int64_t>(i);
    if (step == Step::substitution) edits.push_back({{at - 1, 1, reference[j - 1]}, hypothesis[i - 1]});
    if (step == Step::deletion) edits.push_back({{at - 1, 1, -1}, hypothesis[i - 1]});
    if (step == Step::insertion) edits.push_back({{at, 0, reference[j - 1]}, -1});
    i -= step != Step::insertion ? 1 : 0;
    j -= step != Step::deletion ? 1 : 0;
  }
  std::ranges::reverse(edits);
  return edits;
}

}  // namespace seben::correction
