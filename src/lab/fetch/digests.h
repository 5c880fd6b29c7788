// SPDX-License-Identifier: Apache-2.0
// What is known of a file's content before it is there, and the check when it is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace seben::fetch {

/// Empty: not known.
struct Expected {
  std::optional<std::uint64_t> bytes;
  std::string sha256;
  std::string git;  ///< SHA-1 of git's blob, as the hub names files that are not in its large storage

  [[nodiscard]] bool has_digest() const noexcept { return !sha256.empty() || !git.empty(); }
};

/// What a header says of a size: decimal digits and nothing else.
[[nodiscard]] std::optional<std::uint64_t> byte_count(std::string_view text) noexcept;

/// Bytes so far, of how many; also where an interrupt is looked for.
using ByteProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct FileDigests {
  std::uint64_t bytes = 0;
  std::string sha256, git;
};

/// Reads the whole file. Error(no_input) when it is no readable file.
[[nodiscard]] FileDigests digests_of(const std::string& path, const ByteProgress& progress = {});

/// Nothing when `found` is what was expected, else "SHA-256 …" and the like of both, as an error's two halves.
struct Mismatch {
  std::string expected, found;
};
[[nodiscard]] std::optional<Mismatch> compare(const Expected& expected, const FileDigests& found);

}  // namespace seben::fetch
