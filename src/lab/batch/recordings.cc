// SPDX-License-Identifier: Apache-2.0
#include "batch/recordings.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "base/byte_order_mark.h"
#include "base/file.h"
#include "base/format.h"
#include "base/interrupt.h"
#include "seben/error.h"

namespace seben::batch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxListBytes = std::size_t{1} << 30;
constexpr std::size_t kMaxPathBytes = 4096;
constexpr std::array<std::string_view, 29> kEndings{".3gp",  ".aac", ".aif",  ".aiff", ".amr", ".au",  ".avi",  ".caf",
                                                    ".flac", ".m4a", ".m4b",  ".m4v",  ".mka", ".mkv", ".mov",  ".mp2",
                                                    ".mp3",  ".mp4", ".mpg",  ".mpeg", ".oga", ".ogg", ".opus", ".ts",
                                                    ".w64",  ".wav", ".weba", ".webm", ".wma"};

bool is_recording(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  if (dot == 0 || dot == std::string::npos) return false;
  std::string ending = name.substr(dot);
  for (char& c : ending) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  return std::ranges::find(kEndings, ending) != kEndings.end();
}

void require_few(std::size_t count, const std::string& source) {
  if (count <= kMostRecordings) return;
  throw Error(ErrorCategory::bad_data, source, base::format("at most {} recordings", kMostRecordings), "more");
}

}  // namespace

std::vector<std::string> parse_list(std::string_view text, const std::string& source) {
  text = base::without_byte_order_mark(text);
  std::vector<std::string> out;
  std::size_t number = 0;
  for (std::size_t from = 0, to = 0; from < text.size(); from = to + 1) {
    ++number;
    to = std::min(text.find('\n', from), text.size());
    std::string_view line = text.substr(from, to - from);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto where = [&] { return base::format("{}: line {}", source, number); };
    if (line.size() > kMaxPathBytes) {
      throw Error(ErrorCategory::bad_data, where(), base::format("a path of at most {} bytes", kMaxPathBytes),
                  std::to_string(line.size()));
    }
    if (line.find('\0') != std::string_view::npos) {
      throw Error(ErrorCategory::bad_data, where(), "a path", "a zero byte");
    }
    out.emplace_back(line);
    require_few(out.size(), source);
  }
  return out;
}

std::vector<std::string> read_list(const std::string& path) {
  std::vector<std::string> out = parse_list(base::read_text(path, kMaxListBytes), path);
  if (out.empty()) throw Error(ErrorCategory::no_input, path, "paths of recordings, one a line", "none");
  return out;
}

std::vector<NamedRecording> recordings_in(const std::string& folder) {
  std::vector<NamedRecording> out;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    base::throw_if_interrupted();
    const std::string name = at->path().filename().string();
    std::error_code none;
    if (name.starts_with('.')) {
      if (at->is_directory(none)) at.disable_recursion_pending();
      continue;
    }
    if (!is_recording(name) || !at->is_regular_file(none)) continue;
    out.push_back({at->path().string(), at->path().lexically_relative(folder).string()});
    require_few(out.size(), folder);
  }
  if (failed) throw Error(ErrorCategory::no_input, folder, "a readable folder", failed.message());
  if (out.empty()) throw Error(ErrorCategory::no_input, folder, "recordings in the folder", "none");
  std::ranges::sort(out, {}, &NamedRecording::path);
  return out;
}

std::vector<NamedRecording> expand(const std::vector<std::string>& paths) {
  std::vector<NamedRecording> out;
  for (const std::string& path : paths) {
    std::error_code none;
    if (path != "-" && fs::is_directory(path, none)) {
      for (NamedRecording& found : recordings_in(path)) out.push_back(std::move(found));
    } else {
      out.push_back({path, path == "-" ? "stdin" : fs::path(path).filename().string()});
    }
    require_few(out.size(), "recordings");
  }
  std::unordered_set<std::string_view> seen;
  for (const NamedRecording& recording : out) {
    if (seen.insert(recording.path).second) continue;
    throw Error(ErrorCategory::usage, recording.path, "each recording once", "it twice");
  }
  return out;
}

}  // namespace seben::batch
