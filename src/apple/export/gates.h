// SPDX-License-Identifier: Apache-2.0
// What a package has to hold, by precision: a versioned file, with the built-in one as default.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace seben::deploy {

struct Gate {
  /// The three bounds of mse are of a reference whose mean square is 1 or less, and grow with it: rounding is a share
  /// of what is rounded. Otherwise they hold as they are.
  bool relative = false;
  double stage_mse = 0.0;    ///< of a stage given the reference's input; mean squared difference
  double encoder_mse = 0.0;  ///< of a whole encoder, or of a chain of stages
  double head_mse = 0.0;     ///< of logits
  double min_cosine = 0.0;
  double max_argmax_share = 0.0;  ///< of frames whose most probable class differs
  double max_text_share = 0.0;    ///< of clips whose decoded text differs
};

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
