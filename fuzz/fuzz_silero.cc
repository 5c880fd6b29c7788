// SPDX-License-Identifier: Apache-2.0
// A file of voice-activity weights; without its magic number, sound in pieces for invented weights.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <vector>

#include "../tests/core/audio/vad/invented_silero.h"
#include "audio/vad/silero_ranges.h"
#include "support.h"

namespace {

using namespace seben;

void read(std::span<const std::byte> bytes) {
  const auto file = generate::SileroFile::view(bytes, "fuzz");
  for (const tensor::GgmlTensor& tensor : file.tensors()) {
    fuzz::require(tensor.data.data() >= bytes.data() &&
                  tensor.data.data() + tensor.data.size() <= bytes.data() + bytes.size());
  }
  for (const tensor::GgmlTensor& tensor : file.tensors()) {
    fuzz::require(static_cast<std::int64_t>(file.floats(tensor.name, tensor.shape).size()) == tensor.elements());
  }
  (void)generate::Silero::from(file);
}

void encode(std::span<const std::uint8_t> data) {
  static const generate::Silero model = [] {
    const std::vector<std::byte> bytes = generate::test::silero_bytes();
    return generate::Silero::from(generate::SileroFile::view(bytes, "invented"));
  }();
  if (data.empty()) return;
  const std::size_t piece = std::size_t{1} + data[0] * 3U;
  std::vector<float> samples((data.size() - 1) / sizeof(float));
  if (!samples.empty()) std::memcpy(samples.data(), data.data() + 1, samples.size() * sizeof(float));
  generate::SpeechFinder finder(model);
  for (std::size_t at = 0; at < samples.size(); at += piece) {
    finder.push(std::span(samples).subspan(at, std::min(piece, samples.size() - at)));
  }
  std::int64_t end = 0;
  for (const generate::SpeechRange& range : finder.finish()) {
    fuzz::require(range.first >= end && range.end > range.first);
    end = range.end;
  }
  fuzz::require(end <= static_cast<std::int64_t>(samples.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run([&] {
    if (size >= 4 && std::memcmp(data, "lmgg", 4) == 0) {
      read(std::as_bytes(std::span(data, size)));
    } else {
      encode({data, size});
    }
  });
}
