// SPDX-License-Identifier: Apache-2.0
// What calls of a loaded bundle are asked for: everything of the options but the weights, checked and made ready.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "decode/ctc/language_guard.h"
#include "engine/channels.h"
#include "engine/correction_stage.h"
#include "engine/decoding.h"
#include "engine/loaded_model.h"
#include "engine/text_plan.h"
#include "seben/transcriber.h"

namespace seben::pipeline {

struct Request {
  ChannelChoice channels;
  std::optional<CorrectionStage> correction;
  std::shared_ptr<const ctc::LanguageGuard> language_guard;
  bool leave_out = true;                     ///< what it refuses
  std::shared_ptr<const Decoding> decoding;  ///< as the overlap: of the head
  std::size_t overlap = 0;
  std::optional<TextPlan> text;
  CorrectorOptions corrector_options;  ///< of `correction`
};

/// Errors as Transcriber's. `before`, of the same basis, lends what both need: files that it read are not read again.
[[nodiscard]] Request read_request(const Basis& basis, const TranscriberOptions& options,
                                   const Request* before = nullptr);

}  // namespace seben::pipeline
