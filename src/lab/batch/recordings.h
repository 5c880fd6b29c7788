// SPDX-License-Identifier: Apache-2.0
// Which recordings many are: those of folders, of a list, and files by their names.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace seben::batch {

inline constexpr std::size_t kMostRecordings = 1'000'000;

struct NamedRecording {
  std::string path;
  std::string name;  ///< below an output folder: the file's name, in a folder the way to it from there
};

/// Lines of paths; empty ones and those that begin with # are passed over. Error(bad_data) for a line above 4,096
/// bytes, with a zero byte, and for more than kMostRecordings.
[[nodiscard]] std::vector<std::string> parse_list(std::string_view text, const std::string& source);
/// parse_list of a file of at most 1 GB.
[[nodiscard]] std::vector<std::string> read_list(const std::string& path);

/// The recordings of a folder and the folders in it, by name in the order of bytes: files whose names end as those of
/// sound and video do. Hidden ones, and folders that are links, are passed over. Error(no_input) when it cannot be read
/// or has none.
[[nodiscard]] std::vector<NamedRecording> recordings_in(const std::string& folder);

/// Folders are replaced by what is in them; the order of the others stays. Error(usage) for a file that is named twice.
[[nodiscard]] std::vector<NamedRecording> expand(const std::vector<std::string>& paths);

}  // namespace seben::batch
