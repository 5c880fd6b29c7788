// SPDX-License-Identifier: Apache-2.0
#include "mil/program.h"

#include <algorithm>

#include "seben/error.h"

namespace seben::mil {

std::string Operation::name() const {
  const auto it = attributes.find("name");
  if (it != attributes.end() && !it->second.strings.empty()) return it->second.strings.front();
  return outputs.empty() ? std::string() : outputs.front().name;
}

const NamedType* Function::find_input(std::string_view name) const noexcept {
  const auto it = std::ranges::find(inputs, name, &NamedType::name);
  return it == inputs.end() ? nullptr : &*it;
}

const Function& Program::main() const {
  const auto it = functions.find("main");
  if (it == functions.end()) {
    throw Error(ErrorCategory::bad_data, "program: functions", "one named main",
                functions.empty() ? "none" : functions.begin()->first);
  }
  return it->second;
}

}  // namespace seben::mil
