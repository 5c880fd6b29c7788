// SPDX-License-Identifier: Apache-2.0
#include "audio/clipping.h"

#include "base/counted.h"
#include "base/format.h"

namespace seben::audio {

std::string to_string(const Clipping& clipping) {
  return base::format("{} far outside of [-1, 1], up to {:.6g}", base::counted(clipping.samples, "sample"),
                      clipping.largest);
}

}  // namespace seben::audio
