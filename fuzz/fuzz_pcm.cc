// SPDX-License-Identifier: Apache-2.0
// Sound from a pipe: the same samples whatever the pieces, or the same error.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/pcm_reader.h"
#include "support.h"

namespace {

using namespace seben;

struct Heard {
  std::vector<float> samples;
  std::optional<int> rate;
  std::string error;
  [[nodiscard]] bool operator==(const Heard&) const = default;
};

Heard hear(std::span<const std::byte> bytes, std::size_t piece) {
  Heard out;
  try {
    audio::PcmReader reader("fuzz");
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(piece, bytes.size()))) {
      reader.push(bytes.first(std::min(piece, bytes.size())), out.samples);
    }
    reader.finish(out.samples);
    out.rate = reader.sample_rate();
  } catch (const Error& error) {
    fuzz::require(error.category() == ErrorCategory::bad_data);
    out.error = error.what();
    out.samples.clear();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run([&] {
    if (size == 0) return;
    const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
    const Heard whole = hear(bytes, size);
    fuzz::require(whole.samples.size() * 2 <= size);
    for (const float x : whole.samples) fuzz::require(x >= -1.0F && x < 1.0F);
    fuzz::require(hear(bytes, std::size_t{1} + data[0]) == whole);
  });
}
