// SPDX-License-Identifier: Apache-2.0
// A multipart form with one file: small fields as text, the file in a temporary file that has no name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/scratch_file.h"
#include "http/message.h"

namespace seben::serve {

class Form {
 public:
  static constexpr std::size_t kLongestField = 65'536;

  /// Reads the body to its end. ApiError for what is no such form, is longer than `most_bytes` or holds a second file.
  [[nodiscard]] static Form read(Exchange& exchange, std::uint64_t most_bytes);

  /// Fields but the file, in order, as they were sent.
  [[nodiscard]] const Fields& fields() const noexcept { return fields_; }
  [[nodiscard]] bool has_file() const noexcept { return file_bytes_.has_value(); }
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_.value_or(0); }
  /// What the client calls it; for messages.
  [[nodiscard]] const std::string& file_name() const noexcept { return file_name_; }
  /// The descriptor, at the beginning, for the caller to own.
  [[nodiscard]] base::Descriptor take_file();

 private:
  Fields fields_;
  std::string file_name_;
  std::optional<std::uint64_t> file_bytes_;
  std::unique_ptr<base::ScratchFile> file_;
};

}  // namespace seben::serve
