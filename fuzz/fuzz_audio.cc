// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as a recording, from a seekable source and from a pipe. FFmpeg itself is not instrumented: what is
// looked for here is how this side handles whatever FFmpeg makes of the bytes, and hangs and leaks.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "audio/decoder.h"
#include "seben/error.h"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  seben::audio::configure_ffmpeg_for_this_process();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int kMostReads = 40;  // 40 s of sound are enough
  if (size == 0) return 0;
  const bool seekable = (data[size - 1] & 1) == 0;
  try {
    auto decoder = seben::audio::AudioDecoder::open(
        seben::audio::memory_byte_source(std::vector<std::uint8_t>(data, data + size), "fuzz", seekable));
    std::vector<float> block(seben::audio::kSampleRate);
    for (int reads = 0; reads < kMostReads; ++reads) {
      const std::size_t got = decoder.read(block);
      for (std::size_t i = 0; i < got; ++i) {
        if (!(block[i] >= -1.0F && block[i] < 1.0F)) __builtin_trap();
      }
      if (got < block.size()) break;
    }
  } catch (const seben::Error& error) {
    if (error.category() == seben::ErrorCategory::internal) __builtin_trap();
  }
  return 0;
}
