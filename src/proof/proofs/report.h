// SPDX-License-Identifier: Apache-2.0
// A proof as one page.
#pragma once

#include <string>

#include "proofs/audit.h"

namespace seben::proof {

/// Shows what the audit computed, never what the summary says. An audit with problems becomes a page that lists them.
void write_report(const Audit& audit, const std::string& folder, const std::string& path);

}  // namespace seben::proof
