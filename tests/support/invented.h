// SPDX-License-Identifier: Apache-2.0
// Numbers without order that Python invents alike (tools/fixtures/make_generate.py).
#pragma once

#include <cstdint>

namespace seben::generate::test {

/// In [-1, 1).
inline float mixed(std::uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7FEB352DU;
  x = (x ^ (x >> 15)) * 0x846CA68BU;
  x ^= x >> 16;
  return static_cast<float>(x >> 8) * 0x1p-23F - 1.0F;
}

}  // namespace seben::generate::test
