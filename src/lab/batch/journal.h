// SPDX-License-Identifier: Apache-2.0
// What became of each of many recordings, a JSON line each, kept so that a run that was killed can go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/posix.h"

namespace seben::batch {

struct JournalEntry {
  std::string path;              ///< of the recording; any bytes
  std::uint64_t bytes = 0;       ///< how large it was
  std::int64_t modified_ns = 0;  ///< when it was changed last, since 1970
  std::string key;               ///< SHA-256 of everything else that the result depends on
  std::string output;            ///< where the result is; any bytes
  bool done = false;             ///< false: failed, and `error` says why
  int attempts = 1;
  double seconds = 0.0;        ///< that it took
  double audio_seconds = 0.0;  ///< that the recording lasts
  std::string error;

  [[nodiscard]] bool operator==(const JournalEntry&) const = default;
};

/// One line with its end.
[[nodiscard]] std::string to_line(const JournalEntry& entry);

/// Calls `entry` for each line of a journal's text, and returns how many bytes of it are whole lines: what comes after
/// them was cut by whatever ended the run. Error(bad_data), naming the line, for anything that is no journal.
std::size_t read_journal(std::string_view text, const std::string& source,
                         const std::function<void(JournalEntry)>& entry);

class Journal {
 public:
  /// Opens or makes it, for this process alone, reads it, and takes a cut last line off. Error(io) when another run
  /// has it or it cannot be written, Error(bad_data) for a file that is no journal, which stays as it is.
  explicit Journal(std::string path);

  /// What was written last of a recording; nullptr: nothing. Its `error` is not kept.
  [[nodiscard]] const JournalEntry* last(const std::string& path) const;
  /// Appends the whole line and has it on the disk before it returns. Error(io), the file without the line, when that
  /// cannot be.
  void append(const JournalEntry& entry);
  [[nodiscard]] bool was_cut() const noexcept { return was_cut_; }

 private:
  void write(std::string_view line);

  std::string path_;
  base::Descriptor file_;
  std::uint64_t size_ = 0;
  bool was_cut_ = false;
  std::unordered_map<std::string, JournalEntry> last_;
};

}  // namespace seben::batch
