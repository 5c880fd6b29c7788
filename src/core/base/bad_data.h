// SPDX-License-Identifier: Apache-2.0
// The refusal of most readers, in one word.
#pragma once

#include <string>
#include <utility>

#include "seben/error.h"

namespace seben::base {

/// A file, or a value in it, that is not what it must be; `where` says which.
[[noreturn]] inline void bad_data(std::string where, std::string expected, std::string found) {
  throw Error(ErrorCategory::bad_data, std::move(where), std::move(expected), std::move(found));
}

}  // namespace seben::base
