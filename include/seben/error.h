// SPDX-License-Identifier: Apache-2.0
// The one error type of Seben. Library code throws it, the C API returns its category, the command line prints
// its one line and exits with its category's value. Nothing in the library ever ends the host process.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "seben/export.h"

namespace seben {

/// What kind of thing went wrong. The values are the process exit codes (sysexits.h), see docs/errors.md.
enum class ErrorCategory : int {
  usage = 64,           ///< impossible or unknown flags, impossible combination of options
  bad_data = 65,        ///< a file or value that is not what it must be
  no_input = 66,        ///< an input that is missing or unreadable
  internal = 70,        ///< a defect of Seben itself
  memory = 71,          ///< out of memory
  io = 74,              ///< reading or writing failed, or the disk guard refused
  device_blocked = 76,  ///< no launchable device
  incomplete = 78,      ///< a proof, gate or configuration that is missing or did not hold
};

/// One failure: where it is (file and field), what was expected there and what was found instead.
class SEBEN_API Error : public std::runtime_error {
 public:
  Error(ErrorCategory category, std::string where, std::string expected, std::string found);

  [[nodiscard]] ErrorCategory category() const noexcept { return category_; }
  [[nodiscard]] const std::string& where() const noexcept { return where_; }
  [[nodiscard]] const std::string& expected() const noexcept { return expected_; }
  [[nodiscard]] const std::string& found() const noexcept { return found_; }

 private:
  ErrorCategory category_;
  std::string where_;
  std::string expected_;
  std::string found_;
};

/// "usage", "bad data", … : the word shown in the documented table.
[[nodiscard]] SEBEN_API std::string_view to_string(ErrorCategory category) noexcept;

}  // namespace seben
