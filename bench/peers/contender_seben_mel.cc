// SPDX-License-Identifier: Apache-2.0
// One contender of mel.py: Seben's log-mel of a full 30 s window on one core.
// Protocol as in compare.py: prints "ready", then answers every input line with the seconds that one window took.
#include <chrono>
#include <cstdio>
#include <vector>

#include "audio/log_mel.h"

int main() {
  std::vector<float> samples(seben::frontend::kWindowLength);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(i * 7919 % 20011) / 40022.0F - 0.25F;
  const seben::frontend::LogMel extractor(80);
  std::vector<float> mel(std::size_t{80} * seben::frontend::kFrames);
  std::puts("ready");
  std::fflush(stdout);
  char line[64];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    const auto start = std::chrono::steady_clock::now();
    extractor.compute(samples, mel);
    std::printf("%.6f\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    std::fflush(stdout);
  }
  return 0;
}
