// SPDX-License-Identifier: Apache-2.0
// From a bundle and options to the correction stage.
#pragma once

#include <memory>
#include <string>

#include "bundle/bundle.h"
#include "engine/correction_stage.h"
#include "seben/corrector.h"
#include "text/lm/ngram.h"

namespace seben::pipeline {

/// Whether the bundle has a ranker of its own.
[[nodiscard]] bool has_ranker(const bundle::Bundle& bundle);

/// The stage that these options describe; errors as Corrector's. `loaded`: of the same ranker and language model, which
/// are read when it is nullptr.
[[nodiscard]] CorrectionStage load_correction(const bundle::Bundle& bundle, const CorrectorOptions& options,
                                              std::shared_ptr<const correction::Corrector> loaded = nullptr);

/// An ARPA file, or nothing for an empty path.
[[nodiscard]] std::shared_ptr<const lm::NgramModel> load_language_model(const std::string& path);

}  // namespace seben::pipeline
