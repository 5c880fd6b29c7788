// SPDX-License-Identifier: Apache-2.0
// A bundle's language guard: read and compared with the head whose readings it judges, or put in.
#pragma once

#include <optional>
#include <string>

#include "bundle/bundle.h"
#include "decode/ctc/language_guard.h"

namespace seben::bundle {

/// The bundle's own guard, its head compared; nothing when it has none.
[[nodiscard]] std::optional<ctc::LanguageGuard> load_guard(const Bundle& bundle);

/// Puts `guard` into the bundle, in place of one that it has; its head is compared first.
void store_guard(const std::string& folder, const ctc::LanguageGuard& guard);

}  // namespace seben::bundle
