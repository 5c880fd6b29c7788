// SPDX-License-Identifier: Apache-2.0
#include "evaluate/examples_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

using Mark = report::Run::Mark;

void add(std::vector<report::Run>& runs, Mark mark, const std::string& letter) {
  if (runs.empty() || runs.back().mark != mark) runs.push_back({"", mark});
  runs.back().text += letter;
}

// By letters with their marks, so that no run begins with a combining mark: the longest common subsequence stays, the
// rest of `text` is marked.
report::Cell marked(const std::string& text, const std::string& other, Mark mark) {
  const auto a = nko::graphemes(text, "text"), b = nko::graphemes(other, "text");
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> common((a.size() + 1) * width, 0);  // of a from i on and b from j on
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      common[i * width + j] = a[i] == b[j] ? 1 + common[(i + 1) * width + j + 1]
                                           : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  std::vector<report::Run> runs;
  for (std::size_t i = 0, j = 0; i < a.size();) {
    if (j < b.size() && a[i] == b[j]) {
      add(runs, Mark::none, a[i]);
      ++i, ++j;
    } else if (j < b.size() && common[i * width + j + 1] > common[(i + 1) * width + j]) {
      ++j;
    } else {
      add(runs, mark, a[i++]);
    }
  }
  return {runs};
}

}  // namespace

report::Table examples_table(const std::vector<correction::CorrectedExample>& examples) {
  using report::ColumnKind;
  report::Table table{{{"probability", ColumnKind::number},
                       {"heard", ColumnKind::nko},
                       {"corrected", ColumnKind::nko},
                       {"said", ColumnKind::nko}},
                      {},
                      ""};
  for (const correction::CorrectedExample& e : examples) {
    table.rows.push_back({fmt::format("{:.3f}", e.probability), marked(e.hypothesis, e.corrected, Mark::removed),
                          marked(e.corrected, e.hypothesis, Mark::added), e.reference});
  }
  return table;
}

}  // namespace seben::pipeline
