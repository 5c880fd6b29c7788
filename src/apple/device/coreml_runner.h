// SPDX-License-Identifier: Apache-2.0
// Executes packages with Apple's CoreML.framework. Built on Apple systems only. NOT RUN ON A DEVICE by its authors: it
// is syntax-checked against stand-in headers elsewhere (tests/apple/device), and whoever runs it first should say so.
#pragma once

#include <memory>
#include <string>

#include "export/runner.h"

namespace seben::device {

/// What the framework may use. Asking for the Neural Engine is no evidence that anything ran there.
enum class ComputeUnits { cpu_only, cpu_and_gpu, cpu_and_neural_engine, all };

struct CoreMLOptions {
  ComputeUnits units = ComputeUnits::all;
  /// Where compiled models are kept (deploy::CompiledModels); "" for a folder among the user's own caches.
  std::string cache;
};

/// Error(incomplete) with the framework's own words when a package does not compile, load or run.
[[nodiscard]] std::unique_ptr<deploy::Runner> coreml_runner(const CoreMLOptions& options);

}  // namespace seben::device
