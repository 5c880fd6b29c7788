// SPDX-License-Identifier: Apache-2.0
// The style sheet of a report.
#pragma once

#include <string_view>

namespace seben::report {

/// CSS without any of the characters that markup would have to escape.
[[nodiscard]] std::string_view style_sheet() noexcept;

}  // namespace seben::report
