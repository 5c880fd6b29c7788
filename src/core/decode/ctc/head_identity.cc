// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/head_identity.h"

#include <nlohmann/json.hpp>

#include "base/format.h"
#include "base/json.h"

namespace seben::ctc {

std::string HeadIdentity::difference(const HeadIdentity& offered, std::string_view model) const {
  const auto differ = [model](std::string_view what, const auto& here, const auto& there) {
    return base::format("{} {} offered, {} in the {}", what, there, here, model);
  };
  if (classes != offered.classes) return differ("classes", classes, offered.classes);
  if (blank != offered.blank) return differ("blank", blank, offered.blank);
  if (vocabulary != offered.vocabulary) return differ("vocabulary", vocabulary, offered.vocabulary);
  if (contract != offered.contract) return differ("feature contract", contract, offered.contract);
  if (weights != offered.weights) return differ("head weights", weights, offered.weights);
  return {};
}

HeadIdentity HeadIdentity::from_json(const base::JsonReader& json) {
  json.refuse_unknown_keys({"name", "classes", "blank", "vocabulary", "contract", "weights"});
  return {json.string("name"),
          json.integer("classes", 2, 1'000'000),
          json.integer("blank", 0, 1'000'000),
          json.string("vocabulary"),
          json.string("contract"),
          json.string("weights")};
}

nlohmann::json HeadIdentity::to_json() const {
  return {{"name", name},         {"classes", classes}, {"blank", blank}, {"vocabulary", vocabulary},
          {"contract", contract}, {"weights", weights}};
}

}  // namespace seben::ctc
