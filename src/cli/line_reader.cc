// SPDX-License-Identifier: Apache-2.0
#include "cli/line_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/format.h"
#include "base/interrupt.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

}  // namespace

LineReader::LineReader(const std::string& path, const std::string& what)
    : name_(path == "-" ? "standard input" : path), descriptor_(path == "-" ? STDIN_FILENO : -1) {
  while (descriptor_ < 0) {  // opening a named pipe waits for its writer
    base::throw_if_interrupted();
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0 && errno != EINTR) throw Error(ErrorCategory::no_input, path, what, "no readable file");
  }
}

LineReader::~LineReader() {
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

bool LineReader::fill() {
  if (ended_) return false;
  waiting_.erase(0, at_);
  at_ = 0;
  const std::size_t before = waiting_.size();
  waiting_.resize(before + kPiece);
  ssize_t count = -1;
  do {
    base::throw_if_interrupted();
    count = ::read(descriptor_, waiting_.data() + before, kPiece);
  } while (count < 0 && errno == EINTR);
  waiting_.resize(before + (count > 0 ? static_cast<std::size_t>(count) : 0));
  if (count < 0) throw Error(ErrorCategory::io, where(), "to be read", "a failed read");
  ended_ = count == 0;
  return !ended_;
}

// How long the line is that begins in what waits; it is not kept.
std::size_t LineReader::rest_of_line() {
  std::size_t length = 0;
  for (;;) {
    const std::size_t end = waiting_.find('\n', at_);
    length += (end == std::string::npos ? waiting_.size() : end) - at_;
    at_ = waiting_.size();
    if (end != std::string::npos || !fill()) return length;
  }
}

bool LineReader::next(std::string& line, std::size_t most) {
  ++number_;
  std::size_t end = waiting_.find('\n', at_);
  while (end == std::string::npos && waiting_.size() - at_ <= most) {
    const std::size_t searched = waiting_.size() - at_;
    if (!fill()) break;
    end = waiting_.find('\n', searched);
  }
  const bool last = end == std::string::npos;
  if (last && at_ == waiting_.size()) {
    --number_;
    return false;
  }
  if ((last ? waiting_.size() : end) - at_ > most) {
    throw Error(ErrorCategory::bad_data, where(), base::format("at most {} bytes", most),
                std::to_string(rest_of_line()));
  }
  line = waiting_.substr(at_, last ? std::string::npos : end - at_);
  if (line.ends_with('\r')) line.pop_back();
  at_ = last ? waiting_.size() : end + 1;
  return true;
}

std::string LineReader::where() const { return base::format("{}: line {}", name_, number_); }

}  // namespace seben::cli
