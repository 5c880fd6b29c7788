// SPDX-License-Identifier: Apache-2.0
#include "cli/transcribe_options.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cli/ctc_flags.h"
#include "cli/idle_options.h"
#include "cli/whisper_flags.h"
#include "engine/load_corrector.h"
#include "engine/recogniser.h"
#include "engine/stored_features.h"

namespace seben::cli {
namespace {

constexpr const char* kNoSuchPart = "a bundle without one";

bool whisper_writes(const bundle::Bundle& bundle, const TranscriberOptions& o) {
  return o.decoder == "whisper" || o.decoder == "both" || (o.decoder == "auto" && !bundle.has_head());
}

void refuse_for_whisper_alone(const App& command, const bundle::Bundle& bundle, const TranscriberOptions& o) {
  const std::string needed = "the CTC head to write (--decoder ctc or both)";
  const std::string found = bundle.has_head() ? "Whisper's text decoder alone" : kNoSuchPart;
  refuse_idle_group(command, kCtcGroup, needed, found);
  refuse_idle(command, {"--overlap", "--max-edits", "--ranker-lm", "--explain", "--language-guard", "--script"}, needed,
              found);
  if (!bundle.has_head()) return;  // correction of a head that is missing: the library says so
  refuse_idle(command, {"--ranker"}, needed, found);
  if (o.correct != "off") refuse_idle(command, {"--correct"}, needed, found);
}

void refuse_without_correction(const App& command, const bundle::Bundle& bundle, const TranscriberOptions& o) {
  const std::vector<std::string> all{"--ranker", "--ranker-lm", "--max-edits", "--explain"};
  const std::vector<std::string> of_a_ranker{"--ranker-lm", "--max-edits", "--explain"};
  if (o.correct == "off") return refuse_idle(command, all, "correction", "--correct off");
  if (!o.ctc.words.empty()) {  // --correct MODE itself the library refuses
    return refuse_idle(command, all, "a text that the head writes", "--words");
  }
  if (o.correct != "auto" || !o.correction.ranker.empty()) return;  // asked for
  if (o.ctc.search != "greedy") {
    refuse_idle(command, of_a_ranker, "correction (with --search beam by --correct MODE)", "none");
  } else if (!pipeline::has_ranker(bundle)) {
    refuse_idle(command, of_a_ranker, "a ranker (--ranker)", kNoSuchPart);
  }
}

// At temperature 0 texts are searched, above it they are drawn.
void refuse_for_temperatures(const App& command, const WhisperOptions& w) {
  const auto drawn = [](double temperature) { return temperature > 0.0; };
  const bool draws = std::ranges::any_of(w.temperatures, drawn), searches = !std::ranges::all_of(w.temperatures, drawn);
  if (!draws) refuse_idle(command, {"--best-of", "--seed"}, "a --temperature above 0", "0");
  if (!searches) refuse_idle(command, {"--beam-size", "--patience"}, "--temperature 0 among them", "none");
  const bool compares = (searches && w.beam_size) || (draws && w.best_of > 1);
  if (!compares) {
    refuse_idle(command, {"--length-penalty"}, "several texts (--beam-size, or --best-of above temperature 0)", "one");
  }
}

// Whether a gate is in the way of anything that the options name. What cannot be at all the library refuses.
bool needs_permission(const bundle::Bundle& bundle, const TranscriberOptions& o, bool head, bool whisper) {
  try {
    const bundle::TextDecoder* decoder = whisper ? &bundle.decoder(o.whisper.decoder) : nullptr;
    (void)pipeline::choose_precision(bundle, {o.precision, false, head, decoder});
    (void)pipeline::choose_feature_codec(bundle, {o.feature_codec, false, head, decoder});
  } catch (const Error&) {
    return true;
  }
  return false;
}

}  // namespace

void refuse_idle_options(const App& command, const bundle::Bundle& bundle, const TranscriberOptions& o,
                         bool has_features) {
  const bool head = o.decoder == "ctc" || o.decoder == "both" || (o.decoder == "auto" && bundle.has_head());
  const bool whisper = whisper_writes(bundle, o);
  if (head && !whisper) {
    refuse_idle_group(command, kWhisperGroup, "Whisper's text decoder to write (--decoder whisper or both)",
                      bundle.decoders().empty() ? kNoSuchPart : "the CTC head alone");
  }
  if (whisper && !head) refuse_for_whisper_alone(command, bundle, o);
  if (head && bundle.has_head()) refuse_without_correction(command, bundle, o);
  if (head) refuse_idle_ctc(command, o.ctc);
  if (head && !whisper && !o.ctc.words.empty() && o.ctc.words_mode.value_or("one") == "one") {
    refuse_idle(command, {"--overlap"}, "recordings of several windows (--words-mode sequence)", "--words-mode one");
  }
  if (whisper) refuse_for_temperatures(command, o.whisper);
  // Alone it runs whatever the bundle holds, and of stored features only the files know; what is named decides.
  const bool named = o.precision != "auto" || !o.feature_codec.empty();
  if (named && !has_features && !needs_permission(bundle, o, head, whisper)) {
    refuse_idle(command, {"--allow-unadmitted"}, "an arithmetic or a codec that no gate admitted", "admitted ones");
  }
  if (o.whisper.initial_prompt.empty()) {
    refuse_idle(command, {"--carry-initial-prompt"}, "--initial-prompt", "none");
  }
  if (!o.whisper.suppress_non_speech && std::ranges::count(o.whisper.suppress, -1) > 0) {
    refuse_idle(command, {"--allow-non-speech"}, "no -1 among --suppress-tokens", "both");
  }
}

void require_readable(const bundle::Bundle& bundle, const TranscriberOptions& o,
                      const std::vector<std::string>& recordings, const std::vector<std::string>& features) {
  if (!recordings.empty()) pipeline::require_encoder(bundle);
  if (features.empty()) return;
  if (whisper_writes(bundle, o)) pipeline::refuse_features(features.front());
  for (const std::string& path : features) pipeline::require_feature_name(path);
}

}  // namespace seben::cli
