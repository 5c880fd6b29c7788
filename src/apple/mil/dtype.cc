// SPDX-License-Identifier: Apache-2.0
#include "mil/dtype.h"

#include <array>
#include <limits>
#include <string>

#include "seben/error.h"

namespace seben::mil {
namespace {

struct Row {
  DType dtype;
  std::string_view name;
  int bits;
};

constexpr std::array<Row, 20> kRows{{
    {DType::boolean, "bool", 8},   {DType::string, "string", 0},  {DType::fp16, "fp16", 16},
    {DType::fp32, "fp32", 32},     {DType::fp64, "fp64", 64},     {DType::bf16, "bf16", 16},
    {DType::int4, "int4", 4},      {DType::int8, "int8", 8},      {DType::int16, "int16", 16},
    {DType::int32, "int32", 32},   {DType::int64, "int64", 64},   {DType::uint1, "uint1", 1},
    {DType::uint2, "uint2", 2},    {DType::uint3, "uint3", 3},    {DType::uint4, "uint4", 4},
    {DType::uint6, "uint6", 6},    {DType::uint8, "uint8", 8},    {DType::uint16, "uint16", 16},
    {DType::uint32, "uint32", 32}, {DType::uint64, "uint64", 64},
}};

}  // namespace

int bits_of(DType dtype) noexcept { return kRows.at(static_cast<std::size_t>(dtype)).bits; }

std::size_t bytes_of(DType dtype, std::int64_t count) {
  constexpr std::int64_t kMost = std::int64_t{1} << 48;
  if (count < 0 || count > kMost) {
    throw Error(ErrorCategory::bad_data, "tensor: elements", "0.." + std::to_string(kMost), std::to_string(count));
  }
  return (static_cast<std::size_t>(count) * static_cast<std::size_t>(bits_of(dtype)) + 7) / 8;
}

std::string_view to_string(DType dtype) noexcept { return kRows.at(static_cast<std::size_t>(dtype)).name; }

std::optional<DType> parse_dtype(std::string_view word) noexcept {
  for (const Row& row : kRows) {
    if (row.name == word) return row.dtype;
  }
  return std::nullopt;
}

}  // namespace seben::mil
