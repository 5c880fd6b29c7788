// SPDX-License-Identifier: Apache-2.0
#include "bundle/inspect.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/group_examples.h"
#include "cli/inspect_encoder.h"
#include "cli/inspect_labels.h"
#include "cli/inspect_package.h"
#include "cli/output.h"
#include "seben/error.h"

namespace seben::cli {

void add_inspect(const App& app) {
  struct InspectFlags {
    std::string path;
    bool json = false;
    InspectPackageFlags package;
  };
  App command = app.add_subcommand(
      "inspect",
      "Show what is in a bundle, a Core ML package, a packet or file of tensors or an npy array; check labels");
  auto flags = std::make_shared<InspectFlags>();
  command->add_option("path", flags->path,
                      "Bundle folder, .mlpackage, .safetensors, .safetensors.index.json, .npy or .spkt");
  command->add_flag("--json", flags->json, "Print JSON instead of text");
  add_inspect_package_flags(*command, flags->package);
  command->footer("Example: seben inspect bundles/demo-nko");
  add_inspect_labels(*command);
  add_inspect_encoder(*command);
  show_examples(*command);
  command->callback([flags, command] {
    if (command->has_chosen()) return;
    if (flags->path.empty()) throw Error(ErrorCategory::usage, "inspect", "a path, or labels and a file", "neither");
    refuse_idle_package_options(*command, flags->path);
    if (is_package(flags->path)) return inspect_package(flags->path, flags->json, flags->package);
    const nlohmann::json found = bundle::inspect(flags->path);
    if (flags->json) return write_json(found.dump(1) + "\n");
    write_lines(bundle::inspect_text(found));
  });
}

}  // namespace seben::cli
