// SPDX-License-Identifier: Apache-2.0
// A seeded random bundle whose shapes are those of the product (3000 mel frames, 1500 features) at a tiny width.
#pragma once

#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "import/import.h"
#include "support/tiny_model.h"

namespace seben::test {

inline TinySizes product_sizes() {
  TinySizes sizes;
  sizes.positions = 1500;
  sizes.layers = 1;
  sizes.head_stride = 2;
  return sizes;
}

/// Imports it to `dir`/bundle and returns that path.
inline std::string make_tiny_bundle(const TempDir& dir) {
  const bundle::ImportOptions options = write_tiny_sources(dir, product_sizes());
  bundle::import_bundle(options);
  return options.out;
}

/// Bursts of tones, so that there is something to hear.
inline std::vector<float> bursts(double seconds) {
  std::vector<float> out(static_cast<std::size_t>(seconds * 16000));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double t = static_cast<double>(i) / 16000.0;
    const double pitch = 150.0 + 40.0 * std::floor(t * 3.0);
    out[i] =
        std::fmod(t, 1.0) < 0.6 ? static_cast<float>(0.3 * std::sin(6.283185307 * std::fmod(pitch, 900.0) * t)) : 0.0F;
  }
  return out;
}

/// Writes `samples` to `path`, perhaps a named pipe, as Sun audio (16-bit, 16 kHz, mono) that does not say its length.
inline void write_endless_au(const std::string& path, const std::vector<float>& samples) {
  // Magic, offset of the samples, size unknown, 16-bit linear, 16 kHz, mono.
  const unsigned char header[] = {'.', 's', 'n', 'd', 0, 0, 0,    24,   0xFF, 0xFF, 0xFF, 0xFF,
                                  0,   0,   0,   3,   0, 0, 0x3E, 0x80, 0,    0,    0,    1};
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(header), sizeof header);
  for (const float x : samples) {
    const auto value = static_cast<std::uint16_t>(static_cast<std::int16_t>(x * 32767.0F));
    out.put(static_cast<char>(value >> 8)).put(static_cast<char>(value & 0xFF));
  }
}

}  // namespace seben::test
