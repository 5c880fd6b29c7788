// SPDX-License-Identifier: Apache-2.0
#include "import/export_ggml.h"

#include <fmt/format.h>

#include <memory>

#include "cli/export_commands.h"
#include "cli/output.h"
#include "cli/progress_line.h"

namespace seben::cli {
namespace {

struct ExportGgmlFlags {
  std::string bundle, out, decoder, type = "f16";
};

void export_ggml(const ExportGgmlFlags& flags) {
  const auto bundle = bundle::Bundle::open(flags.bundle);
  ProgressLine line("writing");
  models::WriteGgmlOptions options;
  options.f16 = flags.type == "f16";
  options.progress = [&](std::int64_t done, std::int64_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  };
  bundle::export_ggml(bundle, flags.decoder, flags.out, options);
  line.clear();
  print_out("{}: {} with its decoder {} in {}\n", flags.out, bundle.manifest().name,
            bundle.decoder(flags.decoder).entry->name, flags.type);
}

}  // namespace

void add_export_ggml(const App& parent) {
  App command = parent.add_subcommand("ggml", "Write encoder and text decoder as a file that whisper.cpp runs");
  auto flags = std::make_shared<ExportGgmlFlags>();
  command->add_option("bundle", flags->bundle, "Folder of the model")->required();
  command->add_option("out", flags->out, "The file, ggml-NAME.bin")->required();
  command->add_option("--decoder", flags->decoder,
                      "Which of the bundle's text decoders is written; default: its first");
  command->add_option("--type", flags->type, "How matrices are stored: f16 (default) or f32")->one_of({"f16", "f32"});
  command->footer("Example: seben export ggml bundles/turbo ggml-turbo.bin");
  command->callback([flags] { export_ggml(*flags); });
}

}  // namespace seben::cli
