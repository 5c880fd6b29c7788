// SPDX-License-Identifier: Apache-2.0
// Samples as live clients send them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seben::serve {

enum class PcmForm : std::uint8_t { pcm16, mu_law, a_law };

struct PcmFormat {
  PcmForm form = PcmForm::pcm16;  ///< little-endian, mono
  int rate = 24000;
  friend bool operator==(const PcmFormat&, const PcmFormat&) = default;
};

/// Bytes in pieces of any size to samples in [-1, 1]; half a sample waits for its other half.
class PcmReader {
 public:
  explicit PcmReader(PcmForm form) : form_(form) {}
  [[nodiscard]] std::vector<float> read(std::string_view bytes);

 private:
  PcmForm form_;
  std::string half_;
};

}  // namespace seben::serve
