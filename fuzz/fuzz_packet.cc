// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as a feature packet, in one piece and in two. A packet that is one restores the same either way.
#include <algorithm>
#include <vector>

#include "codecs/packet.h"
#include "support.h"

namespace {

std::vector<float> unpack(std::span<const std::byte> bytes, std::size_t cut) {
  std::vector<float> out;
  seben::quant::PacketReader reader(
      {{}, [&](std::span<const float> f) { out.insert(out.end(), f.begin(), f.end()); }, {}}, "fuzz.spkt");
  reader.push(bytes.first(cut));
  reader.push(bytes.subspan(cut));
  reader.finish();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return seben::fuzz::run([&] {
    const auto bytes = std::as_bytes(std::span(data, size));
    const std::vector<float> whole = unpack(bytes, size), halves = unpack(bytes, size / 2);
    seben::fuzz::require(std::equal(whole.begin(), whole.end(), halves.begin(), halves.end(),
                                    [](float a, float b) { return a == b || (a != a && b != b); }));
  });
}
