// SPDX-License-Identifier: Apache-2.0
// What an operator's code sees of one execution.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "interpreter/array.h"
#include "mil/program.h"

namespace seben::interpreter {

/// Weights in the form that an operator multiplies with; made once by its Prepare.
class Prepared {
 public:
  Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  virtual ~Prepared() = default;
  [[nodiscard]] virtual std::size_t bytes() const noexcept = 0;
};

/// Constant operands by name, for settings and for preparation.
using Constants = std::map<std::string, const mil::Literal*, std::less<>>;

/// Reads settings off constant operands; the checker has made sure of their types.
class Settings {
 public:
  explicit Settings(const Constants& constants) : constants_(&constants) {}

  [[nodiscard]] bool has(std::string_view name) const { return constants_->contains(name); }
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t fallback) const;
  [[nodiscard]] bool boolean(std::string_view name, bool fallback) const {
    return integer(name, fallback ? 1 : 0) != 0;
  }
  [[nodiscard]] double number(std::string_view name, double fallback) const;
  [[nodiscard]] std::string text(std::string_view name, std::string fallback) const;
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view name, std::vector<std::int64_t> fallback) const;

 private:
  const Constants* constants_;
};

class Call {
 public:
  Call(const Constants& constants, const std::map<std::string, std::vector<const Array*>, std::less<>>& operands,
       std::vector<mil::Type> types, std::vector<Array>& outputs)
      : set(constants), operands_(operands), types_(std::move(types)), outputs_(outputs) {}

  const Settings set;
  int threads = 1;
  bool round_fp16 = false;  ///< for operators that hold intermediate results of others
  const Prepared* prepared = nullptr;

  /// nullptr when the operand is absent.
  [[nodiscard]] const Array* find(std::string_view name) const;
  [[nodiscard]] const Array& in(std::string_view name) const { return *find(name); }
  [[nodiscard]] std::span<const Array* const> list(std::string_view name) const;
  /// The operand's integers, constant or not.
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view name) const;

  [[nodiscard]] const mil::Type& type(std::size_t i = 0) const { return types_.at(i); }
  /// A fresh output, uninitialised.
  Array& out(std::size_t i = 0) {
    outputs_.at(i) = Array(types_.at(i));
    return outputs_[i];
  }
  /// An output that shares the elements of `array`.
  void share(const Array& array, std::size_t i = 0) { outputs_.at(i) = array.as(types_.at(i)); }

 private:
  const std::map<std::string, std::vector<const Array*>, std::less<>>& operands_;
  std::vector<mil::Type> types_;
  std::vector<Array>& outputs_;
};

/// How an operator runs.
struct OperatorCode {
  std::string_view type;
  void (*run)(Call& call) = nullptr;
  /// Packs constant operands once, or null. May return null when they are not constant.
  std::unique_ptr<Prepared> (*prepare)(const Constants& constants, int threads) = nullptr;
  /// Names of the operands that `prepare` takes over: run does not see them when it prepared something.
  std::vector<std::string_view> taken = {};
  /// Moves values without computing: nothing to round.
  bool moves = false;
  /// Throws Error(bad_data) for settings that cannot be run, before anything runs; `x` is the type of operand "x".
  void (*check)(const Settings& set, const mil::Type& x) = nullptr;
};

/// nullptr for an operator that cannot be run.
[[nodiscard]] const OperatorCode* find_code(std::string_view type);
[[nodiscard]] std::vector<std::string_view> known_operators();

void add_elementwise_code(std::vector<OperatorCode>& all);
void add_norm_code(std::vector<OperatorCode>& all);
void add_shape_code(std::vector<OperatorCode>& all);
void add_slice_code(std::vector<OperatorCode>& all);
void add_linear_code(std::vector<OperatorCode>& all);
void add_convolution_code(std::vector<OperatorCode>& all);
void add_matmul_code(std::vector<OperatorCode>& all);
void add_attention_code(std::vector<OperatorCode>& all);
void add_sequence_code(std::vector<OperatorCode>& all);

/// The constant that a constexpr operator stands for.
[[nodiscard]] mil::Literal expand_constexpr(const mil::Operation& op, mil::Opset opset, const Constants& operands);

}  // namespace seben::interpreter
