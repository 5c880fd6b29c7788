// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/counted.h"
#include "cli/coreml_conversion.h"
#include "cli/export_commands.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "harness/export.h"
#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

struct ExportHarnessFlags {
  std::string bundle, directory, stages = "device-safe", audio, mode = "balanced";
  ConversionFlags conversion;
  swift::AgreementOptions rows;
  int threads = 0;
};

std::string recording_of(const ExportHarnessFlags& flags, const deploy::Source& source) {
  if (!flags.audio.empty()) return flags.audio;
  const auto samples = recordings_of({}, source);
  if (samples.empty()) throw Error(ErrorCategory::usage, "--audio", "a recording", "none, and the bundle has none");
  return samples.front();
}

void export_harness(const ExportHarnessFlags& flags) {
  if (std::ranges::count(flags.conversion.keep_fp32, "auto") > 0) {
    throw Error(ErrorCategory::usage, "--keep-fp32", "operators (seben export coreml finds them)", "auto");
  }
  const deploy::Source source = deploy::Source::open(flags.bundle);
  harness::HarnessOptions options;
  options.stages = stages_of(flags.stages, source);
  options.conversion = conversion_of(flags.conversion);
  options.audio = recording_of(flags, source);
  options.threads = kernels::thread_count(flags.threads);
  options.ranker_mode = flags.mode;
  options.rows = flags.rows;
  ProgressLine line("writing the harness");
  options.progress = [&line](const std::string&, double done, double total) { line.update(done, total); };
  const harness::HarnessSummary done = harness::export_harness(source, flags.directory, options);
  line.clear();
  print_out("{}: {} files, {:.1f} MB, {} and a head; plan {}\n", flags.directory, done.files,
            static_cast<double>(done.bytes) / 1e6, base::counted(done.stages, "stage"), done.plan_digest);
  print_out("the fixture reads: {}\n", done.text);
}

}  // namespace

void add_export_harness(const App& parent) {
  App command = parent.add_subcommand("harness", "Write an Xcode project that proves the bundle on an Apple device");
  auto flags = std::make_shared<ExportHarnessFlags>();
  command->add_option("bundle", flags->bundle, "Folder of the model")->required();
  command->add_option("directory", flags->directory, "Folder of the project, which must not exist")->required();
  command
      ->add_option("--stages", flags->stages,
                   "How the encoder is split: device-safe, or a list such as convpos,0-2,3,finalnorm")
      ->capture_default_str();
  command->add_option("--audio", flags->audio, "Recording of the fixture; default: the first of the bundle's samples");
  add_conversion_flags(*command, flags->conversion);
  command->add_option("--mode", flags->mode, "Mode of the ranker: aggressive, balanced, conservative or preservation")
      ->capture_default_str();
  command->add_option("--rows", flags->rows.rows, "How many utterances the correction package is tested on")
      ->capture_default_str()
      ->within(1, 100'000);
  command->add_option("--threads", flags->threads,
                      "How many threads compute the fixtures; 0 (default): one for each processor");
  command->footer("Example: seben export harness bundles/demo-nko harness && harness/run-on-device.sh --help");
  command->callback([flags] { export_harness(*flags); });
}

}  // namespace seben::cli
