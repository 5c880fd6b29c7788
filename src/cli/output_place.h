// SPDX-License-Identifier: Apache-2.0
// Asked before the work: may its result be written where it is to go?
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace seben::cli {

/// For the file of a command that also says on standard output what it did: Error(usage) for `-`, Error(io) when it
/// could not be written. Nothing is asked of an empty name.
void require_output(const std::string& flag, const std::string& path);

/// Files that are read and must not be written over, by what they are rather than by their names.
class Inputs {
 public:
  /// Recordings, or what messages are to call them; `-` is what standard input reads. Names that are no regular file
  /// are no matter.
  explicit Inputs(const std::vector<std::string>& paths, std::string what = "recording");
  /// All files of a model.
  void add_bundle(const std::string& folder);
  /// Error(usage) when `path`, where the result of `own` is to go, is one of them.
  void refuse(const std::string& path, const std::string& own) const;

 private:
  using Place = std::pair<unsigned long long, unsigned long long>;  // device and number
  static std::optional<Place> place_of(const std::string& path);    // nothing: no regular file

  std::string what_;
  std::map<Place, std::string> recordings_, bundle_;
};

/// Whether `path` is there and neither a regular file nor a folder: a pipe or a device takes one text, not two.
[[nodiscard]] bool is_special_file(const std::string& path);

}  // namespace seben::cli
