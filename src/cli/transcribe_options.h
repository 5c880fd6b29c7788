// SPDX-License-Identifier: Apache-2.0
// Which options of `seben transcribe` can do anything with this bundle.
#pragma once

#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "cli/app.h"
#include "seben/transcriber.h"

namespace seben::cli {

/// Error(usage) for an option that was given although whoever writes has no use for it. Asked before the weights are
/// read.
void refuse_idle_options(const App& command, const bundle::Bundle& bundle, const TranscriberOptions& options,
                         bool has_features);

/// Error(usage) for recordings that this bundle, and stored features that who writes, can make nothing of: before the
/// first of the others is written.
void require_readable(const bundle::Bundle& bundle, const TranscriberOptions& options,
                      const std::vector<std::string>& recordings, const std::vector<std::string>& features);

}  // namespace seben::cli
