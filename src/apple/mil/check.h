// SPDX-License-Identifier: Apache-2.0
// The type checker: what a program must satisfy before anything runs it. Apple's own validator looks at the interface
// of an ML program only; everything inside is checked here.
#pragma once

#include <string>
#include <vector>

#include "mil/model.h"

namespace seben::mil {

/// Throws Error(bad_data) for the first defect, naming `source`, function and operation. Checked: operators known and
/// old enough for the opset; operands known, present, constant where they must be; names unique, defined before use and
/// well-formed; every output's recomputed type equal to the declared one; outputs exist; states only through
/// read_state and write_state; constants' payloads as long as their types say.
void check(const Program& program, const std::string& source);
/// The same, and that the interface fits the function: names, dtypes, shapes, flexibility, states, specification
/// version.
void check(const Model& model, const std::string& source);

}  // namespace seben::mil
