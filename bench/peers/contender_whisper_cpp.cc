// SPDX-License-Identifier: Apache-2.0
// One contender of compare.py: whisper.cpp's encoder. usage: contender_whisper_cpp MODEL THREADS FLASH(0|1)
// Protocol: prints "ready", then answers every input line with the seconds that one encoder pass took.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "whisper.h"

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  whisper_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  whisper_context_params params = whisper_context_default_params();
  params.use_gpu = false;
  params.flash_attn = std::atoi(argv[3]) != 0;
  whisper_context* context = whisper_init_from_file_with_params(argv[1], params);
  if (context == nullptr) return 66;
  const int mels = whisper_model_n_mels(context);
  std::vector<float> mel(static_cast<std::size_t>(mels) * 3000);
  for (std::size_t i = 0; i < mel.size(); ++i) mel[i] = static_cast<float>((i * 7919) % 1000) / 500.0F - 1.0F;
  if (whisper_set_mel(context, mel.data(), 3000, mels) != 0) return 70;
  std::puts("ready");
  std::fflush(stdout);
  char line[64];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    const auto start = std::chrono::steady_clock::now();
    if (whisper_encode(context, 0, std::atoi(argv[2])) != 0) return 70;
    std::printf("%.6f\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    std::fflush(stdout);
  }
  whisper_free(context);
  return 0;
}
