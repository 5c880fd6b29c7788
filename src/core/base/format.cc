// SPDX-License-Identifier: Apache-2.0
// fmt is compiled here, so that the library does not depend on its shared one.
#define FMT_HEADER_ONLY
#include "base/format.h"

#include <fmt/format.h>

namespace seben::base {

std::string format_text(fmt::string_view text, fmt::format_args values) { return fmt::vformat(text, values); }

}  // namespace seben::base
