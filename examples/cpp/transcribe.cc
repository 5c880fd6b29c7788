// SPDX-License-Identifier: Apache-2.0
// Writes the words of a recording with their times. usage: transcribe BUNDLE RECORDING
#include <seben/transcriber.h>

#include <iostream>

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: " << words[0] << " BUNDLE RECORDING\n";
    return static_cast<int>(seben::ErrorCategory::usage);
  }
  try {
    const seben::Transcriber transcriber(seben::Bundle::open(words[1]), {});
    const seben::Transcript result = transcriber.transcribe_file(words[2]);
    std::cout << result.text << '\n';
    for (const seben::Word& word : result.words) {
      std::cerr << word.start << " s to " << word.end << " s: " << word.text << '\n';
    }
  } catch (const seben::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.category());
  }
}
