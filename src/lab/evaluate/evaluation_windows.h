// SPDX-License-Identifier: Apache-2.0
// A recording as windows, for measurements that must not stop after its first.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "audio/windows.h"

namespace seben::pipeline {

/// Calls `window` for each window of a recording, in order; neighbours share `overlap` samples. Returns how many there
/// were: none of a recording without samples. Errors of AudioDecoder.
std::size_t for_each_window(const std::string& recording, std::size_t overlap,
                            const std::function<void(const audio::Window&)>& window);

/// The samples of a recording that one window holds, for what must not keep more; no padding. Error(bad_data) for a
/// longer one, which has to be cut beforehand.
[[nodiscard]] std::vector<float> read_one_window(const std::string& recording);

}  // namespace seben::pipeline
