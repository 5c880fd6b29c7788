// SPDX-License-Identifier: Apache-2.0
// What the classes of a CTC head mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seben::nko {

class Vocabulary {
 public:
  Vocabulary() = default;
  /// Error(bad_data) starting with `source` for an empty list, a blank or masked index that is not a class, a text that
  /// is empty, not UTF-8 or there twice.
  Vocabulary(std::vector<std::string> classes, std::int64_t blank, std::vector<std::int64_t> masked,
             const std::string& source);

  /// vocab.json: {"blank": 65, "classes": ["\u07c0", …], "masked": [59, 60]}; "masked" may be absent.
  [[nodiscard]] static Vocabulary load(const std::string& path);
  [[nodiscard]] static Vocabulary parse(std::string_view json, const std::string& source);
  /// The 66 classes of the public N'Ko heads: U+07C0..U+07FF, space and blank, with the blank last (index 65) or first
  /// (index 0, everything else shifted by one); U+07FB and U+07FC are unassigned and masked.
  [[nodiscard]] static Vocabulary nko_blank_last();
  [[nodiscard]] static Vocabulary nko_blank_first();

  [[nodiscard]] std::size_t size() const noexcept { return classes_.size(); }
  [[nodiscard]] std::int64_t blank() const noexcept { return blank_; }
  /// Class of the space, or -1.
  [[nodiscard]] std::int64_t space() const noexcept { return space_; }
  [[nodiscard]] const std::string& text(std::int64_t index) const {
    return classes_.at(static_cast<std::size_t>(index));
  }
  /// Classes that are never written.
  [[nodiscard]] const std::vector<std::int64_t>& masked() const noexcept { return masked_; }

  /// Classes of a text, longest class first; Error(bad_data) naming the first code point that no class covers. The
  /// blank and masked classes cover nothing: no output can hold them.
  [[nodiscard]] std::vector<std::int64_t> encode(std::string_view text, const std::string& source) const;
  /// Whether encode would succeed; false also for ill-formed UTF-8.
  [[nodiscard]] bool can_write(std::string_view text) const;
  [[nodiscard]] std::string to_json() const;

 private:
  /// The class with this text, or -1.
  [[nodiscard]] std::int64_t find(std::string_view text) const;
  /// The class with the longest text that `text` begins with, or -1.
  [[nodiscard]] std::int64_t find_longest(std::string_view text) const;

  std::vector<std::string> classes_;
  std::vector<std::int64_t> masked_;
  std::vector<std::int64_t> by_text_;  // classes that can be written, in the order of their texts
  std::size_t longest_ = 0;            // bytes of the longest of them
  std::int64_t blank_ = -1;
  std::int64_t space_ = -1;
};

}  // namespace seben::nko
