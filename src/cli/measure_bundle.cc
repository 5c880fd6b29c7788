// SPDX-License-Identifier: Apache-2.0
#include "cli/measure_bundle.h"

#include <vector>

#include "base/format.h"
#include "bundle/bundle.h"
#include "bundle/replace_manifest.h"
#include "cli/progress_line.h"
#include "evaluate/agreement.h"
#include "import/skew.h"
#include "kernels/linear.h"
#include "kernels/precision.h"
#include "kernels/threads.h"

namespace seben::cli {
namespace {

std::string gate_text(const bundle::Gate& gate) {
  return base::format("{} {} {} {}", gate.name, gate.value,
                      gate.holds() ? (gate.at_most ? "<=" : ">=") : (gate.at_most ? ">" : "<"), gate.limit);
}

// What is worth measuring: not admitted yet, and faster on this processor.
std::vector<std::string> worth_measuring(const bundle::Bundle& bundle, const bundle::TextDecoder& decoder,
                                         const MeasureRequest& request) {
  std::vector<std::string> precisions;
  for (const auto precision : {kernels::Precision::int8, kernels::Precision::bf16}) {
    const std::string name(kernels::to_string(precision));
    const std::string what = base::format("{}: {}: ", decoder.entry->name, name);
    if (bundle.admits(decoder, precision)) {
      request.say(what + "admitted already");
    } else if (kernels::kind_of(precision) == kernels::GemmKind::f32) {
      request.say(what + "not measured, as this processor does not multiply in it");
    } else {
      precisions.push_back(name);
    }
  }
  return precisions;
}

bool store_record(const std::string& decoder, const bundle::PrecisionRecord& record, const MeasureRequest& request) {
  const std::string what = base::format("{}: {}: ", decoder, record.precision);
  if (request.all_gates) {
    for (const bundle::Gate& gate : record.gates) request.say(what + gate_text(gate));
  }
  request.say(
      base::format("{}; {} of {} texts changed", what + record.evaluation, record.outputs_changed, record.utterances));
  if (record.admitted()) {
    if (!request.dry_run) bundle::store_precision(request.bundle, decoder, record);
    request.say(what + (request.dry_run ? "would be admitted" : "admitted"));
    return true;
  }
  for (const bundle::Gate& gate : record.gates) {
    if (!gate.holds()) request.say(base::format("{}not admitted, the bundle is as it was: {}", what, gate_text(gate)));
  }
  return false;
}

}  // namespace

void add_measure_option(const App& command, std::vector<std::string>& recordings) {
  command
      ->add_option("--measure", recordings,
                   "Recording, or folder of recordings, on which int8 and bf16 are held against f32; what agrees is "
                   "admitted. Once for each; a minute of speech at least, no texts")
      ->type_name("RECORDING");
}

pipeline::Speech speech_to_measure_on(const std::vector<std::string>& recordings) {
  pipeline::Speech speech = pipeline::gather_speech(pipeline::find_recordings(recordings));
  pipeline::require_enough(speech);
  return speech;
}

bool measure_bundle(const MeasureRequest& request, const pipeline::Speech& speech) {
  const bundle::Bundle bundle = bundle::Bundle::open(request.bundle);
  (void)bundle.decoder();
  if (!request.dry_run) bundle::require_replaceable(request.bundle);
  bool all = true;
  for (const bundle::TextDecoder& decoder : bundle.decoders()) {
    pipeline::AgreementRequest work;
    work.decoder = decoder.entry->name;
    work.precisions = worth_measuring(bundle, decoder, request);
    if (work.precisions.empty()) continue;
    if (!speech.is_all) {
      request.say(
          base::format("{}: {:.0f} s of speech are enough, the rest is not listened to", work.decoder, speech.seconds));
    }
    ProgressLine line("measuring");
    work.threads = kernels::thread_count(request.threads);
    work.progress = [&](std::size_t done, std::size_t total) {
      line.update(static_cast<double>(done), static_cast<double>(total));
    };
    const std::vector<bundle::PrecisionRecord> records = pipeline::measure_agreement(bundle, speech, work);
    line.clear();
    for (const bundle::PrecisionRecord& record : records) all = store_record(work.decoder, record, request) && all;
  }
  return all;
}

}  // namespace seben::cli
