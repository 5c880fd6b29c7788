// SPDX-License-Identifier: Apache-2.0
// One contender of compare.py: Seben's encoder. usage: contender_seben HF_FOLDER f32|bf16|int8 THREADS [LOADS]
// Protocol: prints "ready", then answers every input line with the seconds that one encoder pass took. Standard error
// gets the seconds of loading and the memory. With LOADS, the weights are loaded so many times: from the second on, the
// memory that they go to is already the machine's own (see load.py).
#include <sys/resource.h>

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "model/whisper/encoder.h"
#include "seben/error.h"

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

int run(const std::string& folder, const std::string& precision_word, int threads, int loads) {
  using namespace seben;
  const auto precision = kernels::parse_precision(precision_word);
  if (!precision) return 64;
  const double start = now();
  const auto weights = tensor::open_weights(folder);
  const auto config = whisper::EncoderConfig::load(folder + "/config.json");
  const double opened = now();
  const whisper::LoadOptions options{*precision, threads, {}};
  for (int i = 1; i < loads; ++i) {
    const double before = now();
    (void)whisper::Encoder::load(*weights, config, options);
    std::cerr << precision_word << ": load " << i << ": " << now() - before << " s" << std::endl;
  }
  const double last = now();
  const auto encoder = whisper::Encoder::load(*weights, config, options);
  auto workspace = encoder.make_workspace(threads);
  const double loaded = now();
  std::vector<float> mel(static_cast<std::size_t>(config.mel_size()));
  std::vector<float> features(static_cast<std::size_t>(config.feature_size()));
  for (std::size_t i = 0; i < mel.size(); ++i) mel[i] = static_cast<float>((i * 7919) % 1000) / 500.0F - 1.0F;
  std::cerr << precision_word << ": open " << 1e3 * (opened - start) << " ms, load " << loaded - last << " s"
            << std::endl;
  std::cout << "ready" << std::endl;
  std::string line;
  bool first = true;
  while (std::getline(std::cin, line)) {
    const double before = now();
    encoder.run(mel, features, workspace);
    const double after = now();
    std::cout << after - before << std::endl;
    if (first) {
      rusage usage{};
      getrusage(RUSAGE_SELF, &usage);
      std::cerr << precision_word << ": first result after " << after - start << " s, weights "
                << static_cast<double>(encoder.weight_bytes()) / 1e6 << " MB, peak resident "
                << static_cast<double>(usage.ru_maxrss) / 1e3 << " MB" << std::endl;
      first = false;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) return 64;
  try {
    return run(argv[1], argv[2], std::stoi(argv[3]), argc == 5 ? std::stoi(argv[4]) : 1);
  } catch (const seben::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.category());
  }
}
