// SPDX-License-Identifier: Apache-2.0
// The flags that say what a Core ML program shall look like; export and bisection share them.
#pragma once

#include <string>
#include <vector>

#include "cli/app.h"
#include "convert/conversion_options.h"
#include "export/source.h"
#include "model/whisper/stages.h"

namespace seben::cli {

struct ConversionFlags {
  std::string opset = "ios16", layout = "sequence", precision = "fp32", weights = "full", interface = "fp32";
  std::vector<std::string> keep_fp32;
};

inline constexpr const char* kStyleGroup = "Options of packages";

/// Error(usage) about a flag.
[[noreturn]] void refuse_flag(const std::string& flag, const std::string& expected, const std::string& found);

void add_conversion_flags(const App& command, ConversionFlags& flags);
/// Error(usage) names the flag.
[[nodiscard]] convert::ConversionOptions conversion_of(const ConversionFlags& flags);
/// "device-safe", or a list of stages.
[[nodiscard]] std::vector<whisper::Stage> stages_of(const std::string& words, const deploy::Source& source);
/// The recordings named, else those in the bundle's folder of samples.
[[nodiscard]] std::vector<std::string> recordings_of(const std::vector<std::string>& named,
                                                     const deploy::Source& source);

}  // namespace seben::cli
