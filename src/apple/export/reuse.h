// SPDX-License-Identifier: Apache-2.0
// One encoder package for several models: Distil-Whisper's students keep their teacher's encoder.
#pragma once

#include <string>

#include "package/package.h"

namespace seben::deploy {

/// Gives the package at `existing` a second name, `path`: its files are hard-linked, or copied where the two lie on
/// different file systems. Error(usage) when the new name is taken and may not be replaced.
void link_package(const std::string& existing, const std::string& path, bool overwrite);

/// Whether two models say that they hold the same encoder, in the same style and under the same names. When not, `why`
/// says what differs.
[[nodiscard]] bool same_encoder(const mil::Model& existing, const mil::Model& wanted, std::string& why);

}  // namespace seben::deploy
