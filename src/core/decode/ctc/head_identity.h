// SPDX-License-Identifier: Apache-2.0
// Which head a model that was fitted on its outputs (a ranker, a language guard) belongs to.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace seben::base {
class JsonReader;
}

namespace seben::ctc {

/// Whose outputs the model knows. All of it must agree with the head that it is used on.
struct HeadIdentity {
  std::string name;  ///< for people: the bundle's name
  std::int64_t classes = 0;
  std::int64_t blank = 0;
  std::string vocabulary;  ///< SHA-256 of the vocabulary's canonical JSON
  std::string contract;    ///< SHA-256 of the head's feature contract
  std::string weights;     ///< SHA-256 of the head's weight file

  /// "" when equal, else what differs: "vocabulary ab12… offered, cd34… in the ranker".
  [[nodiscard]] std::string difference(const HeadIdentity& offered, std::string_view model = "ranker") const;
  /// Error(bad_data) naming the field.
  [[nodiscard]] static HeadIdentity from_json(const base::JsonReader& json);
  [[nodiscard]] nlohmann::json to_json() const;
};

}  // namespace seben::ctc
