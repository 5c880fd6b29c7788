// SPDX-License-Identifier: Apache-2.0
// Does a package compute what the engine computes? Per stage and end to end, on real audio.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "export/gates.h"
#include "export/reference.h"
#include "export/runner.h"
#include "mil/model.h"

namespace seben::deploy {

/// The worst over all clips.
struct Figures {
  double mse = 0.0, max_abs = 0.0, cosine = 1.0;
  double share = 0.0;                           ///< of mse, over the reference's mean square where that is above 1
  std::int64_t frames = 0, argmax_changes = 0;  ///< 0 frames where there are no class scores
  std::int64_t texts = 0, text_changes = 0;
};

struct CheckedPart {
  std::string name;  ///< "stage 0-2", "encoder", "head", "encoder+head", "chain", "chain and head"
  std::string file;  ///< the package, "" for a chain
  std::string precision;
  Figures figures;
  std::vector<std::string> failures;  ///< "mse 3e-2 above 1e-11"; empty: it holds
};

struct Verification {
  std::string gates, gates_digest, runner, against;
  bool interpreted = true;  ///< by Seben on this machine, not by somebody's command
  std::vector<std::string> clips;
  std::vector<CheckedPart> parts;
  /// At least one part, at least one clip, and nothing failed.
  [[nodiscard]] bool passed() const noexcept;
};

struct VerifyOptions {
  Gates gates;
  std::vector<std::string> audio;
  int threads = 1;
  std::function<void(const std::string& part)> progress;
};

/// `path`: an .mlpackage, or a folder with plan.json, whose stages are also run as a chain. Error(usage) without audio;
/// Error(bad_data) for packages that are of another encoder or whose contract does not fit.
[[nodiscard]] Verification verify_packages(const std::string& path, const Source& against, Runner& runner,
                                           const VerifyOptions& options);

[[nodiscard]] std::string to_json(const Verification& verification);
void write_html(const Verification& verification, const std::string& path);

/// What gate a package stands before, from what it computes and not from what it says: "fp32", "fp16", "compressed".
[[nodiscard]] std::string precision_of(const mil::Model& model);

/// What of `figures` stands before a bound of mse.
[[nodiscard]] inline double bounded_mse(const Figures& figures, const Gate& gate) noexcept {
  return gate.relative ? figures.share : figures.mse;
}

/// Differences of one clip folded into `figures`.
void add_difference(Figures& figures, const std::vector<float>& found, const std::vector<float>& expected);

}  // namespace seben::deploy
