// SPDX-License-Identifier: Apache-2.0
// What the decoder could not use of a recording, without giving up the rest.
#pragma once

#include <string>

namespace seben::audio {

/// One packet that was skipped or concealed, or an early end of the file.
struct Warning {
  double seconds = 0.0;  ///< where in the recording, from its beginning
  std::string text;      ///< what was wrong, for people
};

}  // namespace seben::audio
