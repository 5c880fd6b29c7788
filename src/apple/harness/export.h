// SPDX-License-Identifier: Apache-2.0
// A project that proves a bundle on an Apple device: packages, fixtures, the Swift correction package, the test that
// runs them, and scripts that bring the evidence back (docs/harness.md). Written anywhere; RUN ON NO DEVICE BY US.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "convert/conversion_options.h"
#include "export/source.h"
#include "model/whisper/stages.h"
#include "swift/agreement_rows.h"

namespace seben::harness {

struct HarnessOptions {
  std::vector<whisper::Stage> stages;     ///< of the encoder, all of them, in order
  convert::ConversionOptions conversion;  ///< with fp32 inputs and outputs
  std::string audio;                      ///< the recording whose first window is the fixture
  int threads = 1;
  std::string ranker_mode = "balanced";
  swift::AgreementOptions rows;  ///< of the Swift correction package
  /// A step's name, and how much of the whole is done in steps that take about as long. May throw to stop.
  std::function<void(const std::string& step, double done, double total)> progress;
};

struct HarnessSummary {
  std::int64_t files = 0;
  std::uint64_t bytes = 0;
  std::int64_t stages = 0;
  std::string plan_digest;  ///< SHA-256 of Proof/plan.json, the marker's model_digest
  std::string text;         ///< the fixture's greedy decode
};

/// Writes the project as the new folder `directory`, whole or not at all; equal inputs and threads give equal bytes.
/// Error(io) when it exists already, Error(usage) for a source without bundle, encoder or head and for fp16 inputs,
/// Error(incomplete) without a ranker or when the recording decodes to nothing.
HarnessSummary export_harness(const deploy::Source& source, const std::string& directory,
                              const HarnessOptions& options);

}  // namespace seben::harness
