// SPDX-License-Identifier: Apache-2.0
// Where a proof was made and whether it could be: machine, tools, room on the disk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seben::proof {

/// Name and value, in a fixed order: system, processor, cores, memory, instruction set, compiler, libraries.
struct Fact {
  std::string name, value;
};
[[nodiscard]] std::vector<Fact> environment();
[[nodiscard]] std::string environment_text(const std::vector<Fact>& facts);
[[nodiscard]] std::vector<Fact> parse_environment(std::string_view text, const std::string& source);

/// SHA-256 of the running program, "" where it cannot be read.
[[nodiscard]] std::string program_digest();
/// Now, as 2026-07-12T11:20:37Z.
[[nodiscard]] std::string utc_now();

/// Bytes free for us on the disk that `path`, or the nearest folder above it that exists, is on. Error(io).
[[nodiscard]] std::uint64_t free_bytes(const std::string& path);
/// The disk guard: Error(io) below `least`.
void guard_disk(const std::string& path, std::uint64_t least);

struct ReadyCheck {
  std::string name;  ///< "disk", "bundle", "contract", …
  std::string needed;
  std::string found;
};
[[nodiscard]] std::string preflight_text(const std::vector<ReadyCheck>& checks, std::uint64_t free,
                                         std::uint64_t least);
struct Ready {
  std::vector<ReadyCheck> checks;
  std::uint64_t free = 0, least = 0;
};
/// Error(incomplete) when a check is missing or the disk had too little room.
[[nodiscard]] Ready parse_preflight(std::string_view text, const std::string& source);

}  // namespace seben::proof
