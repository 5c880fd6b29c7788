// SPDX-License-Identifier: Apache-2.0
// How far a text decoder in a faster arithmetic is from f32, on speech without texts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bundle/agreement_gates.h"
#include "bundle/bundle.h"
#include "bundle/records.h"
#include "evaluate/speech.h"

namespace seben::pipeline {

/// Stated before measuring (docs/quantization.md, "Agreement").
struct AgreementLimits {
  double feature_error = 0.05;  ///< of the encoder, relative root mean square against f32
  double divergence = 0.02;     ///< nats a token
  double token_change = 0.05;   ///< share of tokens
  bundle::AgreementBasis basis = bundle::kLeastAgreementBasis;
};

struct AgreementRequest {
  std::string decoder;                  ///< empty: the first
  std::vector<std::string> precisions;  ///< "bf16", "int8"
  AgreementLimits limits;
  int threads = 1;
  std::function<void(std::size_t done, std::size_t total)> progress;
};

/// f32 writes a text of every clip, greedily. Each arithmetic then reads the same tokens, and is asked at every one how
/// probable it finds all tokens: differences do not add up, as they do in texts that each writes by itself. Those are
/// counted too (outputs_changed), by which nothing is decided. A clip whose text f32 itself would throw away, as it
/// does with loops and with what it made of silence, is compared and is no basis. One record for each precision.
/// Error(usage) for coded weights and for a precision that is no faster arithmetic, Error(incomplete) for one that this
/// processor lacks and for a bundle without a decoder.
[[nodiscard]] std::vector<bundle::PrecisionRecord> measure_agreement(const bundle::Bundle& bundle, const Speech& speech,
                                                                     const AgreementRequest& request);

}  // namespace seben::pipeline
