// SPDX-License-Identifier: Apache-2.0
#include "cli/transcribe_options.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cli/ctc_flags.h"
#include "cli/idle_options.h"
#include "cli/whisper_flags.h"
#include "engine/load_corrector.h"

namespace seben::cli {
namespace {

constexpr const char* kNoSuchPart = "a bundle without one";

void refuse_for_whisper_alone(const App& command, const bundle::Bundle& bundle, const TranscriberOptions& o) {
  const std::string needed = "the CTC head to write (--decoder ctc or both)";
  const std::string found = bundle.has_head() ? "Whisper's text decoder alone" : kNoSuchPart;
  refuse_idle_group(command, kCtcGroup, needed, found);
  refuse_idle(command, {"--overlap", "--feature-codec", "--max-edits", "--ranker-lm", "--explain"}, needed, found);
  if (!bundle.has_head()) return;  // correction of a head that is missing: the library says so
  refuse_idle(command, {"--ranker"}, needed, found);
  if (o.correct != "off") refuse_idle(command, {"--correct"}, needed, found);
}

void refuse_without_correction(const App& command, const bundle::Bundle& bundle, const TranscriberOptions& o) {
  const std::vector<std::string> all{"--ranker", "--ranker-lm", "--max-edits", "--explain"};
  const std::vector<std::string> of_a_ranker{"--ranker-lm", "--max-edits", "--explain"};
  if (o.correct == "off") return refuse_idle(command, all, "correction", "--correct off");
  if (o.correct != "auto" || !o.correction.ranker.empty()) return;  // asked for
  if (o.ctc.search != "greedy") {
    refuse_idle(command, of_a_ranker, "correction (with --search beam by --correct MODE)", "none");
  } else if (!pipeline::has_ranker(bundle)) {
    refuse_idle(command, of_a_ranker, "a ranker (--ranker)", kNoSuchPart);
  }
}

}  // namespace

void refuse_idle_options(const App& command, const bundle::Bundle& bundle, const TranscriberOptions& o) {
  const bool by_itself = o.decoder == "auto";
  const bool head = o.decoder == "ctc" || o.decoder == "both" || (by_itself && bundle.has_head());
  const bool whisper = o.decoder == "whisper" || o.decoder == "both" || (by_itself && !bundle.has_head());
  if (head && !whisper) {
    refuse_idle_group(command, kWhisperGroup, "Whisper's text decoder to write (--decoder whisper or both)",
                      bundle.decoders().empty() ? kNoSuchPart : "the CTC head alone");
  }
  if (whisper && !head) refuse_for_whisper_alone(command, bundle, o);
  if (head && bundle.has_head()) refuse_without_correction(command, bundle, o);
  if (o.whisper.initial_prompt.empty()) {
    refuse_idle(command, {"--carry-initial-prompt"}, "--initial-prompt", "none");
  }
  if (!o.whisper.suppress_non_speech && std::ranges::count(o.whisper.suppress, -1) > 0) {
    refuse_idle(command, {"--allow-non-speech"}, "no -1 among --suppress-tokens", "both");
  }
}

}  // namespace seben::cli
