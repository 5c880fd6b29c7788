// SPDX-License-Identifier: Apache-2.0
// The flags that say what a Core ML program shall look like; export and bisection share them.
#pragma once

#include <string>
#include <vector>

#include "cli/app.h"
#include "convert/style.h"
#include "export/source.h"
#include "model/whisper/stages.h"

namespace seben::cli {

struct StyleFlags {
  std::string opset = "ios16", layout = "sequence", precision = "fp32", weights = "full", interface = "fp32";
  std::vector<std::string> keep_fp32;
};

inline constexpr const char* kStyleGroup = "Style of packages";

void add_style_flags(const App& command, StyleFlags& flags);
/// Error(usage) names the flag.
[[nodiscard]] convert::Style style_of(const StyleFlags& flags);
/// "device-safe", or a list of stages.
[[nodiscard]] std::vector<whisper::Stage> stages_of(const std::string& words, const deploy::Source& source);
/// The recordings named, else those in the bundle's folder of samples.
[[nodiscard]] std::vector<std::string> recordings_of(const std::vector<std::string>& named,
                                                     const deploy::Source& source);

}  // namespace seben::cli
