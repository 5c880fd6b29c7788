// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/language_guard.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "seben/error.h"

namespace seben::ctc {
namespace {

constexpr std::string_view kGuardSchema = "seben.guard";
constexpr std::int64_t kGuardVersion = 1;
constexpr std::size_t kMaxGuardBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxTransitions = 200'000, kMaxSets = 100;
constexpr std::int64_t kMaxCount = 1'000'000'000;
constexpr double kMaxGuardNumber = 1e6, kLeastGuardDeviation = 1e-12;  // within these a sum stays a number
constexpr double kUnsure = -0.6931471805599453;                        // ln 1/2
constexpr double kBackedBy = 5.0;  // counts that the label's own frequency is worth beside those after the label before

double guard_number(const base::JsonReader& json, std::string_view key) {
  const double value = json.number(key);
  if (!(std::abs(value) <= kMaxGuardNumber)) {
    json.fail(key, base::format("a number within -{0}..{0}", kMaxGuardNumber), base::format("{}", value));
  }
  return value;
}

GuardFeature read_guard_feature(const base::JsonReader& json, std::string_view expected) {
  json.refuse_unknown_keys({"name", "mean", "deviation", "weight"});
  if (const std::string name = json.string("name"); name != expected) json.fail("name", std::string(expected), name);
  const GuardFeature f{guard_number(json, "mean"), guard_number(json, "deviation"), guard_number(json, "weight")};
  if (!(f.deviation >= kLeastGuardDeviation)) {
    json.fail("deviation", base::format("a number of at least {}", kLeastGuardDeviation),
              base::format("{}", f.deviation));
  }
  return f;
}

Transitions read_transitions(const base::JsonReader& json, const HeadIdentity& head) {
  Transitions out(head.classes, head.blank);
  for (const base::JsonReader& row : json.array("transitions", kMaxTransitions)) {
    const auto values = row.as_array(3);
    if (values.size() != 3) {
      throw Error(ErrorCategory::bad_data, row.where(), "three numbers: from, to, count",
                  base::format("{} of them", values.size()));
    }
    const std::int64_t from = values[0].as_integer(0, head.classes - 1), to = values[1].as_integer(0, head.classes - 1);
    if (out.counts().contains({from, to})) {
      throw Error(ErrorCategory::bad_data, row.where(), "each pair of classes once",
                  base::format("{} {} again", from, to));
    }
    out.add(from, to, values[2].as_integer(1, kMaxCount));
  }
  return out;
}

}  // namespace

Transitions::Transitions(std::int64_t classes, std::int64_t blank)
    : classes_(classes),
      blank_(blank),
      from_(static_cast<std::size_t>(classes), 0),
      to_(static_cast<std::size_t>(classes), 0) {}

void Transitions::add(std::int64_t from, std::int64_t to, std::int64_t count) {
  counts_[{from, to}] += count;
  from_[static_cast<std::size_t>(from)] += count;
  to_[static_cast<std::size_t>(to)] += count;
  total_ += count;
}

void Transitions::add(std::span<const std::int64_t> labels, std::int64_t times) {
  std::int64_t before = blank_;
  for (const std::int64_t label : labels) {
    add(before, label, times);
    before = label;
  }
  add(before, blank_, times);
}

double Transitions::log_prob(std::span<const std::int64_t> labels, bool seen) const {
  // What this stretch itself has brought to the counts, which may not speak for it.
  Transitions own;
  if (seen) {
    own = Transitions(classes_, blank_);
    own.add(labels);
  }
  const auto left = [seen](std::int64_t all, std::int64_t mine) {
    return static_cast<double>(seen ? std::max<std::int64_t>(all - mine, 0) : all);
  };
  const auto count_of = [](const Transitions& t, std::int64_t from, std::int64_t to) {
    const auto it = t.counts_.find({from, to});
    return it == t.counts_.end() ? std::int64_t{0} : it->second;
  };
  const auto sum_at = [](const std::vector<std::int64_t>& sums, std::int64_t c) {
    return sums.empty() ? std::int64_t{0} : sums[static_cast<std::size_t>(c)];
  };
  const double total = left(total_, own.total_);
  const auto step = [&](std::int64_t from, std::int64_t to) {
    const double any = (left(sum_at(to_, to), sum_at(own.to_, to)) + 1.0) / (total + static_cast<double>(classes_));
    const double pair = left(count_of(*this, from, to), count_of(own, from, to));
    return std::log((pair + kBackedBy * any) / (left(sum_at(from_, from), sum_at(own.from_, from)) + kBackedBy));
  };
  double sum = 0.0;
  std::int64_t before = blank_;
  for (const std::int64_t label : labels) {
    sum += step(before, label);
    before = label;
  }
  return (sum + step(before, blank_)) / static_cast<double>(labels.size() + 1);
}

GuardValues guard_values(std::span<const FrameEvidence> frames, std::int64_t blank, double frames_per_second,
                         const Transitions& transitions, bool seen) {
  const std::vector<std::int64_t> labels = labels_of(frames, blank);
  double sure = 0.0, unsure = 0.0, entropy = 0.0, blanks = 0.0;
  for (const FrameEvidence& frame : frames) {
    entropy += static_cast<double>(frame.entropy);
    if (frame.label == blank) {
      ++blanks;
      continue;
    }
    sure += static_cast<double>(frame.log_prob);
    if (static_cast<double>(frame.log_prob) < kUnsure) ++unsure;
  }
  const double all = std::max(static_cast<double>(frames.size()), 1.0);
  const double written = std::max(static_cast<double>(frames.size()) - blanks, 1.0);
  const auto count = static_cast<double>(labels.size());
  return {sure / written,
          unsure / written,
          entropy / all,
          blanks / all,
          count * frames_per_second / all,
          transitions.log_prob(labels, seen),
          std::log1p(count)};
}

double LanguageGuard::score(const GuardValues& values) const noexcept {
  double sum = bias;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += features[i].weight * ((values[i] - features[i].mean) / features[i].deviation);
  }
  return 1.0 / (1.0 + std::exp(-sum));
}

LanguageGuard LanguageGuard::parse(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {kMaxGuardBytes, 16, 1'000'000});
  const base::JsonReader reader(json, source);
  (void)reader.as_object();
  if (const std::string schema = reader.string("schema"); schema != kGuardSchema) {
    reader.fail("schema", std::string(kGuardSchema), schema);
  }
  if (const auto version = reader.integer("version", 0, 1'000'000); version != kGuardVersion) {
    reader.fail("version", std::to_string(kGuardVersion), std::to_string(version));
  }
  reader.refuse_unknown_keys(
      {"schema", "version", "features", "bias", "limit", "transitions", "head", "known", "other", "fit"});
  LanguageGuard out;
  const auto rows = reader.array("features", 1000);
  if (rows.size() != kGuardFeatures.size()) {
    reader.fail("features", base::format("{} of them", kGuardFeatures.size()), std::to_string(rows.size()));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) out.features[i] = read_guard_feature(rows[i], kGuardFeatures[i]);
  out.bias = guard_number(reader, "bias");
  out.limit = reader.number("limit");
  if (!(out.limit >= 0.0 && out.limit <= 1.0)) reader.fail("limit", "0..1", base::format("{}", out.limit));
  out.head = HeadIdentity::from_json(reader.object("head"));
  if (out.head.classes > 100'000) reader.object("head").fail("classes", "at most 100000", "more");
  if (out.head.blank >= out.head.classes) {
    reader.object("head").fail("blank", base::format("0..{}", out.head.classes - 1), std::to_string(out.head.blank));
  }
  out.transitions = read_transitions(reader, out.head);
  out.known = reader.strings("known", kMaxSets);
  out.other = reader.strings("other", kMaxSets);
  out.fit = reader.object("fit").as_object().value().dump();
  return out;
}

LanguageGuard LanguageGuard::load(const std::string& path) {
  return parse(base::read_text(path, kMaxGuardBytes), path);
}

std::string LanguageGuard::to_text() const {
  nlohmann::json rows = nlohmann::json::array(), pairs = nlohmann::json::array();
  for (std::size_t i = 0; i < features.size(); ++i) {
    const GuardFeature& f = features[i];
    rows.push_back({{"name", kGuardFeatures[i]}, {"mean", f.mean}, {"deviation", f.deviation}, {"weight", f.weight}});
  }
  for (const auto& [pair, count] : transitions.counts()) pairs.push_back({pair.first, pair.second, count});
  const nlohmann::json json = {{"schema", kGuardSchema}, {"version", kGuardVersion},
                               {"features", rows},       {"bias", bias},
                               {"limit", limit},         {"transitions", pairs},
                               {"head", head.to_json()}, {"known", known},
                               {"other", other},         {"fit", nlohmann::json::parse(fit)}};
  return json.dump() + "\n";
}

}  // namespace seben::ctc
