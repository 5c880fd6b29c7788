// SPDX-License-Identifier: Apache-2.0
// Texts that somebody wants to find in a recording, against a few frames: words come out in order, each whole or not.
#include "engine/align_words.h"
#include "engine/alignment_writers.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  static const nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  return fuzz::run([&] {
    const std::string text(fuzz::text(data, size));
    const pipeline::AlignText words(text, "fuzz", vocabulary);
    pipeline::RecordingFrames frames(vocabulary);
    const auto classes = static_cast<std::int64_t>(vocabulary.size());
    ctc::LogProbs heard{std::vector<float>(12 * vocabulary.size(), -6.0F), 12, classes};
    for (std::size_t t = 0; t < 12; ++t) {  // the text's own bytes say which class each frame shows
      heard.values[t * vocabulary.size() + data[t % size] % vocabulary.size()] = -0.1F;
    }
    frames.add(heard.view(), 0);
    AlignOptions options;
    options.reach = data[0] % 4;
    const Alignment found = pipeline::align_words(words, frames.view(), vocabulary, {12.5, 0.96}, options);
    fuzz::require(found.words.size() == words.words().size());
    double last = 0.0;
    for (const AlignedWord& word : found.words) {
      if (!word.spoken) continue;
      fuzz::require(word.start >= last && word.end >= word.start && word.confidence <= 1.0);
      last = word.end;
    }
    for (const auto format : {pipeline::Format::txt, pipeline::Format::json, pipeline::Format::vtt}) {
      fuzz::require(!pipeline::write_alignment(found, format, "fuzz").empty());
    }
  });
}
