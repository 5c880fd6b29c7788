// SPDX-License-Identifier: Apache-2.0
// The packages of a folder as what is held against the engine, stage by stage.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "export/runner.h"
#include "export/source.h"
#include "model/whisper/stages.h"
#include "parity/subject.h"

namespace seben::deploy {

/// The packages of a folder with plan.json: its encoder stages must be `stages`, in order, and it must have a head.
/// Error(usage) when they are not, Error(bad_data) for packages of another encoder or that their plan's digests do not
/// fit.
[[nodiscard]] std::unique_ptr<parity::Backend> package_backend(const Source& source,
                                                               const std::vector<whisper::Stage>& stages,
                                                               const std::string& folder, Runner& runner);

/// The gate that packages of a folder stand before: fp32, fp16 or compressed, the loosest of its packages.
[[nodiscard]] std::string precision_of_plan(const std::string& folder);
/// The encoder stages of a folder's plan.
[[nodiscard]] std::string stages_of_plan(const std::string& folder);

}  // namespace seben::deploy
