// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <algorithm>

namespace seben::serve {
namespace {

const std::string* find_field(const Fields& fields, std::string_view name) noexcept {
  const auto found = std::ranges::find_if(fields, [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

}  // namespace

const std::string* Request::header(std::string_view name) const noexcept { return find_field(headers, name); }
const std::string* Request::query_value(std::string_view name) const noexcept { return find_field(query, name); }

}  // namespace seben::serve
