// SPDX-License-Identifier: Apache-2.0
// In place of microphone.cc where the program is built without PortAudio.
#include "cli/microphone.h"
#include "fetch/unavailable.h"

namespace seben::cli {

std::unique_ptr<LiveSource> open_microphone(const std::string&, int) {
  throw Error(fetch::kUnavailable, "microphone",
              "a program built with PortAudio (SEBEN_PORTAUDIO), or sound from a pipe (arecord … | seben listen "
              "--input -)",
              "one without");
}

}  // namespace seben::cli
