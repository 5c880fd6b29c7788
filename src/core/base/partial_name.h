// SPDX-License-Identifier: Apache-2.0
// Names for what is not finished yet: nobody can guess them, so nobody can lay a link or a file of that name in wait.
#pragma once

#include <string>
#include <string_view>

#include "base/posix.h"

namespace seben::base {

/// The beginning of `name`, ".partial-" and 16 random digits; short enough for every file system, whatever `name` is.
/// Error(io) when the system gives no random numbers.
[[nodiscard]] std::string partial_name(std::string_view name);
/// Whether a name looks like one of partial_name: something that a killed process left behind.
[[nodiscard]] bool is_partial_name(std::string_view name) noexcept;

/// Creates and opens for reading and writing a file that was not there before, in the folder of `target` and named
/// after it; `mode` as open() takes it. `path` becomes its name. An invalid descriptor, and errno, when that fails.
[[nodiscard]] Descriptor create_partial_file(const std::string& target, unsigned mode, std::string& path);
/// The same for a folder; false, and errno, when that fails.
[[nodiscard]] bool create_partial_folder(const std::string& target, unsigned mode, std::string& path);

}  // namespace seben::base
