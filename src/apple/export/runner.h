// SPDX-License-Identifier: Apache-2.0
// Something that executes packages: our interpreter, or a command that talks to a device.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "interpreter/array.h"
#include "interpreter/interpreter.h"

namespace seben::deploy {

class Runner {
 public:
  Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  virtual ~Runner() = default;

  /// Runs the package once for each set of inputs and returns as many sets of outputs.
  [[nodiscard]] virtual std::vector<interpreter::Arrays> run(const std::string& package,
                                                             std::span<const interpreter::Arrays> inputs) = 0;
  /// "interpreter, fp16 rounding" or the command, for records.
  [[nodiscard]] virtual std::string name() const = 0;
  /// Whether it is Seben's own interpreter.
  [[nodiscard]] virtual bool interprets() const noexcept { return false; }
};

/// An output of `package`; Error(incomplete) when a runner did not give it.
[[nodiscard]] const interpreter::Array& output_of(const interpreter::Arrays& outputs, const std::string& name,
                                                  const std::string& package);

[[nodiscard]] std::unique_ptr<Runner> interpreter_runner(const interpreter::Options& options);

/// Calls `command PACKAGE INPUTS OUTPUTS` through the shell for each set of inputs. INPUTS is a safetensors file with
/// one f32 tensor for each input of the model; the command writes OUTPUTS, a safetensors file with the model's outputs
/// as f32 or f16. Error(incomplete) when it fails or writes no such file.
[[nodiscard]] std::unique_ptr<Runner> command_runner(std::string command);

}  // namespace seben::deploy
