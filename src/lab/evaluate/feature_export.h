// SPDX-License-Identifier: Apache-2.0
// Features to a file, to be kept or sent: windows that do not overlap, with their contract.
#pragma once

#include <functional>
#include <string>

#include "bundle/bundle.h"

namespace seben::pipeline {

struct FeatureExport {
  std::string codec = "f32";       ///< of a .spkt
  std::string precision = "auto";  ///< of the encoder
  int threads = 0;
};

struct ExportedFeatures {
  std::int64_t windows = 0;
  std::uint64_t bytes = 0;
  double bits_per_value = 0.0;
};

/// Hears a recording and writes `out` (.spkt), a window at a time, through a file beside it that is then renamed. Any
/// codec may be written; a head takes it back only when its bundle admits it.
[[nodiscard]] ExportedFeatures export_features(const bundle::Bundle& bundle, const std::string& audio,
                                               const std::string& out, const FeatureExport& options,
                                               const std::function<void(double done, double total)>& progress);

}  // namespace seben::pipeline
