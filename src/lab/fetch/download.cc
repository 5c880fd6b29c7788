// SPDX-License-Identifier: Apache-2.0
#include "fetch/download.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/bad_data.h"
#include "base/format.h"
#include "base/posix.h"

namespace seben::fetch {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 30;  // of a file whose size nobody states

struct Range {
  std::uint64_t begin = 0;
  std::optional<std::uint64_t> whole;  // "*" is none
};

// "bytes 200-999/1000"
std::optional<Range> content_range(std::string_view text) {
  constexpr std::string_view unit = "bytes ";
  const std::size_t dash = text.find('-'), slash = text.find('/');
  if (!text.starts_with(unit) || dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) {
    return std::nullopt;
  }
  const std::optional<std::uint64_t> begin = byte_count(text.substr(unit.size(), dash - unit.size()));
  const std::string_view whole = text.substr(slash + 1);
  if (!begin || (whole != "*" && !byte_count(whole))) return std::nullopt;
  return Range{*begin, byte_count(whole)};
}

// The file that grows.
class Growing {
 public:
  explicit Growing(std::string path) : path_(std::move(path)) {
    std::error_code failed;
    std::filesystem::create_directories(base::folder_of(path_), failed);
    file_ = base::Descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    struct stat about {};
    if (!file_ || ::fstat(file_.get(), &about) != 0) fail("a file that can be written", base::reason(errno));
    if (!S_ISREG(about.st_mode)) fail("a regular file", base::kind_of(about.st_mode));
    size_ = static_cast<std::uint64_t>(about.st_size);
  }

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  void clear() {
    if (::ftruncate(file_.get(), 0) != 0) fail("to be emptied", base::reason(errno));
    size_ = 0;
  }

  void remove() noexcept { (void)::unlink(path_.c_str()); }

  void append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t done = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) fail("to be written", base::reason(errno));
      size_ += static_cast<std::uint64_t>(done);
      bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
  }

  void require_room(std::uint64_t whole) const {
    struct statvfs disk {};
    if (::fstatvfs(file_.get(), &disk) != 0 || whole <= size_) return;
    const std::uint64_t room = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    if (room < whole - size_) {
      fail(base::format("{} bytes free on its disk", whole - size_), base::format("{}", room));
    }
  }

  void publish(const std::string& place) {
    if (::fsync(file_.get()) != 0) fail("to be written", base::reason(errno));
    if (std::rename(path_.c_str(), place.c_str()) != 0) {
      throw Error(ErrorCategory::io, place, "to be given its name", base::reason(errno));
    }
    base::sync_folder(base::folder_of(place));
  }

 private:
  [[noreturn]] void fail(std::string expected, std::string found) const {
    throw Error(ErrorCategory::io, path_, std::move(expected), std::move(found));
  }

  std::string path_;
  base::Descriptor file_;
  std::uint64_t size_ = 0;
};

class Fetching {
 public:
  Fetching(HttpClient& client, const Download& what, const DownloadHooks& hooks)
      : client_(client),
        what_(what),
        hooks_(hooks),
        file_(what.incomplete),
        whole_(what.expected.bytes),
        may_go_on_(what.expected.has_digest() || !what.validator.empty()) {}

  FileDigests run() {
    if (!may_go_on_ || (whole_ && file_.size() > *whole_)) file_.clear();
    pieced_ = file_.size() > 0;
    while (true) {
      bring();
      FileDigests found = digests_of(what_.incomplete, hooks_.checked);
      const std::optional<Mismatch> wrong = compare(what_.expected, found);
      if (!wrong) {
        file_.publish(what_.place);
        return found;
      }
      file_.clear();
      if (!pieced_) {
        file_.remove();
        base::bad_data(what_.where, wrong->expected, wrong->found);
      }
      pieced_ = ranges_ = false;  // the pieces may have been to blame: once more as a whole
    }
  }

 private:
  void bring() {
    if (whole_) file_.require_room(*whole_);
    client_.trying([&] { bring_once(); }, [&] { return file_.size(); });
  }

  void bring_once() {
    if (whole_ && file_.size() == *whole_) return;
    std::vector<std::string> headers;
    if (file_.size() > 0 && ranges_ && may_go_on_) {
      headers.push_back(base::format("Range: bytes={}-", file_.size()));
      if (!what_.validator.empty()) headers.push_back("If-Range: " + what_.validator);
    } else {
      file_.clear();
    }
    bool again = false;
    const auto on_head = [&](const HttpResponse& response) { again = !begin(response); };
    client_.get(what_.url, headers, on_head, [&](std::span<const std::byte> bytes) {
      if (!again) take(bytes);
      return !again;
    });
    const Error cut(kUnavailable, what_.where, base::format("{} bytes", whole_.value_or(0)),
                    base::format("{} so far", file_.size()));
    if (again || (whole_ && file_.size() < *whole_)) throw Passing(cut, 0.0);
  }

  // False: what comes is not the part that was asked for, and the file is to be brought from its beginning.
  bool begin(const HttpResponse& response) {
    if (response.status == 200) {
      if (file_.size() > 0) file_.clear();  // no ranges there, or another file by now
      const std::string length = response.header("content-length");
      learn(length.empty() ? std::nullopt : byte_count(length), "Content-Length");
      return true;
    }
    const std::optional<Range> range = content_range(response.header("content-range"));
    const bool fits = response.status == 206 && range && range->begin == file_.size();
    if (fits) {
      learn(range->whole, "Content-Range");
      pieced_ = true;
      return true;
    }
    if (!ranges_) base::bad_data(what_.where, "the whole file", base::format("status {}", response.status));
    ranges_ = false;
    return false;
  }

  void learn(std::optional<std::uint64_t> whole, const char* name) {
    if (!whole) return;
    if (whole_ && *whole != *whole_) {
      base::bad_data(what_.where, base::format("{} bytes", *whole_), base::format("{} by {}", *whole, name));
    }
    if (!whole_) file_.require_room(*whole);
    whole_ = whole;
  }

  void take(std::span<const std::byte> bytes) {
    const std::uint64_t most = whole_.value_or(kMostBytes);
    if (bytes.size() > most - file_.size()) {
      file_.remove();
      base::bad_data(what_.where, base::format("at most {} bytes", most), "more");
    }
    file_.append(bytes);
    if (hooks_.bytes) hooks_.bytes(file_.size(), whole_.value_or(0));
  }

  HttpClient& client_;
  const Download& what_;
  const DownloadHooks& hooks_;
  Growing file_;
  std::optional<std::uint64_t> whole_;
  bool may_go_on_;       // pieces of different times are told apart from the whole
  bool ranges_ = true;   // until the server has answered one wrongly
  bool pieced_ = false;  // not from one answer
};

}  // namespace

FileDigests download(HttpClient& client, const Download& what, const DownloadHooks& hooks) {
  return Fetching(client, what, hooks).run();
}

}  // namespace seben::fetch
