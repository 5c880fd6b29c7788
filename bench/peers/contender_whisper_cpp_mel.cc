// SPDX-License-Identifier: Apache-2.0
// One contender of mel.py: whisper.cpp's log-mel of the same samples on one thread. usage: ... MODEL
// (any ggml model with 80 bins: whisper.cpp takes its filters from there).
#include <chrono>
#include <cstdio>
#include <vector>

#include "whisper.h"

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  whisper_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  whisper_context_params params = whisper_context_default_params();
  params.use_gpu = false;
  whisper_context* context = whisper_init_from_file_with_params(argv[1], params);
  if (context == nullptr) return 66;
  std::vector<float> samples(480000);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(i * 7919 % 20011) / 40022.0F - 0.25F;
  std::puts("ready");
  std::fflush(stdout);
  char line[64];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    const auto start = std::chrono::steady_clock::now();
    if (whisper_pcm_to_mel(context, samples.data(), static_cast<int>(samples.size()), 1) != 0) return 70;
    std::printf("%.6f\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    std::fflush(stdout);
  }
  whisper_free(context);
  return 0;
}
