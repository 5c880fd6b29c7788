// SPDX-License-Identifier: Apache-2.0
// Against what bound a difference is held, and what came of it: one form for packages and proofs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "parity/difference.h"

namespace seben::base {
class JsonReader;
}

namespace seben::parity {

struct Limit {
  double value = 0.0;
  std::string source;  ///< where the number comes from
};

/// What of a Difference stands before the bounds of a gate.
enum class Measure : std::uint8_t {
  error,  ///< relative
  mse,    ///< absolute
  share,  ///< absolute up to a mean square of 1, and growing with it: rounding is a share of what is rounded
};
[[nodiscard]] double measured(const Difference& difference, Measure measure) noexcept;

/// What computing in one precision has to hold.
struct ModeGates {
  Limit stage_error;                 ///< of each stage, given the reference's input, at most
  Limit encoder_error;               ///< of a whole encoder's features, or a whole chain's, at most
  Limit head_error;                  ///< of the logits, given the reference's features, at most
  Limit logits_error;                ///< of the logits at the end of the mode's own chain, at most
  Limit min_cosine;                  ///< of each of these, at least
  Limit max_argmax_share;            ///< of frames whose best class differs, at most
  Limit max_text_share{};            ///< of recordings whose text differs, at most
  Measure measure = Measure::error;  ///< of what the four *_error are
};

struct GateResult {
  std::string mode;   ///< "" for the whole run, "device" for evidence of one
  std::string check;  ///< what it belongs to: "stage_03_2", or a package's part
  std::string gate;   ///< "stage_error"
  double value = 0.0, limit = 0.0;
  bool at_most = true;
  std::string source;  ///< of the limit

  /// False for what is no number.
  [[nodiscard]] bool holds() const noexcept { return at_most ? value <= limit : value >= limit; }
};

enum class Place : std::uint8_t { stage, encoder, head, logits };

/// The bound of that place, then the cosine's.
[[nodiscard]] std::vector<GateResult> judge(const std::string& mode, const std::string& check, Place place,
                                            const Difference& difference, const ModeGates& gates);
/// Of frames and of recordings; shares of none are 0.
[[nodiscard]] GateResult judge_classes(const std::string& mode, const std::string& check, const Classes& classes,
                                       const ModeGates& gates);
[[nodiscard]] GateResult judge_texts(const std::string& mode, const std::string& check, const Figures& figures,
                                     const ModeGates& gates);

/// parent.key as {"value": 1e-3, "source": "…"}. Error(bad_data) for another form, a value outside of least..most and a
/// source that says nothing.
[[nodiscard]] Limit read_limit(const base::JsonReader& parent, const char* key, double least, double most);

}  // namespace seben::parity
