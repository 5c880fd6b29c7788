// SPDX-License-Identifier: Apache-2.0
#include "swift/export.h"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/counted.h"
#include "bundle/bundle.h"
#include "cli/commands.h"
#include "cli/export_commands.h"
#include "cli/group_examples.h"
#include "cli/output.h"
#include "harness/frozen_parts.h"

namespace seben::cli {
namespace {

struct ExportFlags {
  std::string bundle, directory;
  swift::AgreementOptions rows;
};

void export_swift(const ExportFlags& flags) {
  const auto bundle = bundle::Bundle::open(flags.bundle);
  bundle.require_head("a ranker's package");
  const swift::ExportSummary done = swift::export_package(harness::frozen_parts(bundle), flags.directory, flags.rows);
  print_out("{}: {} files, {} to agree on with {}; {} corrected, {} scores in log space\n", flags.directory, done.files,
            base::counted(done.rows, "row"), base::counted(done.candidates, "candidate"), done.corrected,
            done.slow_scores);
}

}  // namespace

void add_export(const App& app) {
  App command = app.add_subcommand("export", "Take a model elsewhere");
  command->require_subcommand(1);
  add_export_coreml(*command);
  add_export_fixtures(*command);
  add_export_harness(*command);
  add_export_features(*command);
  add_export_ggml(*command);
  App swift = command->add_subcommand("swift", "Write a Swift package (iOS, macOS, Linux) with the bundle's ranker");
  auto flags = std::make_shared<ExportFlags>();
  swift->add_option("bundle", flags->bundle, "Folder of the model")->required();
  swift->add_option("directory", flags->directory, "Folder of the package, which must not exist")->required();
  swift->add_option("--rows", flags->rows.rows, "How many utterances its tests compare Swift with Seben on")
      ->capture_default_str()
      ->within(1, 100'000);
  swift->add_option("--seed", flags->rows.seed, "Where the drawing of these utterances begins")->capture_default_str();
  swift->footer(
      "Example: seben export swift bundles/demo-nko SebenCorrection && swift test --package-path SebenCorrection");
  swift->callback([flags] { export_swift(*flags); });
  show_examples(*command);
}

}  // namespace seben::cli
