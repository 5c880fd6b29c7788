// SPDX-License-Identifier: Apache-2.0
// Lines that mean failure wherever they stand: what they say, the likely cause, what helps.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "evidence/verdict.h"

namespace seben::evidence {

struct FailureClass {
  std::string_view kind;         ///< "coreml.storage_reader_version"
  std::optional<Status> device;  ///< what it says about the device, for the preflight
  std::string_view explanation, cause, remedy;
};

/// Every class, in the order in which they are reported.
[[nodiscard]] std::span<const FailureClass> failure_classes() noexcept;

/// One finding for every class that `text` shows: its first line quoted, its lines counted. The whole text is searched,
/// so neither the order of lines nor what stands around them matters. `file` is what findings call it.
[[nodiscard]] std::vector<Finding> find_failures(std::string_view text, std::string_view file);

/// What the finding's class says about the device.
[[nodiscard]] std::optional<Status> device_status(std::string_view kind) noexcept;

}  // namespace seben::evidence
