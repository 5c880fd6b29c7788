// SPDX-License-Identifier: Apache-2.0
#include "correct/generate.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "text/nko/utf8.h"

namespace seben::correction {
namespace {

class Generation {
 public:
  Generation(std::span<const std::int64_t> labels, const ConfusionTable& table, const Neighbours& neighbours,
             std::vector<Candidate>& found)
      : labels_(labels), table_(table), neighbours_(neighbours), found_(found) {}

  void run() {
    found_.clear();
    for (std::int64_t i = 0; i <= size(); ++i) {
      insert_before(i);
      if (i < size()) change(i);
    }
  }

 private:
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(labels_.size()); }
  [[nodiscard]] std::int64_t at(std::int64_t i) const {
    return i >= 0 && i < size() ? labels_[static_cast<std::size_t>(i)] : -1;
  }

  void insert_before(std::int64_t i) {
    const std::int64_t left = at(i - 1), right = at(i);
    for (const ConfusionTable::Option& option : table_.insertions()) {
      // One more of a run of equal symbols is the same text wherever in the run it comes; before the first is enough.
      if (option.to == left) continue;
      if (!neighbours_.allowed(left, option.to) || !neighbours_.allowed(option.to, right)) continue;
      found_.push_back({{i, 0, option.to}, option.prior_at(left, right), option.support});
    }
  }

  void change(std::int64_t i) {
    const std::int64_t left = at(i - 1), right = at(i + 1);
    for (const ConfusionTable::Option& option : table_.changes(at(i))) {
      if (option.to < 0) {
        // The first of a run stands for all of it; the only symbol stays.
        if (at(i) == left || size() == 1 || !neighbours_.allowed(left, right)) continue;
      } else if (!neighbours_.allowed(left, option.to) || !neighbours_.allowed(option.to, right)) {
        continue;
      }
      found_.push_back({{i, 1, option.to}, option.prior_at(left, right), option.support});
    }
  }

  std::span<const std::int64_t> labels_;
  const ConfusionTable& table_;
  const Neighbours& neighbours_;
  std::vector<Candidate>& found_;
};

bool comes_first(const Candidate& a, const Candidate& b) {
  if (a.prior != b.prior) return a.prior > b.prior;
  return std::tuple(a.edit.position, kind_of(a.edit), a.edit.inserted) <
         std::tuple(b.edit.position, kind_of(b.edit), b.edit.inserted);
}

}  // namespace

Neighbours::Neighbours(const nko::Vocabulary& vocabulary)
    : width_(static_cast<std::int64_t>(vocabulary.size()) + 1), allowed_(static_cast<std::size_t>(width_ * width_), 1) {
  // A letter at either end, U+07CA, makes what stands between them the middle of a text.
  const std::string letter = nko::encode_utf8(char32_t{0x07CA});
  const auto text = [&](std::int64_t label) {
    return label < 0 || label == vocabulary.blank() ? std::string() : vocabulary.text(label);
  };
  for (std::int64_t left = -1; left + 1 < width_; ++left) {
    for (std::int64_t right = -1; right + 1 < width_; ++right) {
      const std::string pair = (left < 0 ? "" : letter) + text(left) + text(right) + (right < 0 ? "" : letter);
      allowed_[static_cast<std::size_t>((left + 1) * width_ + right + 1)] =
          nko::normalise(pair, "vocabulary") == pair ? 1 : 0;
    }
  }
}

void generate(std::span<const std::int64_t> labels, const ConfusionTable& table, const Neighbours& neighbours,
              const GenerateLimits& limits, GenerateMemory& memory, std::vector<Candidate>& out) {
  Generation(labels, table, neighbours, memory.found).run();
  const auto kept = std::min(memory.found.size(), static_cast<std::size_t>(limits.max_candidates));
  std::ranges::partial_sort(memory.found, memory.found.begin() + static_cast<std::ptrdiff_t>(kept), comes_first);
  out.clear();
  out.push_back({});
  out.insert(out.end(), memory.found.begin(), memory.found.begin() + static_cast<std::ptrdiff_t>(kept));
}

}  // namespace seben::correction
