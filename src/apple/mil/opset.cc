// SPDX-License-Identifier: Apache-2.0
#include "mil/opset.h"

#include <array>

namespace seben::mil {
namespace {

constexpr std::array<std::string_view, 4> kTags{"ios15", "ios16", "ios17", "ios18"};
constexpr std::array<std::string_view, 4> kWireNames{"CoreML5", "CoreML6", "CoreML7", "CoreML8"};

template <typename Names>
std::optional<Opset> find(const Names& names, std::string_view word) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == word) return static_cast<Opset>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Opset opset) noexcept { return kTags.at(static_cast<std::size_t>(opset)); }
std::string_view wire_name(Opset opset) noexcept { return kWireNames.at(static_cast<std::size_t>(opset)); }
int specification_version(Opset opset) noexcept { return 6 + static_cast<int>(opset); }

std::optional<Opset> parse_opset(std::string_view word) noexcept {
  if (word.starts_with("iOS")) return find(std::array{"iOS15", "iOS16", "iOS17", "iOS18"}, word);
  return find(kTags, word);
}

std::optional<Opset> opset_of_wire_name(std::string_view name) noexcept { return find(kWireNames, name); }

}  // namespace seben::mil
