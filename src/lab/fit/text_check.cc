// SPDX-License-Identifier: Apache-2.0
#include "fit/text_check.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "base/byte_order_mark.h"
#include "fit/align_texts.h"
#include "seben/error.h"
#include "text/nko/syllables.h"
#include "text/nko/utf8.h"

namespace seben::correction {
namespace {

constexpr int kRounds = 2000;

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t tab = line.find('\t');
    cells.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return cells;
    line.remove_prefix(tab + 1);
  }
}

std::size_t column(const std::vector<std::string_view>& names, std::string_view name, const std::string& where) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) throw Error(ErrorCategory::bad_data, where, "a column " + std::string(name), "none");
  return static_cast<std::size_t>(at - names.begin());
}

struct Exchange {
  std::u32string from, to;
};

SoundKind kind_of_symbol(const std::u32string& text) {
  return text.size() == 1 ? articulation(text[0]).kind : SoundKind::other;
}

// Over all pairs of a symbol that went and another that came, each as often as it did.
double chance_of(const std::vector<Exchange>& exchanges) {
  std::map<std::u32string, double> went, came;
  for (const Exchange& e : exchanges) ++went[e.from], ++came[e.to];
  double sum = 0.0, pairs = 0.0;
  for (const auto& [from, n] : went) {
    for (const auto& [to, m] : came) {
      if (from == to) continue;
      sum += n * m * articulatory_distance(from, to);
      pairs += n * m;
    }
  }
  return pairs > 0.0 ? sum / pairs : 0.0;
}

DistanceCheck distances_of(const std::vector<Exchange>& all, std::optional<SoundKind> kind) {
  std::vector<Exchange> exchanges;
  std::ranges::copy_if(all, std::back_inserter(exchanges), [&](const Exchange& e) {
    return !kind || (kind_of_symbol(e.from) == *kind && kind_of_symbol(e.to) == *kind);
  });
  DistanceCheck out;
  out.kind = kind;
  out.substitutions = static_cast<std::int64_t>(exchanges.size());
  if (exchanges.empty()) return out;
  std::vector<double> distances, means;
  for (const Exchange& e : exchanges) distances.push_back(articulatory_distance(e.from, e.to));
  const auto count = static_cast<double>(distances.size());
  for (const double d : distances) out.mean += d / count;
  std::mt19937_64 random(1);
  for (int round = 0; round < kRounds; ++round) {
    double sum = 0.0;
    for (std::size_t i = 0; i < distances.size(); ++i) sum += distances[random() % distances.size()];
    means.push_back(sum / count);
  }
  std::ranges::sort(means);
  out.low = means[static_cast<std::size_t>(0.025 * kRounds)];
  out.high = means[static_cast<std::size_t>(0.975 * kRounds) - 1];
  out.chance = chance_of(exchanges);
  return out;
}

class Checker {
 public:
  Checker(const nko::Vocabulary& vocabulary, const ConfusionMaps& maps) : vocabulary_(vocabulary), costs_(vocabulary) {
    for (const Confusion& c : maps.confusions) known_.emplace(c.kind, c.from, c.to);
  }

  void add(const CorrectedWord& word) {
    ++out_.words;
    const std::string before = nko::normalise(word.before, word.where), after = nko::normalise(word.after, word.where);
    if (!vocabulary_.can_write(before) || !vocabulary_.can_write(after)) {
      ++out_.unwritable;
      return;
    }
    out_.valid_before += nko::first_violation(before, word.where) ? 0 : 1;
    out_.valid_after += nko::first_violation(after, word.where) ? 0 : 1;
    out_.unchanged += before == after ? 1 : 0;
    const auto was = vocabulary_.encode(before, word.where), is = vocabulary_.encode(after, word.where);
    const auto edits = align_texts(was, is, costs_);
    for (const AlignedEdit& edit : edits) count(edit);
    if (was.size() == is.size() && edits.size() == 1) {
      ++out_.forced;
      exchanges_.push_back({code_points(edits[0].from), code_points(edits[0].edit.inserted)});
    }
  }

  TextCheck result() {
    out_.distances.push_back(distances_of(exchanges_, std::nullopt));
    for (const SoundKind kind : {SoundKind::vowel, SoundKind::consonant, SoundKind::tone}) {
      out_.distances.push_back(distances_of(exchanges_, kind));
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string text(std::int64_t label) const { return label < 0 ? "" : vocabulary_.text(label); }
  [[nodiscard]] std::u32string code_points(std::int64_t label) const {
    return nko::decode_utf8(text(label), "vocabulary");
  }
  [[nodiscard]] bool is_mark(std::int64_t label) const {
    const SoundKind kind = kind_of_symbol(code_points(label));
    return label < 0 || kind == SoundKind::tone || kind == SoundKind::nasal_mark;
  }
  void count(const AlignedEdit& edit) {
    const EditKind kind = kind_of(edit.edit);
    const auto at = static_cast<std::size_t>(kind);
    ++out_.edits[at];
    out_.mapped[at] += known_.contains({kind, text(edit.from), text(edit.edit.inserted)}) ? 1 : 0;
    out_.mark_edits += is_mark(edit.from) && is_mark(edit.edit.inserted) ? 1 : 0;
  }

  const nko::Vocabulary& vocabulary_;
  EditCosts costs_;
  std::set<std::tuple<EditKind, std::string, std::string>> known_;
  std::vector<Exchange> exchanges_;
  TextCheck out_;
};

}  // namespace

std::vector<CorrectedWord> parse_corrected_words(std::string_view tsv, const std::string& source) {
  std::vector<CorrectedWord> words;
  std::vector<std::string_view> names;
  std::size_t number = 0, before = 0, after = 0;
  tsv = base::without_byte_order_mark(tsv);
  while (!tsv.empty()) {
    const std::size_t end = std::min(tsv.find('\n'), tsv.size());
    std::string_view line = tsv.substr(0, end);
    tsv.remove_prefix(std::min(end + 1, tsv.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string where = source + ": line " + std::to_string(++number);
    const auto cells = split(line);
    if (names.empty()) {
      names = cells;
      before = column(names, "before", where);
      after = column(names, "after", where);
      continue;
    }
    if (line.empty()) continue;
    if (cells.size() != names.size()) {
      throw Error(ErrorCategory::bad_data, where, std::to_string(names.size()) + " columns",
                  std::to_string(cells.size()));
    }
    for (const std::size_t at : {before, after}) {
      if (!nko::is_valid_utf8(cells[at])) {
        throw Error(ErrorCategory::bad_data, where + ": " + std::string(names[at]), "UTF-8", "ill-formed bytes");
      }
    }
    words.push_back({std::string(cells[before]), std::string(cells[after]), where});
  }
  if (words.empty()) throw Error(ErrorCategory::bad_data, source, "at least one corrected word", "none");
  return words;
}

TextCheck check_text(std::span<const CorrectedWord> words, const nko::Vocabulary& vocabulary,
                     const ConfusionMaps& maps) {
  Checker checker(vocabulary, maps);
  for (const CorrectedWord& word : words) checker.add(word);
  return checker.result();
}

}  // namespace seben::correction
