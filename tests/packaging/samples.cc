// SPDX-License-Identifier: Apache-2.0
// Samples of a 16 kHz mono WAV through the library, and a recording that it must refuse. usage: samples BUNDLE WAV
#include <seben/transcriber.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <vector>

int main(int count, char** words) {
  if (count != 3) return EXIT_FAILURE;
  seben::TranscriberOptions options;
  options.precision = "f32";
  const seben::Transcriber transcriber(seben::Bundle::open(words[1]), options);
  try {
    (void)transcriber.transcribe_file(words[2]);
    std::cerr << "samples: expected a refusal of " << words[2] << ", found a text\n";
    return EXIT_FAILURE;
  } catch (const seben::Error& error) {
    if (error.category() != seben::ErrorCategory::usage) {
      std::cerr << "samples: expected a usage error, found: " << error.what() << '\n';
      return EXIT_FAILURE;
    }
  }
  std::ifstream file(words[2], std::ios::binary);
  constexpr std::streamoff header = 44;
  file.seekg(header);
  std::vector<float> samples;
  for (std::int16_t value = 0; file.read(reinterpret_cast<char*>(&value), sizeof value);) {
    samples.push_back(static_cast<float>(value) / 32768.0F);
  }
  std::cout << transcriber.transcribe_samples(samples).text << '\n';
}
