// SPDX-License-Identifier: Apache-2.0
// A recording as a file holds it: 16-bit mono WAV at 16 kHz.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace seben::test {

inline std::string wav(const std::vector<float>& samples) {
  std::string data;
  const auto number = [&](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) data += static_cast<char>(value >> (8 * i));
  };
  const auto size = static_cast<std::uint32_t>(samples.size() * 2);
  data += "RIFF";
  number(36 + size, 4);
  data += "WAVEfmt ";
  number(16, 4);
  number(1, 2);
  number(1, 2);
  number(16000, 4);
  number(32000, 4);
  number(2, 2);
  number(16, 2);
  data += "data";
  number(size, 4);
  for (const float x : samples)
    number(static_cast<std::uint32_t>(static_cast<std::int32_t>(x * 32767.0F)) & 0xFFFFU, 2);
  return data;
}

}  // namespace seben::test
