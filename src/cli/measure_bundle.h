// SPDX-License-Identifier: Apache-2.0
// Faster arithmetics of a bundle's text decoders, measured on the user's own recordings.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/app.h"
#include "evaluate/speech.h"

namespace seben::cli {

/// `--measure RECORDING`, once for each.
void add_measure_option(const App& command, std::vector<std::string>& recordings);

/// What these recordings and folders of recordings hold, and that it is enough: asked before the work whose result is
/// to be measured. Errors of pipeline::find_recordings, gather_speech and require_enough.
[[nodiscard]] pipeline::Speech speech_to_measure_on(const std::vector<std::string>& recordings);

struct MeasureRequest {
  std::string bundle;
  int threads = 0;
  bool dry_run = false;                              ///< nothing is stored
  bool all_gates = false;                            ///< every figure, not only what came of it
  std::function<void(const std::string& line)> say;  ///< what was measured, a line each
};

/// Measures int8 and bf16 for every decoder, but for what is admitted already and what this processor lacks, and stores
/// the records that admit. Whether all that were measured are admitted. Error(incomplete) without a decoder.
bool measure_bundle(const MeasureRequest& request, const pipeline::Speech& speech);

}  // namespace seben::cli
