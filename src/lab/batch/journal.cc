// SPDX-License-Identifier: Apache-2.0
#include "batch/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "seben/error.h"

namespace seben::batch {
namespace {

// A journal begins with it, so that no other file is ever taken for one and cut.
constexpr std::string_view kHeader = "{\"seben_journal\":1}\n";
constexpr std::size_t kMaxLineBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxErrorBytes = 4096;
constexpr const char* kHexDigits = "0123456789abcdef";

// Names of files need not be UTF-8, JSON must be: then their bytes are written in hexadecimal digits instead.
void put_name(nlohmann::ordered_json& json, const std::string& key, const std::string& name) {
  if (base::well_formed_prefix(name) == name.size()) {
    json[key] = name;
    return;
  }
  std::string hex;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kHexDigits[byte >> 4U];
    hex += kHexDigits[byte & 15U];
  }
  json[key + "_hex"] = hex;
}

std::string name_of(const base::JsonReader& json, const std::string& key) {
  if (json.has(key)) return json.string(key);
  const std::string field = key + "_hex", hex = json.string(field);
  std::string out;
  const std::string_view digits = kHexDigits;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const std::size_t high = digits.find(hex[i]), low = digits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) json.fail(field, "hexadecimal digits", hex);
    out += static_cast<char>(high << 4U | low);
  }
  if (hex.size() % 2 != 0) json.fail(field, "pairs of hexadecimal digits", hex);
  return out;
}

double seconds_of(const base::JsonReader& json, const char* key) {
  const double value = json.number(key);
  if (!(value >= 0.0)) json.fail(key, "seconds, 0 or more", base::format("{}", value));
  return value;
}

JournalEntry parse_entry(std::string_view line, const std::string& where) {
  const nlohmann::json parsed = base::parse_json(line, where, {kMaxLineBytes, 2, 64});
  const base::JsonReader json(parsed, where);
  JournalEntry out;
  out.path = name_of(json, "path");
  out.bytes = static_cast<std::uint64_t>(json.integer("bytes", 0, std::numeric_limits<std::int64_t>::max()));
  out.modified_ns =
      json.integer("modified_ns", std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
  out.key = json.string("key");
  if (!base::is_sha256_hex(out.key)) json.fail("key", "64 hexadecimal digits", out.key);
  const std::string status = json.string("status");
  if (status != "done" && status != "failed") json.fail("status", "done or failed", status);
  out.done = status == "done";
  out.attempts = static_cast<int>(json.integer("attempts", 1, 1000));
  out.seconds = seconds_of(json, "seconds");
  out.audio_seconds = seconds_of(json, "audio_seconds");
  out.output = name_of(json, "output");
  out.error = json.string_or("error", "");
  return out;
}

[[noreturn]] void fail_to(const std::string& path, const char* expected, int error) {
  throw Error(ErrorCategory::io, path, expected, base::reason(error));
}

}  // namespace

std::string to_line(const JournalEntry& entry) {
  nlohmann::ordered_json json;
  put_name(json, "path", entry.path);
  json["status"] = entry.done ? "done" : "failed";
  json["seconds"] = std::round(entry.seconds * 1e3) / 1e3;
  json["audio_seconds"] = std::round(entry.audio_seconds * 1e3) / 1e3;
  json["attempts"] = entry.attempts;
  put_name(json, "output", entry.output);
  if (!entry.done) json["error"] = entry.error.substr(0, kMaxErrorBytes);
  json["bytes"] = entry.bytes;
  json["modified_ns"] = entry.modified_ns;
  json["key"] = entry.key;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::size_t read_journal(std::string_view text, const std::string& source,
                         const std::function<void(JournalEntry)>& entry) {
  const std::string_view begin = text.substr(0, kHeader.size());
  if (!kHeader.starts_with(begin)) {
    throw Error(ErrorCategory::bad_data, source + ": line 1", "a journal of Seben or no file", "another file");
  }
  if (begin.size() < kHeader.size()) return 0;
  std::size_t at = kHeader.size();
  for (std::size_t number = 2;; ++number) {
    const std::size_t end = text.find('\n', at);
    const std::string where = base::format("{}: line {}", source, number);
    if ((end == std::string_view::npos ? text.size() : end) - at > kMaxLineBytes) {
      throw Error(ErrorCategory::bad_data, where, base::format("at most {} bytes", kMaxLineBytes), "more");
    }
    if (end == std::string_view::npos) return at;
    entry(parse_entry(text.substr(at, end - at), where));
    at = end + 1;
  }
}

Journal::Journal(std::string path)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
  struct stat status {};
  if (!file_ || ::fstat(file_.get(), &status) != 0) fail_to(path_, "to be opened", errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCategory::io, path_, "a regular file", base::kind_of(status.st_mode));
  }
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) throw Error(ErrorCategory::io, path_, "no other run that writes it", "one");
    fail_to(path_, "to be locked", errno);
  }
  const base::MappedFile mapped = base::MappedFile::open(path_);  // only now, as the other run may have cut it
  size_ = read_journal(mapped.text(), path_, [this](JournalEntry entry) {
    entry.error.clear();
    std::string name = entry.path;
    last_.insert_or_assign(std::move(name), std::move(entry));
  });
  was_cut_ = size_ < mapped.size();
  if (was_cut_ && ::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) fail_to(path_, "to be written", errno);
  if (size_ == 0) {
    write(kHeader);
    base::sync_folder(base::folder_of(path_));
  }
}

const JournalEntry* Journal::last(const std::string& path) const {
  const auto found = last_.find(path);
  return found == last_.end() ? nullptr : &found->second;
}

void Journal::append(const JournalEntry& entry) { write(to_line(entry)); }

void Journal::write(std::string_view line) {
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t count = ::write(file_.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      // Half a line must not stay before the next one. If it cannot go either, the next start cuts it.
      if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) errno = 0;
      fail_to(path_, "to be written", error);
    }
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fdatasync(file_.get()) != 0 && errno != EINVAL && errno != EROFS) fail_to(path_, "to be made durable", errno);
  size_ += line.size();
}

}  // namespace seben::batch
