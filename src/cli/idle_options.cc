// SPDX-License-Identifier: Apache-2.0
#include "cli/idle_options.h"

#include <CLI/CLI.hpp>

#include "seben/error.h"

namespace seben::cli {
namespace {

void refuse_if_given(const CLI::Option& option, const std::string& needed, const std::string& found) {
  if (option.count() == 0) return;
  throw Error(ErrorCategory::usage, "--" + option.get_lnames().front(), needed, found);
}

}  // namespace

void refuse_idle(const App& command, const std::vector<std::string>& options, const std::string& needed,
                 const std::string& found) {
  for (const std::string& name : options) refuse_if_given(*command.own().get_option(name), needed, found);
}

void refuse_idle_group(const App& command, const std::string& group, const std::string& needed,
                       const std::string& found) {
  for (const CLI::Option* option : command.own().get_options()) {
    if (option->get_group() == group) refuse_if_given(*option, needed, found);
  }
}

}  // namespace seben::cli
