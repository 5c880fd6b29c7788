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
#include "parity/gate.h"

namespace seben::deploy {

struct CheckedPart {
  std::string name;  ///< "stage 0-2", "encoder", "head", "encoder+head", "chain", "chain and head"
  std::string file;  ///< the package, "" for a chain
  std::string precision;
  parity::Figures figures;
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

}  // namespace seben::deploy
