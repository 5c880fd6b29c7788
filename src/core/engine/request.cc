// SPDX-License-Identifier: Apache-2.0
#include "engine/request.h"

#include <string>

#include "bundle/guard.h"
#include "bundle/inspect.h"
#include "engine/listen.h"
#include "engine/load_corrector.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

void load_correction_stage(const Basis& basis, const TranscriberOptions& options, const Request* before, Request& out) {
  const bundle::Bundle& bundle = basis.bundle.internal();
  const bool asked = options.correct != "auto" || !options.correction.ranker.empty();
  if (!basis.decoders.ctc) {
    if (asked && options.correct != "off") bundle.require_head("correction");
    return;
  }
  if (options.ctc.forced_choice()) {
    if (!asked || options.correct == "off") return;
    throw Error(ErrorCategory::usage, "correction", "a text that the head writes", "words of a list");
  }
  // Rankers are fitted on greedy texts; what they know of those says nothing of a beam's.
  const bool fits = has_ranker(bundle) && options.ctc.search == "greedy";
  if (options.correct == "off" || (!asked && !fits)) return;
  out.corrector_options = options.correction;
  if (options.correct != "auto") out.corrector_options.mode = options.correct;
  const CorrectorOptions* known = before != nullptr && before->correction ? &before->corrector_options : nullptr;
  const bool same = known != nullptr && known->ranker == out.corrector_options.ranker &&
                    known->language_model == out.corrector_options.language_model;
  out.correction = load_correction(bundle, out.corrector_options, same ? before->correction->shared() : nullptr);
}

std::shared_ptr<const ctc::LanguageGuard> load_language_guard(const Basis& basis, const TranscriberOptions& options,
                                                              const Request* before) {
  const bundle::Bundle& bundle = basis.bundle.internal();
  const std::string& word = options.language_guard;
  if (word != "auto" && word != "mark" && word != "off") {
    throw Error(ErrorCategory::usage, "language guard", "auto, mark or off", word);
  }
  if (word == "mark" && options.ctc.forced_choice()) {
    throw Error(ErrorCategory::usage, "language guard", "auto or off with words of a list, which has its own threshold",
                word);
  }
  // Words of a list are refused by their own confidence.
  if (word == "off" || options.ctc.forced_choice() || (word == "auto" && !basis.decoders.ctc)) return nullptr;
  if (!basis.decoders.ctc) bundle.require_head("language guard");
  if (before != nullptr && before->language_guard != nullptr) return before->language_guard;
  if (auto guard = bundle::load_guard(bundle)) return std::make_shared<const ctc::LanguageGuard>(*std::move(guard));
  if (word == "mark") {
    throw Error(ErrorCategory::incomplete, bundle.folder() + ": language guard", "one in the bundle",
                "none (seben guard fit makes one)");
  }
  return nullptr;
}

}  // namespace

Request read_request(const Basis& basis, const TranscriberOptions& options, const Request* before) {
  const bundle::Bundle& bundle = basis.bundle.internal();
  Request out;
  out.channels = parse_channels(options.channels);
  load_correction_stage(basis, options, before, out);
  out.language_guard = load_language_guard(basis, options, before);
  out.leave_out = options.language_guard != "mark";
  if (basis.decoders.ctc) {
    out.decoding = std::make_shared<const Decoding>(options.ctc, bundle.vocabulary(),
                                                    before != nullptr ? before->decoding.get() : nullptr);
    out.overlap =
        overlap_samples(bundle.head_config().output_frames(bundle.required().frames), options.overlap_seconds);
  }
  if (basis.decoders.whisper) {
    require_encoder(bundle);
    if (basis.decoders.ctc && options.whisper.batch_size != 0) {
      throw Error(ErrorCategory::usage, "batch size", "decoder whisper alone", "decoder both");
    }
    out.text.emplace(bundle, options.whisper, basis.threads, before != nullptr ? &*before->text : nullptr);
  }
  return out;
}

}  // namespace seben::pipeline
