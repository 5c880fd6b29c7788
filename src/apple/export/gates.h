// SPDX-License-Identifier: Apache-2.0
// What a package has to hold, by precision: a versioned file, with the built-in one as default.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "parity/gate.h"

namespace seben::deploy {

/// Its four *_error bound an mse: of a stage given the reference's input, of a whole encoder or a chain of stages, of
/// logits. A gate that is relative measures by parity::Measure::share.
using Gate = parity::ModeGates;

struct Gates {
  std::string name;  ///< "seben.gates.coreml 2", or the file's
  std::string digest;
  std::map<std::string, Gate, std::less<>> by_precision;  ///< "fp32", "fp16", "compressed"

  /// Error(bad_data) when the file has none for that precision.
  [[nodiscard]] const Gate& at(std::string_view precision) const;
};

[[nodiscard]] Gates parse_gates(std::string_view text, const std::string& source);
[[nodiscard]] Gates builtin_gates();
/// The text of the built-in file, for people who want stricter ones.
[[nodiscard]] std::string_view builtin_gates_text() noexcept;

}  // namespace seben::deploy
