// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/word_sequences.h"
#include "engine/word_list.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  static const nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  return fuzz::run([&] {
    const auto words = pipeline::WordList::parse(fuzz::text(data, size), "fuzz", vocabulary);
    fuzz::require(!words.entries().empty() && words.trie().entries() == words.entries().size());
    for (std::size_t e = 0; e < words.entries().size(); ++e) {
      const auto& entry = words.entries()[e];
      fuzz::require(words.find(entry.text, vocabulary) == e);
      for (const ctc::Labels& spelling : entry.spellings) fuzz::require(words.trie().find(spelling) == e);
    }
    ctc::LogProbs flat{std::vector<float>(3 * vocabulary.size(), -4.0F), 3,
                       static_cast<std::int64_t>(vocabulary.size())};
    fuzz::require(ctc::word_scores(flat.view(), words.trie(), vocabulary.blank()).size() == words.entries().size());
    (void)ctc::word_sequences(flat.view(), words.trie(), vocabulary.blank(), 8, 8);
  });
}
