// SPDX-License-Identifier: Apache-2.0
// Whisper's tokenizer: byte-level byte-pair encoding. Texts become token ids and back, as with Hugging Face's
// tokenizers and OpenAI's tiktoken, whichever the vocabulary came from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer/merges.h"
#include "text/tokenizer/parts.h"
#include "text/tokenizer/specials.h"
#include "text/tokenizer/token_table.h"

namespace seben::tokenizer {

inline constexpr std::size_t kMaxText = std::size_t{1} << 20;  ///< bytes that are encoded at once

/// Nothing that can be seen changes after loading: threads may share one.
class Tokenizer {
 public:
  /// A `tokenizer.json`, a `vocab.json` with `merges.txt` beside it, or a folder with one of the two (the first is
  /// preferred). Error(no_input) for missing files, Error(bad_data) for everything that is not such a tokenizer.
  [[nodiscard]] static Tokenizer load(const std::filesystem::path& folder_or_file);
  /// A tokenizer.json in memory; `where` starts errors.
  [[nodiscard]] static Tokenizer parse(std::string_view json, const std::string& where);
  /// The vocabulary of a ggml file and the size that its header states; see ggml.h. Error(bad_data).
  [[nodiscard]] static Tokenizer from_ggml(std::vector<std::string> tokens, std::size_t n_vocab, std::string where);

  /// The ids of `text`, which is plain text: "<|en|>" in it is six characters, unless `allow_special` has control
  /// tokens split out too. Words that were added always are, the longest at each place. Error(bad_data) for ill-formed
  /// UTF-8 and more than kMaxText bytes.
  [[nodiscard]] std::vector<std::int32_t> encode(std::string_view text, bool allow_special = false) const;
  /// The bytes of the tokens, one after another; these may be ill-formed UTF-8 where a character was cut. Control
  /// tokens, timestamps among them, are left out if `skip_special`. Error(bad_data) for ids beyond the vocabulary.
  [[nodiscard]] std::string decode(std::span<const std::int32_t> ids, bool skip_special = true) const;
  /// The same as text: U+FFFD for what is ill-formed.
  [[nodiscard]] std::string decode_text(std::span<const std::int32_t> ids, bool skip_special = true) const;

  /// The bytes of one token; for an added one its content. Error(bad_data) for an id beyond the vocabulary.
  [[nodiscard]] std::string_view bytes(std::int32_t id) const;
  /// The added token of that content.
  [[nodiscard]] std::optional<std::int32_t> find_added(std::string_view content) const noexcept;
  /// Whether it controls the model: added as special, or written `<|…|>`. False beyond the vocabulary.
  [[nodiscard]] bool is_control(std::int32_t id) const noexcept;
  /// False for an id that no token has: a gap in the numbers, or one beyond the vocabulary.
  [[nodiscard]] bool is_used(std::int32_t id) const noexcept;
  [[nodiscard]] const Specials& specials() const noexcept { return specials_; }
  /// Ids, from 0 on.
  [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }
  [[nodiscard]] const std::string& source() const noexcept { return source_; }

  /// Writes `tokenizer.json` into an existing folder, for Hugging Face's tokenizers and `load`. Error(bad_data) for a
  /// vocabulary with unused ids, which that format cannot hold; Error(io).
  void save(const std::filesystem::path& folder) const;

 private:
  explicit Tokenizer(Parts parts);
  void index_vocabulary();
  [[nodiscard]] const std::vector<char>& whole_words() const;
  void encode_plain(std::string_view text, std::vector<std::int32_t>& ids) const;
  void merge_bytes(std::string_view bytes, std::vector<std::int32_t>& symbols) const;
  [[nodiscard]] bool has(std::int32_t id, unsigned char flag) const noexcept;

  // What is known of an id.
  static constexpr unsigned char kUsed = 1, kAdded = 2, kSpecial = 4, kControl = 8;

  std::string source_;
  TokenTable table_;
  std::vector<unsigned char> flags_;
  std::vector<std::int32_t> added_;        ///< sorted by content
  std::vector<std::int32_t> added_words_;  ///< those of them that control nothing
  std::array<std::int32_t, 256> byte_ids_{};
  MergeTable merges_;
  bool whole_words_first_ = false;
  struct WholeWords {
    std::once_flag found;
    std::vector<char> is;  ///< by id
  };
  std::shared_ptr<WholeWords> words_ = std::make_shared<WholeWords>();  ///< with the first long text
  Specials specials_;
};

}  // namespace seben::tokenizer
