// SPDX-License-Identifier: Apache-2.0
// Lines of a file, a pipe or standard input, one at a time; a signal ends the waiting for the next.
#pragma once

#include <cstddef>
#include <string>

namespace seben::cli {

class LineReader {
 public:
  /// `path` "-" is standard input. Error(no_input) says that `what` was expected.
  LineReader(const std::string& path, const std::string& what);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  /// The next line without its end (\n or \r\n) into `line`; false after the last. Error(io) when reading fails,
  /// Error(bad_data) for a line of more than `most` bytes.
  [[nodiscard]] bool next(std::string& line, std::size_t most);
  /// "talk.txt: line 3", of the line that `next` gave.
  [[nodiscard]] std::string where() const;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::size_t number() const noexcept { return number_; }

 private:
  [[nodiscard]] bool fill();
  [[nodiscard]] std::size_t rest_of_line();

  std::string name_, waiting_;
  std::size_t at_ = 0;
  std::size_t number_ = 0;
  int descriptor_ = -1;
  bool ended_ = false;
};

}  // namespace seben::cli
