// SPDX-License-Identifier: Apache-2.0
// The file of a forced choice: what may be said, an entry a line, in N'Ko or in Latin Bambara (docs/words.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decode/ctc/word_trie.h"
#include "text/nko/vocabulary.h"

namespace seben::pipeline {

class WordList {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
  static constexpr std::size_t kMaxEntries = 50'000;
  static constexpr std::size_t kMaxLetters = 200;   ///< of a spelling
  static constexpr std::size_t kMaxSpellings = 20;  ///< of an entry

  struct Entry {
    std::string text;                    ///< its first spelling, normalised
    ctc::Labels labels;                  ///< of the text, with what counts for nothing
    std::vector<ctc::Labels> spellings;  ///< letters alone, the text's first
  };

  /// One entry a line, spellings of it parted by '/'; empty lines and lines that start with '#' are passed over.
  /// Error(bad_data) names the line.
  [[nodiscard]] static WordList load(const std::string& path, const nko::Vocabulary& vocabulary);
  [[nodiscard]] static WordList parse(std::string_view text, const std::string& source,
                                      const nko::Vocabulary& vocabulary);

  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] const ctc::WordTrie& trie() const noexcept { return trie_; }
  /// Classes that count for nothing: the space, and tone marks where no two entries differ in them alone.
  [[nodiscard]] const std::vector<std::int64_t>& dropped() const noexcept { return dropped_; }
  [[nodiscard]] bool drops(std::int64_t label) const noexcept;
  /// `labels` without what counts for nothing.
  [[nodiscard]] ctc::Labels letters_of(const ctc::Labels& labels) const;
  /// The entry that is spelled so, or ctc::WordTrie::kNone; also for a text that the vocabulary cannot write.
  [[nodiscard]] std::uint32_t find(const std::string& text, const nko::Vocabulary& vocabulary) const;

 private:
  std::vector<Entry> entries_;
  ctc::WordTrie trie_;
  std::vector<std::int64_t> dropped_;
};

}  // namespace seben::pipeline
