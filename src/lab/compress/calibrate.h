// SPDX-License-Identifier: Apache-2.0
// Calibration speech through a bundle's encoder and text decoders: every matrix gets its codes by what it was
// multiplied with, layer by layer, each layer with the inputs that it has once those before it are coded.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "compress/code_chooser.h"
#include "import/quantize.h"
#include "quant/coded_weights.h"

namespace seben::compress {

struct CalibrationOptions {
  std::string language;  ///< of the recordings, for text decoders; empty: detected
  int threads = 1;
  /// What is being done, and how far it is; may throw to stop.
  std::function<void(const char* what, std::size_t done, std::size_t total)> progress;
};

/// What was heard, and what it was good for.
struct CalibrationFigures {
  std::size_t windows = 0, frames = 0, tokens = 0;
  ChoiceError encoder, decoders;  ///< of all matrices; the head has the nearest codes
};

struct CalibratedCodes {
  std::map<const tensor::TensorView*, quant::CodedMatrix> matrices;  ///< by the source's tensors
  CalibrationFigures figures;

  /// The codes that were chosen, and the nearest for matrices that have none.
  [[nodiscard]] bundle::MatrixCoder coder() const;
};

/// Recordings are read whole, in windows of 30 s. A decoder reads what it writes of them by itself. Tokens have the
/// nearest codes: they are looked up as well as multiplied. Error(incomplete) for too little speech: fewer frames than
/// the encoder's widest input has numbers, or fewer tokens than a decoder's features; Error(usage) for a bundle without
/// an encoder and for one that is coded already; errors of AudioDecoder.
[[nodiscard]] CalibratedCodes calibrate_codes(const bundle::Bundle& source, const bundle::WeightPlan& plan,
                                              const std::vector<std::string>& recordings,
                                              const CalibrationOptions& options);

}  // namespace seben::compress
