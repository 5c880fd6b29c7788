// SPDX-License-Identifier: Apache-2.0
// A model as a file that whisper.cpp runs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "import/model.h"

namespace seben::models {

struct WriteGgmlOptions {
  bool f16 = true;  ///< matrices and convolutions as f16; else everything is f32
  /// Called with the elements written so far and all of them; may throw to stop, which leaves nothing behind.
  std::function<void(std::int64_t done, std::int64_t total)> progress;
};

/// Writes `path` through AtomicFile in bounded memory. As whisper.cpp's own converter does it: vectors, the positions
/// and the convolutions' biases are f32 always, and the output layer is left to the token embedding. Filters that the
/// model does not bring are the ones of Seben's frontend. Error(usage) for an encoder alone and for a model without
/// vocabulary; Error(bad_data) for values that are not finite or beyond f16, and for an output layer of its own.
void write_ggml(const Model& model, const std::string& path, const WriteGgmlOptions& options = {});

}  // namespace seben::models
