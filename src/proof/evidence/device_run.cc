// SPDX-License-Identifier: Apache-2.0
#include "evidence/device_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/inner_path.h"
#include "base/json.h"
#include "base/sha256.h"
#include "evidence/text.h"
#include "seben/error.h"

namespace seben::evidence {
namespace {

using base::JsonReader;

constexpr std::size_t kMostRunFiles = 20'000;
constexpr std::array<std::string_view, 4> kRequests{"cpu_only", "cpu_and_gpu", "cpu_and_ne", "all"};
constexpr std::array<std::string_view, 3> kBulky{"result.xcresult", "recording.trace", "attachments"};

std::string word(const JsonReader& reader, std::string_view key, std::size_t most = 256) {
  std::string text = reader.string(key);
  if (trim(text).empty() || text.size() > most) {
    reader.fail(key, fmt::format("1 to {} characters", most), fmt::format("{}", text.size()));
  }
  return text;
}

std::vector<std::string> units(const JsonReader& reader) {
  std::vector<std::string> out;
  std::string rest = reader.string("compute_units");
  rest += ',';
  for (std::size_t comma = 0; (comma = rest.find(',')) != std::string::npos; rest.erase(0, comma + 1)) {
    const std::string unit = rest.substr(0, comma);
    if (std::ranges::find(kRequests, unit) == kRequests.end() || std::ranges::find(out, unit) != out.end()) {
      reader.fail("compute_units", "cpu_only, cpu_and_gpu, cpu_and_ne, all, each once", quote(unit));
    }
    out.push_back(unit);
  }
  return out;
}

ListedFile listed(std::string_view line, const std::string& where) {
  constexpr std::size_t kDigits = 64;
  const auto refuse = [&] {
    throw Error(ErrorCategory::bad_data, where, "64 hexadecimal digits, two spaces, ./ and a path", quote(line));
  };
  if (line.size() < kDigits + 5) refuse();
  ListedFile file{std::string(line.substr(kDigits + 2)), std::string(line.substr(0, kDigits))};
  const std::string_view between = line.substr(kDigits, 2);
  if (!base::is_sha256_hex(file.sha256) || (between != "  " && between != " *") || !file.path.starts_with("./")) {
    refuse();
  }
  file.path.erase(0, 2);
  if (!stays_inside(file.path)) refuse();
  return file;
}

}  // namespace

DeviceRun parse_device_run(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {std::size_t{1} << 16, 3, 100});
  const JsonReader reader(json, source);
  reader.as_object().refuse_unknown_keys({"schema", "version", "run", "device", "process", "plan_sha256",
                                          "compute_units", "traced", "started", "ended", "xcodebuild_exit"});
  if (reader.string("schema") != "seben.device-run") {
    reader.fail("schema", "seben.device-run", quote(reader.string("schema")));
  }
  static_cast<void>(reader.integer("version", 1, 1));
  DeviceRun run;
  run.run = word(reader, "run", 64);
  run.device = word(reader, "device");
  run.process = word(reader, "process");
  run.plan_digest = reader.string("plan_sha256");
  if (!base::is_sha256_hex(run.plan_digest)) {
    reader.fail("plan_sha256", "64 lower-case hexadecimal digits", quote(run.plan_digest));
  }
  run.compute_units = units(reader);
  const std::string traced = reader.string("traced");
  if (traced != "yes" && traced != "no") reader.fail("traced", "yes or no", quote(traced));
  run.traced = traced == "yes";
  run.started = word(reader, "started", 64);
  run.ended = word(reader, "ended", 64);
  run.xcodebuild_exit = reader.integer("xcodebuild_exit", 0, 255);
  return run;
}

std::vector<ListedFile> parse_sums(std::string_view text, const std::string& source) {
  std::vector<ListedFile> files;
  if (text.empty()) throw Error(ErrorCategory::bad_data, source, "a line for every file", "an empty file");
  if (!text.ends_with('\n')) throw Error(ErrorCategory::bad_data, source, "the end of its last line", "a cut-off one");
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string where = fmt::format("{}: line {}", source, ++number);
    if (number > kMostRunFiles) throw Error(ErrorCategory::bad_data, where, "at most 20000 files", "more");
    files.push_back(listed(next_line(rest), where));
  }
  std::ranges::sort(files, {}, &ListedFile::path);
  const auto twice = std::ranges::adjacent_find(files, {}, &ListedFile::path);
  if (twice != files.end()) {
    throw Error(ErrorCategory::bad_data, source, "every file once", quote(twice->path) + " twice");
  }
  return files;
}

bool stays_inside(std::string_view path) noexcept { return base::is_inner_path(path, 1024); }

bool is_bulky(std::string_view path) noexcept {
  return std::ranges::any_of(kBulky, [&](std::string_view folder) {
    return path.starts_with(folder) && path.substr(folder.size()).starts_with('/');
  });
}

}  // namespace seben::evidence
