// SPDX-License-Identifier: Apache-2.0
// Every small change that can be made to a JSON document.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace seben::test {

using Json = nlohmann::ordered_json;

inline Json altered(const Json& value) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number_float()) return value.get<double>() + 0.5;
  if (value.is_number()) return value.get<std::int64_t>() + 1;
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    if (text.empty()) return "x";
    text.back() = text.back() == '0' ? '1' : '0';  // digests stay digests; the last byte of a letter is not one
    return static_cast<unsigned char>(value.get<std::string>().back()) < 0x80 ? text : value.get<std::string>() + "x";
  }
  return 1;  // null, and empty objects and arrays
}

// Every value once altered, and every member of the outermost `depth` levels once left out.
inline void for_each_mutation(const Json& json, std::size_t depth,
                              const std::function<void(const Json&, const std::string&)>& use) {
  const Json flat = json.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    Json copy = json;
    copy[Json::json_pointer(pointer)] = altered(value);
    use(copy, "altered " + pointer);
  }
  const std::function<void(const Json&, const std::string&, std::size_t)> visit =
      [&](const Json& node, const std::string& path, std::size_t level) {
        if (!node.is_structured() || level == depth) return;
        std::size_t index = 0;
        for (const auto& item : node.items()) {
          Json copy = json;
          Json& parent = copy[Json::json_pointer(path)];
          if (node.is_object()) {
            parent.erase(item.key());
          } else {
            parent.erase(index++);
          }
          use(copy, "without " + path + "/" + item.key());
          visit(item.value(), path + "/" + item.key(), level + 1);
        }
      };
  visit(json, "", 0);
}

}  // namespace seben::test
