// SPDX-License-Identifier: Apache-2.0
// The parts of a proof's page that are about a device.
#pragma once

#include "proofs/proof.h"
#include "report/html.h"

namespace seben::proof {

/// What the analysers say, parity and timings by requested compute units; `proof.device` is there.
void report_device(report::Page& page, const Proof& proof);

/// Intervals of the trace, and what Core ML's plans prefer.
void report_placement(report::Page& page, const DeviceProof& device);

}  // namespace seben::proof
