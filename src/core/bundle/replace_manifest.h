// SPDX-License-Identifier: Apache-2.0
// A new record in the manifest of a bundle that exists.
#pragma once

#include <string>

#include "bundle/manifest.h"

namespace seben::bundle {

/// Rewrites bundle.json of an existing bundle, for a new record; the bundle as it would become is checked first, and
/// the files it lists must be those it lists now.
void replace_manifest(const std::string& folder, const Manifest& manifest);

/// Error(io) when that could not be written: asked before the work whose record goes there.
void require_replaceable(const std::string& folder);

}  // namespace seben::bundle
