// SPDX-License-Identifier: Apache-2.0
#include "seben/error.h"

#include <utility>

#include "base/printable.h"

namespace seben {
namespace {

// A hostile file name or value must not break the one-line promise or drive the terminal.
std::string compose(const std::string& where, const std::string& expected, const std::string& found) {
  return base::printable(where + ": expected " + expected + ", found " + found);
}

}  // namespace

Error::Error(ErrorCategory category, std::string where, std::string expected, std::string found)
    : std::runtime_error(compose(where, expected, found)),
      category_(category),
      where_(std::move(where)),
      expected_(std::move(expected)),
      found_(std::move(found)) {}

std::string_view to_string(ErrorCategory category) noexcept {
  switch (category) {
    case ErrorCategory::usage: return "usage";
    case ErrorCategory::bad_data: return "bad data";
    case ErrorCategory::no_input: return "no input";
    case ErrorCategory::internal: return "internal";
    case ErrorCategory::memory: return "out of memory";
    case ErrorCategory::io: return "input/output";
    case ErrorCategory::device_blocked: return "device blocked";
    case ErrorCategory::incomplete: return "incomplete";
  }
  return "unknown";
}

}  // namespace seben
