// SPDX-License-Identifier: Apache-2.0
// What every target here asserts: arbitrary bytes either parse or are one seben::Error of category bad data whose
// message is one line. Anything else (another exception, another category, a sanitizer) ends the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "seben/error.h"

namespace seben::fuzz {

template <class Action>
int run(Action action) {
  try {
    action();
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_data) std::abort();
    if (std::string_view(error.what()).find('\n') != std::string_view::npos) std::abort();
  }
  return 0;
}

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace seben::fuzz
