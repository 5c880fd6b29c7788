// SPDX-License-Identifier: Apache-2.0
// Why a text was corrected, for people.
#pragma once

#include <string>

#include "seben/transcript.h"

namespace seben::cli {

/// Every edit of one text with its probability and strongest reasons, on standard error, a line each; or that the text
/// was left as it is. Letters are named by code point, so that no terminal turns them around.
void explain(const std::string& name, const Corrections& corrections);

}  // namespace seben::cli
