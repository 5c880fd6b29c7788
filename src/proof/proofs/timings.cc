// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "proofs/figures.h"

namespace seben::proof {
namespace {

constexpr std::string_view kTimingsSchema = "seben.proof-timings";

double quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(at));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - std::floor(at)) * (sorted[above] - sorted[below]);
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  return {quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75), values.front(), values.back()};
}

std::string to_text(const Timings& timings) {
  nlohmann::ordered_json seconds = nlohmann::ordered_json::object();
  for (const Timings::Phase& phase : timings.phases) seconds[phase.name] = phase.seconds;
  return nlohmann::ordered_json{{"schema", kTimingsSchema}, {"version", 1}, {"seconds", std::move(seconds)}}.dump(2) +
         "\n";
}

Timings parse_timings(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {std::size_t{1} << 20, 4, 50'000});
  const base::JsonReader reader(json, source);
  reader.refuse_unknown_keys({"schema", "version", "seconds"});
  if (reader.string("schema") != kTimingsSchema)
    reader.fail("schema", std::string(kTimingsSchema), reader.string("schema"));
  static_cast<void>(reader.integer("version", 1, 1));
  const base::JsonReader seconds = reader.object("seconds");
  Timings timings;
  for (const char* name : {"mel", "encoder", "head", "decode", "correct", "total"}) {  // and no other
    Timings::Phase phase{name, {}};
    for (const base::JsonReader& value : seconds.array(name, 1000)) {
      phase.seconds.push_back(value.as_number());
      if (!(phase.seconds.back() >= 0.0)) seconds.fail(name, "0 or more", std::to_string(phase.seconds.back()));
    }
    timings.phases.push_back(std::move(phase));
  }
  if (to_text(timings) != text) reader.fail("seconds", "the form that Seben writes", "another one");
  return timings;
}

}  // namespace seben::proof
