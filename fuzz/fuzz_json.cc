// SPDX-License-Identifier: Apache-2.0
// The strict parser, and the reader over whatever comes out of it.
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "support.h"

namespace {

void walk(const seben::base::JsonReader& reader) {
  if (reader.value().is_object()) {
    for (const std::string& key : reader.keys()) {
      (void)reader.where(key);
      if (reader.value()[key].is_object()) walk(reader.object(key));
    }
  } else if (reader.value().is_array()) {
    for (const auto& element : reader.as_array()) walk(element);
  } else if (reader.value().is_string()) {
    (void)reader.as_string();
  } else {
    (void)reader.as_integer(-1000, 1000);  // refuses most, with the value in its message
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const nlohmann::json json = base::parse_json(fuzz::text(data, size), "fuzz", {.max_bytes = 1 << 20});
    // What was accepted can be written and read back.
    fuzz::require(base::parse_json(json.dump(), "fuzz", {.max_bytes = 8 << 20}) == json);
    walk(base::JsonReader(json, "fuzz"));
  });
}
