// SPDX-License-Identifier: Apache-2.0
#include "evidence/compute_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "evidence/text.h"
#include "seben/error.h"

namespace seben::evidence {
namespace {

using base::JsonReader;

constexpr base::JsonLimits kLimits{.max_bytes = std::size_t{64} << 20, .max_depth = 6, .max_values = 4'000'000};
constexpr std::size_t kMostOperations = 200'000;
constexpr std::size_t kShownOperations = 200;  // of those that prefer another unit
constexpr std::size_t kMostTypes = 500;
constexpr double kCostSlack = 1e-3;  // of shares that were rounded when they were written
constexpr std::string_view kSays = "This is what Core ML intends, not where anything ran.";

std::optional<Unit> unit_of(std::string_view word) noexcept {
  for (const Unit unit : kUnits) {
    if (to_string(unit) == word) return unit;
  }
  return std::nullopt;
}

Unit read_unit(const JsonReader& reader, std::string_view key, const std::string& word) {
  const std::optional<Unit> unit = unit_of(word);
  if (!unit) reader.fail(key, "ane, gpu or cpu", quote(word));
  return *unit;
}

void require(const JsonReader& reader, std::string_view key) {
  if (!reader.value().contains(key)) reader.fail(key, "a value or null", "nothing");
}

std::string read_name(const JsonReader& reader, std::string_view key) {
  constexpr std::size_t kMost = 1024;
  std::string name = reader.string(key);
  if (name.empty() || name.size() > kMost) {
    reader.fail(key, fmt::format("1 to {} characters", kMost), fmt::format("{}", name.size()));
  }
  return name;
}

PlannedOperation read_operation(const JsonReader& reader) {
  reader.as_object().refuse_unknown_keys({"name", "type", "preferred", "supported", "cost"});
  PlannedOperation operation;
  operation.name = read_name(reader, "name");
  operation.type = read_name(reader, "type");
  require(reader, "preferred");
  if (reader.has("preferred")) operation.preferred = read_unit(reader, "preferred", reader.string("preferred"));
  for (const std::string& word : reader.strings("supported", kUnits.size())) {
    const Unit unit = read_unit(reader, "supported", word);
    if (std::count(operation.supported.begin(), operation.supported.end(), unit) > 0) {
      reader.fail("supported", "every unit once", word + " twice");
    }
    operation.supported.push_back(unit);
  }
  const bool holds = !operation.preferred ||
                     std::count(operation.supported.begin(), operation.supported.end(), *operation.preferred) == 1;
  if (!holds) reader.fail("supported", "the preferred unit among them", "others");
  if (!operation.preferred && !operation.supported.empty()) {
    reader.fail("supported", "none without a preferred unit", "some");
  }
  require(reader, "cost");
  if (reader.has("cost")) {
    operation.cost = reader.number("cost");
    if (*operation.cost < 0.0 || *operation.cost > 1.0 + kCostSlack) {
      reader.fail("cost", "0 to 1", fmt::format("{}", *operation.cost));
    }
  }
  return operation;
}

// Operations and cost of some kind, by unit.
struct Tally {
  std::array<std::size_t, 3> preferred{}, supported{};
  std::array<double, 3> cost{};
  std::size_t none = 0, operations = 0;

  void add(const PlannedOperation& operation) {
    ++operations;
    for (const Unit unit : operation.supported) ++supported[static_cast<std::size_t>(unit)];
    if (!operation.preferred) {
      ++none;
      return;
    }
    ++preferred[static_cast<std::size_t>(*operation.preferred)];
    cost[static_cast<std::size_t>(*operation.preferred)] += operation.cost.value_or(0.0);
  }
  [[nodiscard]] nlohmann::ordered_json json() const {
    nlohmann::ordered_json p, s, c;
    for (const Unit unit : kUnits) {
      const auto i = static_cast<std::size_t>(unit);
      const std::string name(to_string(unit));
      p[name] = preferred[i];
      s[name] = supported[i];
      c[name] = cost[i];
    }
    p["none"] = none;
    return {
        {"operations", operations}, {"preferred", std::move(p)}, {"supported", std::move(s)}, {"cost", std::move(c)}};
  }
};

nlohmann::ordered_json units_json(const std::vector<Unit>& units) {
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const Unit unit : units) names.push_back(to_string(unit));
  return names;
}

nlohmann::ordered_json facts_of(const ComputePlan& plan, const Tally& all) {
  std::map<std::string, Tally> types;
  nlohmann::ordered_json elsewhere = nlohmann::ordered_json::array();
  std::size_t others = 0;
  for (const PlannedOperation& operation : plan.operations) {
    const bool known = types.size() < kMostTypes || types.contains(operation.type);
    types[known ? operation.type : "(others)"].add(operation);
    if (!operation.preferred || operation.preferred == Unit::ane) continue;
    if (++others > kShownOperations) continue;
    elsewhere.push_back({{"name", quote(operation.name)},
                         {"type", quote(operation.type)},
                         {"preferred", to_string(*operation.preferred)},
                         {"supported", units_json(operation.supported)}});
  }
  nlohmann::ordered_json by_type = nlohmann::ordered_json::object();
  for (const auto& [type, tally] : types) by_type[quote(type)] = tally.json();
  nlohmann::ordered_json facts{{"meaning", kSays}, {"model", quote(plan.model)}, {"compute_units", plan.compute_units}};
  facts.update(all.json());
  facts["by_type"] = std::move(by_type);
  facts["not_on_ane"] = others;
  facts["not_on_ane_first"] = std::move(elsewhere);
  return facts;
}

void refuse(Verdict& verdict, const std::string& file, std::string kind, const std::string& explanation) {
  const Status status = kind == "plan.unknown" ? Status::unknown_output : Status::compute_plan_invalid;
  verdict.findings.push_back({std::move(kind), true, explanation, "The file was cut, or another program wrote it.",
                              "Let the harness write the plan again (form in src/proof/evidence/compute_plan.h).", file,
                              0, "", 1});
  verdict.conclude(status, explanation);
}

}  // namespace

ComputePlan parse_compute_plan(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, kLimits);
  const JsonReader reader(json, source);
  reader.as_object().refuse_unknown_keys({"format", "version", "model", "compute_units", "operations"});
  if (const std::string format = reader.string("format"); format != "seben-compute-plan") {
    reader.fail("format", "seben-compute-plan", quote(format));
  }
  static_cast<void>(reader.integer("version", 1, 1));
  ComputePlan plan;
  plan.model = read_name(reader, "model");
  plan.compute_units = reader.string("compute_units");
  constexpr std::array<std::string_view, 4> kRequests{"cpu_only", "cpu_and_gpu", "cpu_and_ne", "all"};
  if (std::count(kRequests.begin(), kRequests.end(), plan.compute_units) == 0) {
    reader.fail("compute_units", "cpu_only, cpu_and_gpu, cpu_and_ne or all", quote(plan.compute_units));
  }
  std::set<std::string> names;
  double cost = 0.0;
  for (const JsonReader& entry : reader.array("operations", kMostOperations)) {
    plan.operations.push_back(read_operation(entry));
    const PlannedOperation& operation = plan.operations.back();
    if (!names.insert(operation.name).second)
      entry.fail("name", "every operation once", quote(operation.name) + " twice");
    cost += operation.cost.value_or(0.0);
  }
  if (cost > 1.0 + kCostSlack) reader.fail("operations", "costs of 1 together", fmt::format("{}", cost));
  return plan;
}

Verdict analyse_compute_plan(std::string_view text, const std::string& name) {
  Verdict verdict;
  verdict.analyser = "compute_plan";
  const std::string file = file_name(name);
  verdict.facts = {{"plan", file}, {"bytes", text.size()}};
  ComputePlan plan;
  try {
    plan = parse_compute_plan(text, file);
  } catch (const Error& error) {
    const bool ours = text.find("\"seben-compute-plan\"") != std::string_view::npos;
    refuse(verdict, file, ours ? "plan.invalid" : "plan.unknown", quote(error.what()));
    return verdict;
  }
  Tally all;
  for (const PlannedOperation& operation : plan.operations) all.add(operation);
  verdict.facts.update(facts_of(plan, all));
  if (all.operations == all.none) {
    refuse(verdict, file, "plan.empty", "No operation of the plan has a preferred unit.");
    return verdict;
  }
  verdict.conclude(
      Status::compute_plan_read,
      fmt::format("Of {} operations, Core ML prefers the Neural Engine for {}, the GPU for {}, the CPU for "
                  "{} and says nothing of {}. {}",
                  all.operations, all.preferred[0], all.preferred[1], all.preferred[2], all.none, kSays));
  return verdict;
}

Verdict analyse_compute_plan_file(const std::string& path) {
  const base::MappedFile file = base::MappedFile::open(path);
  return analyse_compute_plan(file.text(), path);
}

}  // namespace seben::evidence
