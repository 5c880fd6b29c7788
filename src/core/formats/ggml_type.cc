// SPDX-License-Identifier: Apache-2.0
#include "formats/ggml_type.h"

#include <algorithm>
#include <array>

namespace seben::tensor {
namespace {

struct TypeInfo {
  GgmlType type;
  std::string_view name;
  std::int64_t elements;
  std::size_t bytes;
};

// A block's bytes: one or two f16 (scale, offset), 4 bytes of fifth bits where there are any, then the integers.
constexpr std::array<TypeInfo, 7> kTypes{{{GgmlType::f32, "f32", 1, 4},
                                          {GgmlType::f16, "f16", 1, 2},
                                          {GgmlType::q4_0, "q4_0", 32, 2 + 16},
                                          {GgmlType::q4_1, "q4_1", 32, 4 + 16},
                                          {GgmlType::q5_0, "q5_0", 32, 2 + 4 + 16},
                                          {GgmlType::q5_1, "q5_1", 32, 4 + 4 + 16},
                                          {GgmlType::q8_0, "q8_0", 32, 2 + 32}}};

const TypeInfo& info_of(GgmlType type) noexcept { return *std::ranges::find(kTypes, type, &TypeInfo::type); }

}  // namespace

std::int64_t block_elements(GgmlType type) noexcept { return info_of(type).elements; }
std::size_t block_bytes(GgmlType type) noexcept { return info_of(type).bytes; }
std::string_view to_string(GgmlType type) noexcept { return info_of(type).name; }
bool is_quantised(GgmlType type) noexcept { return block_elements(type) > 1; }

std::optional<GgmlType> ggml_type(std::int64_t number) noexcept {
  for (const TypeInfo& info : kTypes) {
    if (static_cast<std::int64_t>(info.type) == number) return info.type;
  }
  return std::nullopt;
}

}  // namespace seben::tensor
