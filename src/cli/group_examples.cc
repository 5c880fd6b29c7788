// SPDX-License-Identifier: Apache-2.0
#include "cli/group_examples.h"

#include <CLI/CLI.hpp>
#include <string>

namespace seben::cli {

void show_examples(const App& group) {
  const CLI::App* parent = group.own().get_parent();
  std::string lines = group.own().get_footer();
  if (parent != nullptr && lines == parent->get_footer()) lines.clear();  // taken over when the group was made
  for (const CLI::App* command : group.own().get_subcommands([](const CLI::App*) { return true; })) {
    if (!lines.empty()) lines += '\n';
    lines += command->get_footer();
  }
  group.footer(lines);
}

}  // namespace seben::cli
