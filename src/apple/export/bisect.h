// SPDX-License-Identifier: Apache-2.0
// Finds which chunks of an encoder a runner gets wrong: the smallest failing one, and the plan with the fewest
// packages that it gets right.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "convert/conversion_options.h"
#include "export/gates.h"
#include "export/runner.h"
#include "export/source.h"
#include "export/verify.h"
#include "model/whisper/stages.h"

namespace seben::deploy {

struct Trial {
  whisper::Stage stage;
  parity::Figures figures;
  bool holds = false;
  std::string failure;  ///< "mse 3.3e-02 above 1e-11", or what the runner said
};

struct Bisection {
  std::vector<Trial> trials;  ///< in the order in which they were run
  /// A failing chunk of which no proper part that was tried fails; nothing when no chunk fails.
  std::optional<whisper::Stage> smallest_failure;
  /// Chunks that hold, as long as they may be; empty when a single stage fails.
  std::vector<whisper::Stage> safe_plan;
};

struct BisectOptions {
  convert::ConversionOptions conversion;
  Gates gates;
  std::vector<std::string> audio;
  int threads = 1;
  std::int64_t longest = 0;  ///< layers of a chunk at most; 0: all
  std::function<void(const Trial&)> progress;
};

/// Exports chunks to a temporary folder, has them run, and removes them. From the front, each chunk is made as long as
/// the runner bears (found by halving); a failing chunk is then cut at both ends while it still fails.
[[nodiscard]] Bisection bisect(const Source& source, Runner& runner, const BisectOptions& options);

[[nodiscard]] std::string to_json(const Bisection& bisection, const std::string& runner);
/// "convpos,0-2,3,finalnorm", for --stages.
[[nodiscard]] std::string plan_words(const std::vector<whisper::Stage>& stages);

}  // namespace seben::deploy
