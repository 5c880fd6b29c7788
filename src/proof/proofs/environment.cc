// SPDX-License-Identifier: Apache-2.0
#include "proofs/environment.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/isa.h"
#include "base/json.h"
#include "base/sha256.h"
#include "seben/error.h"
#include "seben/version.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
constexpr const char* kUnknown = "unknown";
constexpr std::string_view kEnvironment = "seben.proof-environment";
constexpr std::string_view kPreflight = "seben.proof-preflight";
constexpr std::array<std::string_view, 5> kChecks{"disk", "bundle", "contract", "recording", "modes"};

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(std::min(line.find(':') + 2, line.size()));
  }
  return kUnknown;
}

const char* isa_name() {
  switch (base::best_isa()) {
    case base::Isa::avx512: return "avx512";
    case base::Isa::avx2: return "avx2";
    default: return "plain";
  }
}

}  // namespace

std::vector<Fact> environment() {
  utsname system{};
  const bool named = ::uname(&system) == 0;
  const std::string release = named ? fmt::format("{} {}", system.sysname, system.release) : kUnknown;
  const long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGE_SIZE);
  const bool sized = pages > 0 && size > 0;
  return {{"tool", "seben " SEBEN_VERSION},
          {"system", release},
          {"machine", named ? system.machine : kUnknown},
          {"processor", processor()},
          {"processors", std::to_string(std::thread::hardware_concurrency())},
          {"memory_bytes", sized ? std::to_string(static_cast<std::int64_t>(pages) * size) : kUnknown},
          {"instruction_set", isa_name()},
          {"compiler",
#ifdef __clang__
           "clang " __clang_version__
#else
           "gcc " __VERSION__
#endif
          },
          {"fmt", std::to_string(FMT_VERSION)},
          {"json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                               NLOHMANN_JSON_VERSION_PATCH)}};
}

std::string environment_text(const std::vector<Fact>& facts) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Fact& f : facts) list.push_back({{"name", f.name}, {"value", f.value}});
  return nlohmann::ordered_json{{"schema", kEnvironment}, {"version", 1}, {"facts", std::move(list)}}.dump(2) + "\n";
}

std::vector<Fact> parse_environment(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {std::size_t{1} << 18, 5, 2000});
  const base::JsonReader reader(json, source);
  if (reader.string("schema") != kEnvironment) reader.fail("schema", std::string(kEnvironment), "another");
  static_cast<void>(reader.integer("version", 1, 1));
  std::vector<Fact> facts;
  for (const base::JsonReader& item : reader.array("facts", 100)) {
    facts.push_back({item.string("name"), item.string("value")});
  }
  if (environment_text(facts) != text) reader.fail("facts", "the form that Seben writes", "another one");
  return facts;
}

std::string program_digest() {
  std::error_code error;
  return fs::exists("/proc/self/exe", error) ? base::sha256_file("/proc/self/exe") : "";
}

std::string utc_now() {
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

std::uint64_t free_bytes(const std::string& path) {
  std::error_code error;
  fs::path folder = fs::absolute(path, error);
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) {
    throw Error(ErrorCategory::io, folder.string(), "a disk whose free space can be asked for", std::strerror(errno));
  }
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
}

void guard_disk(const std::string& path, std::uint64_t least) {
  const std::uint64_t free = free_bytes(path);
  if (free >= least) return;
  constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
  throw Error(ErrorCategory::io, path + ": disk guard",
              fmt::format("{:.2f} GiB free (--min-free)", static_cast<double>(least) / kGiB),
              fmt::format("{:.2f} GiB", static_cast<double>(free) / kGiB));
}

std::string preflight_text(const std::vector<ReadyCheck>& checks, std::uint64_t free, std::uint64_t least) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ReadyCheck& c : checks) list.push_back({{"check", c.name}, {"needed", c.needed}, {"found", c.found}});
  return nlohmann::ordered_json{{"schema", kPreflight},
                                {"version", 1},
                                {"free_bytes", free},
                                {"min_free_bytes", least},
                                {"checks", std::move(list)}}
             .dump(2) +
         "\n";
}

Ready parse_preflight(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {std::size_t{1} << 18, 5, 2000});
  const base::JsonReader reader(json, source);
  if (reader.string("schema") != kPreflight) reader.fail("schema", std::string(kPreflight), "another");
  static_cast<void>(reader.integer("version", 1, 1));
  constexpr std::int64_t kMost = std::int64_t{1} << 62;
  Ready ready;
  ready.free = static_cast<std::uint64_t>(reader.integer("free_bytes", 0, kMost));
  ready.least = static_cast<std::uint64_t>(reader.integer("min_free_bytes", 0, kMost));
  for (const base::JsonReader& item : reader.array("checks", 100)) {
    ready.checks.push_back({item.string("check"), item.string("needed"), item.string("found")});
  }
  if (preflight_text(ready.checks, ready.free, ready.least) != text) {
    reader.fail("checks", "the form that Seben writes", "another one");
  }
  const auto name = [](const ReadyCheck& check) -> std::string_view { return check.name; };
  if (!std::ranges::equal(ready.checks, kChecks, {}, name)) {
    throw Error(ErrorCategory::incomplete, source + ": checks", "disk, bundle, contract, recording, modes", "others");
  }
  if (ready.free < ready.least) {
    throw Error(ErrorCategory::incomplete, source + ": free_bytes", std::to_string(ready.least) + " or more",
                std::to_string(ready.free));
  }
  return ready;
}

}  // namespace seben::proof
