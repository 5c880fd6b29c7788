// SPDX-License-Identifier: Apache-2.0
#include "bundle/inspect.h"

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"

namespace seben::cli {

void add_inspect(CLI::App& app) {
  struct Flags {
    std::string path;
    bool json = false;
  };
  CLI::App* command = app.add_subcommand("inspect", "Show what is in a bundle, a safetensors file or an npy array");
  auto flags = std::make_shared<Flags>();
  command->add_option("path", flags->path, "Bundle folder, .safetensors, .safetensors.index.json or .npy")->required();
  command->add_flag("--json", flags->json, "For machines");
  command->footer("Example: seben inspect bundles/demo-nko");
  command->callback([flags] {
    const nlohmann::json found = bundle::inspect(flags->path);
    std::cout << (flags->json ? found.dump(1) + "\n" : bundle::inspect_text(found));
  });
}

}  // namespace seben::cli
