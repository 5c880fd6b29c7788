// SPDX-License-Identifier: Apache-2.0
// Proof/chain.json of a harness: what its Swift sources run, in which order, and what they compare with.
//
//   {"schema": "seben.harness", "version": 1, "tool": "seben 0.1", "model": "demo-nko", "precision": "fp32",
//    "plan_sha256": hex,                       of Proof/plan.json; the marker's model_digest
//    "audio_samples": 480000,
//    "subsample": 1,                           every how many-th frame of the features the head takes
//    "ranker_mode": "balanced",
//    "stages": [{"name": "layers[0..2]", "package": "stage-01-….mlpackage", "input": {"name": "hidden_in", "shape":
//    […]},
//                "output": {…}, "model": {"bytes": n, "sha256": hex}, "weights": {…}, "expected": tensor}],
//    "head": the same,
//    "audio": tensor, "mel": tensor, "argmax": tensor, "text": "the greedy decode"}
//
// where tensor is {"file": "fixtures/….npy", "shape": […], "sha256": hex}; the expected output of a stage is row-major
// [1, frames, width] whatever the layout of the package, and says its "mean_square" too, of which errors are a share.
#pragma once

#include <string>
#include <vector>

#include "export/export.h"

namespace seben::harness {

struct ChainNotes {
  std::string model, precision, ranker_mode;
  std::int64_t subsample = 1;
};

/// `folder` holds plan.json, its packages (stages in their order, then the head), and fixtures/ with one clip.
/// Error(incomplete) when the clip's text is empty, since nothing could then be corrected.
[[nodiscard]] std::string chain_text(const std::string& folder, const std::vector<deploy::ExportedPackage>& packages,
                                     const ChainNotes& notes);

}  // namespace seben::harness
