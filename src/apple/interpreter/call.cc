// SPDX-License-Identifier: Apache-2.0
#include "interpreter/call.h"

#include <algorithm>
#include <utility>

namespace seben::interpreter {
namespace {

const std::vector<OperatorCode>& codes() {
  static const std::vector<OperatorCode> all = [] {
    std::vector<OperatorCode> list;
    add_elementwise_code(list);
    add_norm_code(list);
    add_shape_code(list);
    add_slice_code(list);
    add_linear_code(list);
    add_convolution_code(list);
    add_matmul_code(list);
    add_attention_code(list);
    add_sequence_code(list);
    return list;
  }();
  return all;
}

const mil::Literal* find_in(const Constants& constants, std::string_view name) {
  const auto it = constants.find(name);
  return it == constants.end() ? nullptr : it->second;
}

}  // namespace

std::int64_t Settings::integer(std::string_view name, std::int64_t fallback) const {
  const mil::Literal* literal = find_in(*constants_, name);
  return literal == nullptr ? fallback : literal->integers().at(0);
}

double Settings::number(std::string_view name, double fallback) const {
  const mil::Literal* literal = find_in(*constants_, name);
  return literal == nullptr ? fallback : literal->numbers().at(0);
}

std::string Settings::text(std::string_view name, std::string fallback) const {
  const mil::Literal* literal = find_in(*constants_, name);
  return literal == nullptr ? std::move(fallback) : literal->strings.at(0);
}

std::vector<std::int64_t> Settings::integers(std::string_view name, std::vector<std::int64_t> fallback) const {
  const mil::Literal* literal = find_in(*constants_, name);
  return literal == nullptr ? std::move(fallback) : literal->integers();
}

const Array* Call::find(std::string_view name) const {
  const auto it = operands_.find(name);
  return it == operands_.end() ? nullptr : it->second.front();
}

std::span<const Array* const> Call::list(std::string_view name) const {
  const auto it = operands_.find(name);
  return it == operands_.end() ? std::span<const Array* const>() : it->second;
}

std::vector<std::int64_t> Call::integers(std::string_view name) const {
  const Array& array = in(name);
  return {array.i(), array.i() + array.size()};
}

const OperatorCode* find_code(std::string_view type) {
  const auto it = std::ranges::find(codes(), type, &OperatorCode::type);
  return it == codes().end() ? nullptr : &*it;
}

std::vector<std::string_view> known_operators() {
  std::vector<std::string_view> names;
  for (const OperatorCode& code : codes()) names.push_back(code.type);
  std::ranges::sort(names);
  return names;
}

}  // namespace seben::interpreter
