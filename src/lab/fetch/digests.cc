// SPDX-License-Identifier: Apache-2.0
#include "fetch/digests.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <span>
#include <system_error>

#include "base/file.h"
#include "base/format.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "fetch/sha1.h"

namespace seben::fetch {

std::optional<std::uint64_t> byte_count(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

FileDigests digests_of(const std::string& path, const ByteProgress& progress) {
  constexpr std::size_t step = std::size_t{4} << 20;
  const base::MappedFile file = base::MappedFile::open(path);
  file.advise_sequential();
  FileDigests digests;
  digests.bytes = file.size();
  base::Sha256 sha256;
  Sha1 git;
  git.update(base::format("blob {}", file.size()) + '\0');
  for (std::size_t at = 0; at < file.size(); at += step) {
    base::throw_if_interrupted();
    const std::span<const std::byte> piece = file.bytes().subspan(at, std::min(step, file.size() - at));
    sha256.update(piece);
    git.update(piece);
    file.release(at, piece.size());
    if (progress) progress(at + piece.size(), file.size());
  }
  digests.sha256 = sha256.finish_hex();
  digests.git = git.finish_hex();
  return digests;
}

std::optional<Mismatch> compare(const Expected& expected, const FileDigests& found) {
  if (expected.bytes && *expected.bytes != found.bytes) {
    return Mismatch{base::format("{} bytes", *expected.bytes), base::format("{}", found.bytes)};
  }
  if (!expected.sha256.empty() && expected.sha256 != found.sha256) {
    return Mismatch{"SHA-256 " + expected.sha256, found.sha256};
  }
  if (!expected.git.empty() && expected.git != found.git) return Mismatch{"git blob " + expected.git, found.git};
  return std::nullopt;
}

}  // namespace seben::fetch
