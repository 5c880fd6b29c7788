// SPDX-License-Identifier: Apache-2.0
// What of a bundle goes into a Swift package.
#pragma once

#include "bundle/bundle.h"
#include "swift/export.h"

namespace seben::harness {

/// The bundle's ranker, vocabulary and language model. Error(incomplete) when it has no ranker.
[[nodiscard]] swift::FrozenParts frozen_parts(const bundle::Bundle& bundle);

}  // namespace seben::harness
