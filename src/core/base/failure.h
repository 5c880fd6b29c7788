// SPDX-License-Identifier: Apache-2.0
// Exceptions of the standard library, said in Seben's own words.
#pragma once

#include <exception>

#include "seben/error.h"

namespace seben::base {

/// What a program says and answers with: an Error as it is, a failure of the file system or of the system as
/// Error(io), an exhausted memory as Error(memory), and everything else, which is a defect, as Error(internal).
[[nodiscard]] Error as_error(const std::exception& failure);

}  // namespace seben::base
