// SPDX-License-Identifier: Apache-2.0
#include "evaluate/confusion_map.h"

#include <algorithm>
#include <set>
#include <vector>

namespace seben::pipeline {
namespace {

std::size_t place(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::size_t>(std::ranges::lower_bound(names, name) - names.begin());
}

}  // namespace

report::Svg confusion_picture(const correction::ConfusionMaps& maps, std::size_t most) {
  auto confusions = maps.confusions;
  std::ranges::stable_sort(confusions, [](const auto& a, const auto& b) { return a.count > b.count; });
  confusions.resize(std::min(most, confusions.size()));
  std::set<std::string> said, read;
  for (const correction::Confusion& c : confusions) {
    said.insert(c.to);
    read.insert(c.from);
  }
  report::HeatMap map{
      "Confusions", "said", "read", "times", {said.begin(), said.end()}, {read.begin(), read.end()}, {}};
  map.values.assign(map.rows.size() * map.columns.size(), 0.0);
  for (const correction::Confusion& c : confusions) {
    map.values[place(map.rows, c.to) * map.columns.size() + place(map.columns, c.from)] = static_cast<double>(c.count);
  }
  return draw(map);
}

}  // namespace seben::pipeline
