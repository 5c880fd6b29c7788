// SPDX-License-Identifier: Apache-2.0
// One contender of text.py, and one side of tools/oracles/whisper_cpp_parity.py: whisper.cpp's text of one window.
// usage: contender_text_whisper_cpp MODEL THREADS FLASH(0|1); built like contender_whisper_cpp.cc
// (docs/performance.md). Prints "ready SECONDS", then answers lines "FILE TOKENS TIMESTAMPS", FILE holding 16 kHz
// samples as f32:
//   SECONDS_ALL SECONDS_STEPS PEAK_BYTES TOKEN TOKEN …
// TOKENS > 0: so many tokens, <|endoftext|> forbidden; 0: until it ends. Greedy, temperature 0, no fallback, the first
// window only. SECONDS_STEPS is the time from the scores of the first token to those of the last.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "whisper.h"

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

long long peak_resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

struct Seen {
  whisper_context* context = nullptr;
  int forced = 0;
  int windows = 0;
  double first = 0.0, last = 0.0;
  std::vector<whisper_token> tokens;  // before the newest
};

// Called with the scores of every step, before they are normalised.
void on_logits(whisper_context*, whisper_state*, const whisper_token_data* tokens, int count, float* logits,
               void* data) {
  auto& seen = *static_cast<Seen*>(data);
  seen.last = now();
  if (count == 0) seen.first = seen.last;
  if (seen.windows > 1) return;
  seen.tokens.clear();
  for (int i = 0; i < count; ++i) seen.tokens.push_back(tokens[i].id);
  if (seen.forced > 0) logits[whisper_token_eot(seen.context)] = -INFINITY;
}

bool on_window(whisper_context*, whisper_state*, void* data) { return ++static_cast<Seen*>(data)->windows == 1; }

std::vector<float> read_samples(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  std::vector<float> out(bytes.size() / sizeof(float));
  std::char_traits<char>::copy(reinterpret_cast<char*>(out.data()), bytes.data(), out.size() * sizeof(float));
  return out;
}

int answer(whisper_context* context, int threads, const std::string& line) {
  std::istringstream words(line);
  std::string path;
  Seen seen;
  int timestamps = 0;
  if (!(words >> path >> seen.forced >> timestamps)) return 64;
  const std::vector<float> samples = read_samples(path);
  seen.context = context;
  whisper_full_params params = whisper_full_default_params(WHISPER_SAMPLING_GREEDY);
  params.n_threads = threads;
  params.language = "en";
  params.no_timestamps = timestamps == 0;
  params.no_context = true;
  params.temperature = 0.0F;
  params.temperature_inc = 0.0F;
  params.no_speech_thold = 2.0F;  // never
  params.greedy.best_of = 1;
  params.max_tokens = seen.forced > 0 ? seen.forced - 1 : 0;  // it ends after one more
  params.print_progress = params.print_realtime = params.print_timestamps = false;
  params.logits_filter_callback = on_logits;
  params.logits_filter_callback_user_data = &seen;
  params.encoder_begin_callback = on_window;
  params.encoder_begin_callback_user_data = &seen;
  const double start = now();
  if (whisper_full(context, params, samples.data(), static_cast<int>(samples.size())) != 0) return 70;
  const double all = now() - start;
  std::printf("%.6f %.6f %lld", all, seen.last - seen.first, peak_resident_bytes());
  for (const whisper_token id : seen.tokens) std::printf(" %d", id);
  // The newest token was chosen after the last call: it is in the result unless the text was cut before it.
  if (timestamps == 0) {
    std::vector<whisper_token> all_tokens;
    for (int s = 0; s < whisper_full_n_segments(context); ++s) {
      for (int i = 0; i < whisper_full_n_tokens(context, s); ++i) {
        all_tokens.push_back(whisper_full_get_token_id(context, s, i));
      }
    }
    for (std::size_t i = seen.tokens.size(); i < all_tokens.size(); ++i) std::printf(" %d", all_tokens[i]);
  }
  std::printf("\n");
  std::fflush(stdout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  whisper_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  const double start = now();
  whisper_context_params params = whisper_context_default_params();
  params.use_gpu = false;
  params.flash_attn = std::stoi(argv[3]) != 0;
  whisper_context* context = whisper_init_from_file_with_params(argv[1], params);
  if (context == nullptr) return 66;
  std::printf("ready %.6f\n", now() - start);
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    if (const int status = answer(context, std::stoi(argv[2]), line); status != 0) return status;
  }
  whisper_free(context);
  return 0;
}
