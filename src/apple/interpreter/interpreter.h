// SPDX-License-Identifier: Apache-2.0
// Runs MIL programs on the processor. It proves what a package says, not what Apple's compiler makes of it.
//
// fp16: with `round_fp16`, the result of every operator whose output is fp16 is rounded to the nearest half, ties to
// even, and what is beyond 65504 becomes infinite. Within one operator sums are kept in f32 and rounded once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "interpreter/array.h"
#include "mil/model.h"

namespace seben::interpreter {

struct Options {
  int threads = 1;
  /// false: fp16 operators compute in f32 without rounding.
  bool round_fp16 = true;
};

using Arrays = std::map<std::string, Array, std::less<>>;

/// Called with every value that an operation makes; for finding where numbers go wrong.
using Observer = std::function<void(const mil::Operation& op, const std::string& value, const Array& array)>;

class Interpreter {
 public:
  /// Checks the program, packs its weights, and refuses before anything runs: Error(bad_data) names an operator that
  /// cannot be run, with its place. `source` starts every message. The model's payloads are not needed afterwards.
  [[nodiscard]] static Interpreter compile(const mil::Model& model, const std::string& source, const Options& options);

  Interpreter(Interpreter&&) noexcept;
  Interpreter& operator=(Interpreter&&) noexcept;
  ~Interpreter();

  [[nodiscard]] const mil::ModelInterface& interface() const noexcept;
  /// All zero, one for each state of the interface.
  [[nodiscard]] Arrays make_states() const;

  /// Runs the program. Inputs are checked against the interface (names, dtypes, shapes among those allowed): Error(
  /// usage). fp32 arrays are taken for fp16 inputs and rounded. `states` are read and replaced. Equal inputs give equal
  /// bits, whatever the threads. Stops between operations with Interrupted.
  [[nodiscard]] Arrays run(const Arrays& inputs, Arrays& states, const Observer& observer = {}) const;
  /// For programs without states.
  [[nodiscard]] Arrays run(const Arrays& inputs) const;

  /// Bytes of packed weights and constants.
  [[nodiscard]] std::size_t weight_bytes() const noexcept;

  struct Plan;  ///< of the implementation

 private:
  explicit Interpreter(std::unique_ptr<Plan> plan);
  std::unique_ptr<Plan> plan_;
};

}  // namespace seben::interpreter
