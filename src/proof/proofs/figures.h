// SPDX-License-Identifier: Apache-2.0
// How far a mode is from the reference: computed from the tensors that lie in the proof, by run and audit alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parity/difference.h"
#include "proofs/request.h"

namespace seben::proof {

struct Parity : parity::Difference {
  std::string name;  ///< the stage, "encoder" or "head"
};

struct ModeFigures {
  std::vector<Parity> stages;  ///< each given the reference's input
  Parity encoder;              ///< the whole chain's features
  Parity head;                 ///< logits, given the reference's features
  Parity logits;               ///< logits at the end of the mode's own chain
  std::int64_t frames = 0;     ///< of the end of the chain
  std::int64_t argmax_changes = 0;
};

/// Error(bad_data) for a tensor that is missing, of another size, or not finite.
[[nodiscard]] ModeFigures measure_mode(const std::string& folder, const Request& request, const std::string& mode);

/// Of one tensor in two proofs: root of the mean squared difference over the second one's root mean square. Error as
/// measure_mode.
[[nodiscard]] double relative_error(const std::string& found_folder, const std::string& expected_folder,
                                    const std::string& path);

/// A float32 tensor of the proof, every value finite.
[[nodiscard]] std::vector<float> read_tensor(const std::string& folder, const std::string& path);
void write_tensor(const std::string& folder, const std::string& path, const std::vector<float>& values,
                  const std::vector<std::int64_t>& shape);

/// Seconds of every repetition, phase by phase.
struct Timings {
  struct Phase {
    std::string name;
    std::vector<double> seconds;
  };
  std::vector<Phase> phases;
};
/// Of an odd or even number of values; 0 for none.
struct Spread {
  double median = 0.0, low = 0.0, high = 0.0;  ///< low and high: quartiles, linear between neighbours
  double least = 0.0, most = 0.0;
};
[[nodiscard]] Spread spread_of(std::vector<double> values);
[[nodiscard]] std::string to_text(const Timings& timings);
[[nodiscard]] Timings parse_timings(std::string_view text, const std::string& source);

}  // namespace seben::proof
