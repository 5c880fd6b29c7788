// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/counted.h"
#include "base/file.h"
#include "cli/export_commands.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "evaluate/feature_export.h"

namespace seben::cli {
namespace {

struct ExportFeaturesFlags {
  std::string bundle, audio, out;
  pipeline::FeatureExport options;
};

void export_features(const ExportFeaturesFlags& flags) {
  base::require_writable(flags.out);
  const auto bundle = bundle::Bundle::open(flags.bundle);
  ProgressLine line("encoding");
  const auto done = pipeline::export_features(bundle, flags.audio, flags.out, flags.options,
                                              [&](double seconds, double total) { line.update(seconds, total); });
  line.clear();
  print_out("{}: {}, {} bytes, {:.3f} bits a value\n", flags.out, base::counted(done.windows, "window"), done.bytes,
            done.bits_per_value);
}

}  // namespace

void add_export_features(const App& parent) {
  App command =
      parent.add_subcommand("features", "Write a recording's features as a packet (.spkt), to keep or to send");
  auto flags = std::make_shared<ExportFeaturesFlags>();
  command->add_option("bundle", flags->bundle, "Folder of the model")->required();
  command->add_option("recording", flags->audio, "File of any container that FFmpeg reads")->required();
  command->add_option("out", flags->out, "The packet, NAME.spkt")->required();
  command->add_option("--codec", flags->options.codec,
                      "How the features are coded: f32 (default), fp16, affine8:g32, turbo4, agp:FILE, …");
  command->add_option("-p,--precision", flags->options.precision,
                      "Arithmetic: auto (the fastest that a gate admitted; default), f32, bf16 or int8");
  command->add_option("-t,--threads", flags->options.threads,
                      "How many threads work on a window; 0 (default): one for each processor");
  command->footer("Example: seben export features bundles/demo-nko talk.wav talk.spkt --codec affine8:g32");
  command->callback([flags] { export_features(*flags); });
}

}  // namespace seben::cli
