// SPDX-License-Identifier: Apache-2.0
// Which options of `seben transcribe` can do anything with this bundle.
#pragma once

#include "bundle/bundle.h"
#include "cli/app.h"
#include "seben/transcriber.h"

namespace seben::cli {

/// Error(usage) for an option that was given although whoever writes has no use for it. Asked before the weights are
/// read.
void refuse_idle_options(const App& command, const bundle::Bundle& bundle, const TranscriberOptions& options);

}  // namespace seben::cli
