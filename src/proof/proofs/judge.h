// SPDX-License-Identifier: Apache-2.0
// What was measured against what it has to be, and the log that says so in the words that the runtime-log analyser
// knows from devices.
#pragma once

#include <string>
#include <vector>

#include "evidence/runtime_log.h"
#include "parity/gate.h"
#include "proofs/figures.h"
#include "proofs/gates.h"
#include "proofs/reading.h"
#include "proofs/request.h"

namespace seben::proof {

/// Of a mode's log its `check` is the test that it belongs to.
using parity::GateResult;

/// `reference_text` is what the reference reads. Error(incomplete) when the gates have none for that mode.
[[nodiscard]] std::vector<GateResult> judge_mode(const std::string& mode, const ModeFigures& figures,
                                                 const Reading& reading, const std::string& reference_text,
                                                 const ProofGates& gates);
/// Of whoever read the fixture: 1 for the reference's text.
[[nodiscard]] GateResult same_text(std::string mode, std::string check, bool same);

/// The tests of a mode's log, in order.
[[nodiscard]] std::vector<std::string> check_names(const Request& request);

/// The log of one mode in XCTest's form: every check a test, failed when one of its gates does not hold, and the marker
/// line. `now` is written as it is given.
[[nodiscard]] std::string compose_log(const Request& request, const std::string& mode, const ModeFigures& figures,
                                      const Reading& reading, const std::vector<GateResult>& gates,
                                      const std::string& now);

/// What the analyser has to require of that log: names, digests and counts exactly; error bounds from the gates and the
/// reference's own size.
[[nodiscard]] evidence::RuntimeLogOptions log_options(const Request& request, const std::string& mode,
                                                      const ModeFigures& figures, const Reading& reading,
                                                      const ProofGates& gates);

/// Error(incomplete) unless the marker of the log says exactly what was measured, to a millionth.
void require_marker(const std::string& log, const std::string& name, const ModeFigures& figures,
                    const Reading& reading);

}  // namespace seben::proof
