// SPDX-License-Identifier: Apache-2.0
// The text of a MIL program, as Core ML's compiler leaves it in a .mlmodelc folder (model.mil).
#pragma once

#include <string>
#include <string_view>

#include "mil/program.h"
#include "package/package.h"
#include "package/wire.h"

namespace seben::coreml {

/// Error(bad_data) names line and column. Attributes of the program (buildInfo) are passed over. What the program means
/// is not looked at.
[[nodiscard]] mil::Program parse_mil(std::string_view text, const std::string& source, const FindBlob& find);

/// The same form. Constants with `in_file` are written as BLOBFILE with `place`'s offset.
[[nodiscard]] std::string to_mil(const mil::Program& program, const PlaceBlob& place);

/// A compiled model: model.mil, and weights/weight.bin where it is there. Without it the program is read all the same;
/// using a constant is then Error(no_input). The interface is what the function's types say.
[[nodiscard]] Package read_compiled(const std::string& path);

}  // namespace seben::coreml
