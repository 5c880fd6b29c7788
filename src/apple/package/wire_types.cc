// SPDX-License-Identifier: Apache-2.0
#include "package/wire_types.h"

#include <algorithm>
#include <array>
#include <utility>

namespace seben::coreml {
namespace {

using mil::DType;
using Array = spec::ArrayFeatureType;

constexpr std::array<std::pair<DType, milspec::DataType>, 20> kWireTypes{{
    {DType::boolean, milspec::BOOL},  {DType::string, milspec::STRING}, {DType::fp16, milspec::FLOAT16},
    {DType::fp32, milspec::FLOAT32},  {DType::fp64, milspec::FLOAT64},  {DType::bf16, milspec::BFLOAT16},
    {DType::int4, milspec::INT4},     {DType::int8, milspec::INT8},     {DType::int16, milspec::INT16},
    {DType::int32, milspec::INT32},   {DType::int64, milspec::INT64},   {DType::uint1, milspec::UINT1},
    {DType::uint2, milspec::UINT2},   {DType::uint3, milspec::UINT3},   {DType::uint4, milspec::UINT4},
    {DType::uint6, milspec::UINT6},   {DType::uint8, milspec::UINT8},   {DType::uint16, milspec::UINT16},
    {DType::uint32, milspec::UINT32}, {DType::uint64, milspec::UINT64},
}};

constexpr std::array<std::pair<DType, Array::ArrayDataType>, 5> kArrayTypes{{
    {DType::fp32, Array::FLOAT32},
    {DType::fp64, Array::DOUBLE},
    {DType::int32, Array::INT32},
    {DType::fp16, Array::FLOAT16},
    {DType::int8, Array::INT8},
}};

template <typename Table, typename Key>
auto second_of(const Table& table, Key key) -> std::optional<decltype(table[0].second)> {
  for (const auto& [first, second] : table) {
    if (first == key) return second;
  }
  return std::nullopt;
}

template <typename Table, typename Key>
auto first_of(const Table& table, Key key) -> std::optional<decltype(table[0].first)> {
  for (const auto& [first, second] : table) {
    if (second == key) return first;
  }
  return std::nullopt;
}

}  // namespace

milspec::DataType to_wire(DType dtype) { return second_of(kWireTypes, dtype).value_or(milspec::UNUSED_TYPE); }
std::optional<DType> from_wire(milspec::DataType dtype) { return first_of(kWireTypes, dtype); }
std::optional<Array::ArrayDataType> to_array_type(DType dtype) { return second_of(kArrayTypes, dtype); }
std::optional<DType> from_array_type(Array::ArrayDataType dtype) { return first_of(kArrayTypes, dtype); }

}  // namespace seben::coreml
