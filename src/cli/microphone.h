// SPDX-License-Identifier: Apache-2.0
// A microphone of this machine, by PortAudio where the program was built with it (SEBEN_PORTAUDIO).
#pragma once

#include <memory>
#include <string>

#include "cli/live_source.h"

namespace seben::cli {

/// `name`: part of the device's name, or nothing for the default one; `rate` 0: 16 kHz, or the device's own where it
/// has no such. Exit code 69 without PortAudio, and without a device that records (its line names those that do).
[[nodiscard]] std::unique_ptr<LiveSource> open_microphone(const std::string& name, int rate);

}  // namespace seben::cli
