// SPDX-License-Identifier: Apache-2.0
#include "cli/idle_options.h"

#include "seben/error.h"

namespace seben::cli {
namespace {

void refuse_if_given(const CLI::Option& option, const std::string& needed, const std::string& found) {
  if (option.count() == 0) return;
  throw Error(ErrorCategory::usage, "--" + option.get_lnames().front(), needed, found);
}

}  // namespace

void refuse_idle(const CLI::App& command, const std::vector<std::string>& options, const std::string& needed,
                 const std::string& found) {
  for (const std::string& name : options) refuse_if_given(*command.get_option(name), needed, found);
}

void refuse_idle_group(const CLI::App& command, const std::string& group, const std::string& needed,
                       const std::string& found) {
  const auto options = command.get_options([&](const CLI::Option* option) { return option->get_group() == group; });
  for (const CLI::Option* option : options) refuse_if_given(*option, needed, found);
}

}  // namespace seben::cli
