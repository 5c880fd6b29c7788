// SPDX-License-Identifier: Apache-2.0
// A recording of several channels as a file holds it: WAV of 16 bits, the channels in turn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace seben::test {

/// Channels of equal length.
inline std::string channels_wav(const std::vector<std::vector<float>>& channels, std::uint32_t rate = 16000) {
  std::string data;
  const auto number = [&](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) data += static_cast<char>(value >> (8 * i));
  };
  const auto count = static_cast<std::uint32_t>(channels.size());
  const auto size = static_cast<std::uint32_t>(channels[0].size() * 2 * channels.size());
  data += "RIFF";
  number(36 + size, 4);
  data += "WAVEfmt ";
  number(16, 4);
  number(1, 2);
  number(count, 2);
  number(rate, 4);
  number(rate * 2 * count, 4);
  number(2 * count, 2);
  number(16, 2);
  data += "data";
  number(size, 4);
  for (std::size_t i = 0; i < channels[0].size(); ++i) {
    for (const std::vector<float>& channel : channels) {
      number(static_cast<std::uint32_t>(static_cast<std::int32_t>(channel[i] * 32767.0F)) & 0xFFFFU, 2);
    }
  }
  return data;
}

}  // namespace seben::test
