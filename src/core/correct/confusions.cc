// SPDX-License-Identifier: Apache-2.0
#include "correct/confusions.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "base/json.h"
#include "seben/error.h"

namespace seben::correction {
namespace {

constexpr std::string_view kSchema = "seben.confusions";
constexpr std::int64_t kVersion = 1;
constexpr std::int64_t kMaxCount = std::int64_t{1} << 40;

auto key(const Confusion& c) { return std::tie(c.kind, c.from, c.to); }
auto key(const ConfusionContext& c) { return std::tie(c.left, c.right); }

EditKind read_kind(const base::JsonReader& json) {
  const std::string word = json.string("kind");
  for (const EditKind kind : {EditKind::substitution, EditKind::deletion, EditKind::insertion}) {
    if (word == to_string(kind)) return kind;
  }
  json.fail("kind", "SUB, DEL or INS", word);
}

std::pair<std::int64_t, std::int64_t> read_counts(const base::JsonReader& json) {
  const std::int64_t of = json.integer("of", 1, kMaxCount);
  return {json.integer("count", 1, of), of};
}

ConfusionContext read_context(const base::JsonReader& json) {
  json.refuse_unknown_keys({"left", "right", "count", "of"});
  const auto [count, of] = read_counts(json);
  return {json.string("left"), json.string("right"), count, of};
}

template <class Entry>
void require_order(const std::vector<Entry>& entries, const base::JsonReader& json, std::string_view field) {
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (key(entries[i - 1]) < key(entries[i])) continue;
    json.fail(field, "entries in order, each once", "entry " + std::to_string(i) + " not after the one before it");
  }
}

Confusion read_confusion(const base::JsonReader& json) {
  json.refuse_unknown_keys({"kind", "from", "to", "count", "of", "contexts"});
  Confusion out;
  out.kind = read_kind(json);
  out.from = json.string("from");
  out.to = json.string("to");
  if (out.from.empty() != (out.kind == EditKind::insertion)) {
    json.fail("from", out.kind == EditKind::insertion ? "\"\"" : "a symbol", "\"" + out.from + "\"");
  }
  if (out.to.empty() != (out.kind == EditKind::deletion)) {
    json.fail("to", out.kind == EditKind::deletion ? "\"\"" : "a symbol", "\"" + out.to + "\"");
  }
  if (out.from == out.to) json.fail("to", "another symbol than from", "the same");
  std::tie(out.count, out.of) = read_counts(json);
  for (const base::JsonReader& context : json.array("contexts", 100'000)) out.contexts.push_back(read_context(context));
  require_order(out.contexts, json, "contexts");
  return out;
}

std::int64_t label_of(const std::string& symbol, const nko::Vocabulary& vocabulary) {
  if (symbol.empty()) return -1;
  const auto labels = vocabulary.encode(symbol, "confusions");
  if (labels.size() != 1) {
    throw Error(ErrorCategory::bad_data, "confusions", "symbols of the vocabulary, one class each", symbol);
  }
  return labels[0];
}

double share(std::int64_t count, std::int64_t of) { return static_cast<double>(count) / static_cast<double>(of); }

ConfusionTable::Option compile(const Confusion& confusion, const nko::Vocabulary& vocabulary) {
  ConfusionTable::Option out;
  out.to = label_of(confusion.to, vocabulary);
  out.prior = share(confusion.count, confusion.of);
  out.support = confusion.count;
  for (const ConfusionContext& c : confusion.contexts) {
    const double prior = (static_cast<double>(c.count) + ConfusionTable::kContextWeight * out.prior) /
                         (static_cast<double>(c.of) + ConfusionTable::kContextWeight);
    out.contexts.push_back({label_of(c.left, vocabulary), label_of(c.right, vocabulary), prior});
  }
  std::ranges::sort(out.contexts, {}, [](const auto& c) { return std::pair(c.left, c.right); });
  return out;
}

}  // namespace

ConfusionMaps ConfusionMaps::from_json(const base::JsonReader& json) {
  json.as_object().refuse_unknown_keys({"schema", "version", "confusions"});
  if (json.string("schema") != kSchema) json.fail("schema", std::string(kSchema), json.string("schema"));
  if (const auto version = json.integer("version", 0, 1'000'000); version != kVersion) {
    json.fail("version", std::to_string(kVersion), std::to_string(version));
  }
  ConfusionMaps out;
  for (const base::JsonReader& entry : json.array("confusions", 1'000'000)) {
    out.confusions.push_back(read_confusion(entry));
  }
  require_order(out.confusions, json, "confusions");
  return out;
}

ConfusionMaps ConfusionMaps::load(const std::string& path) {
  const nlohmann::json json = base::read_json(path);
  return from_json(base::JsonReader(json, path));
}

nlohmann::json ConfusionMaps::to_json() const {
  nlohmann::json entries = nlohmann::json::array();
  for (const Confusion& c : confusions) {
    nlohmann::json contexts = nlohmann::json::array();
    for (const ConfusionContext& x : c.contexts) {
      contexts.push_back({{"left", x.left}, {"right", x.right}, {"count", x.count}, {"of", x.of}});
    }
    entries.push_back({{"kind", to_string(c.kind)},
                       {"from", c.from},
                       {"to", c.to},
                       {"count", c.count},
                       {"of", c.of},
                       {"contexts", std::move(contexts)}});
  }
  return {{"schema", kSchema}, {"version", kVersion}, {"confusions", std::move(entries)}};
}

double ConfusionTable::Option::prior_at(std::int64_t left, std::int64_t right) const noexcept {
  const auto at = std::ranges::lower_bound(contexts, std::pair(left, right), {},
                                           [](const Context& c) { return std::pair(c.left, c.right); });
  return at != contexts.end() && at->left == left && at->right == right ? at->prior : prior;
}

ConfusionTable::ConfusionTable(const ConfusionMaps& maps, const nko::Vocabulary& vocabulary)
    : changes_(vocabulary.size()) {
  for (const Confusion& confusion : maps.confusions) {
    Option option = compile(confusion, vocabulary);
    if (confusion.kind == EditKind::insertion) {
      insertions_.push_back(std::move(option));
    } else {
      changes_[static_cast<std::size_t>(label_of(confusion.from, vocabulary))].push_back(std::move(option));
    }
  }
}

}  // namespace seben::correction
