// SPDX-License-Identifier: Apache-2.0
// The category of what only the network can lack. libseben never uses it, so its public enumeration has no name for it.
#pragma once

#include "seben/error.h"

namespace seben::fetch {

/// The network or a server does not answer, or answers that it cannot: another time it may. Exit code 69
/// (EX_UNAVAILABLE).
inline constexpr ErrorCategory kUnavailable{69};

}  // namespace seben::fetch
