// SPDX-License-Identifier: Apache-2.0
#include "realtime/pcm.h"

namespace seben::serve {
namespace {

// ITU-T G.711: sign, three bits of exponent, four of mantissa, all inverted.
int from_mu_law(unsigned char byte) {
  const unsigned code = ~static_cast<unsigned>(byte) & 0xFFU;
  const int size = ((static_cast<int>(code & 0x0FU) << 3) + 0x84) << (code >> 4U & 7U);
  return (code & 0x80U) != 0 ? 0x84 - size : size - 0x84;
}

// The same standard: every other bit inverted, and a straight part around zero.
int from_a_law(unsigned char byte) {
  const unsigned code = static_cast<unsigned>(byte) ^ 0x55U;
  const unsigned exponent = code >> 4U & 7U;
  int size = (static_cast<int>(code & 0x0FU) << 4) + 8;
  if (exponent != 0) size = (size + 0x100) << (exponent - 1);
  return (code & 0x80U) != 0 ? size : -size;
}

}  // namespace

std::vector<float> PcmReader::read(std::string_view bytes) {
  std::vector<float> out;
  if (form_ != PcmForm::pcm16) {
    out.reserve(bytes.size());
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back(static_cast<float>(form_ == PcmForm::mu_law ? from_mu_law(byte) : from_a_law(byte)) / 32768.0F);
    }
    return out;
  }
  half_ += bytes;
  out.reserve(half_.size() / 2);
  for (std::size_t i = 0; i + 1 < half_.size(); i += 2) {
    const auto low = static_cast<unsigned char>(half_[i]), high = static_cast<unsigned char>(half_[i + 1]);
    out.push_back(static_cast<float>(static_cast<std::int16_t>(low | high << 8)) / 32768.0F);
  }
  half_.erase(0, half_.size() / 2 * 2);
  return out;
}

}  // namespace seben::serve
