// SPDX-License-Identifier: Apache-2.0
#include "evidence/device_listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "evidence/device_run.h"
#include "evidence/text.h"
#include "seben/error.h"

namespace seben::evidence {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostFiles = 20'000, kMostFindings = 50, kMostSums = std::size_t{32} << 20;

const char* remedy(std::string_view kind) {
  if (kind == "evidence.interrupted") return "Run run-on-device.sh again, into a new folder.";
  if (kind == "evidence.missing") return "Run collect.sh of the harness again, then copy the whole folder.";
  if (kind == "evidence.altered") return "Copy the folder again from where it was collected.";
  return "Run run-on-device.sh again; never put files of two runs together.";
}

class Lister {
 public:
  explicit Lister(const std::string& folder) : folder_(folder) {}

  DeviceListing run() {
    walk();
    if (!out_.has(std::string(kRunName))) {
      add("evidence.interrupted", std::string(kRunName),
          "The run was interrupted: run.json, its last file, is missing.");
    }
    compare();
    return std::move(out_);
  }

 private:
  void add(const char* kind, const std::string& file, std::string explanation) {
    out_.bad.push_back(file);
    if (out_.findings.size() < kMostFindings)
      out_.findings.push_back(device_finding(kind, file, std::move(explanation)));
  }

  // Links are not followed, and no evidence.
  void walk() {
    std::error_code error;
    if (!fs::is_directory(folder_, error)) {
      throw Error(ErrorCategory::no_input, folder_, "a folder of evidence", "none");
    }
    for (fs::recursive_directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
      const fs::file_type type = it->symlink_status().type();
      if (type == fs::file_type::directory) continue;
      const std::string path = it->path().lexically_relative(folder_).generic_string();
      if (type != fs::file_type::regular) {
        add("evidence.altered", path, fmt::format("{} is neither a file nor a folder.", quote(path)));
        ++out_.odd;
      } else if (out_.files.size() == kMostFiles) {
        add("evidence.altered", path, "There are more than 20000 files.");
        return;
      } else {
        out_.files.push_back(path);
      }
    }
    if (error) throw Error(ErrorCategory::io, folder_, "a folder that can be read", error.message());
    std::ranges::sort(out_.files);
  }

  void compare() {
    const std::string name(kSumsName), file = (fs::path(folder_) / name).string();
    if (!out_.has(name)) {
      return add("evidence.missing", name, "SHA256SUMS is missing: the evidence was not collected to its end.");
    }
    std::vector<ListedFile> listed;
    try {
      listed = parse_sums(base::read_text(file, kMostSums), name);
    } catch (const Error& error) {
      return add("evidence.missing", name, quote(error.what()));
    }
    out_.listed = listed.size();
    for (const ListedFile& entry : listed) check(entry);
    for (const std::string& path : out_.files) {
      if (path != name && !std::ranges::binary_search(listed, path, {}, &ListedFile::path)) {
        add("evidence.altered", path, fmt::format("{} is not listed in SHA256SUMS.", quote(path)));
      }
    }
  }

  void check(const ListedFile& entry) {
    base::throw_if_interrupted();
    if (!out_.has(entry.path)) {
      if (is_bulky(entry.path)) {
        ++out_.left_out;
      } else {
        add("evidence.missing", entry.path, fmt::format("{} is listed and missing.", quote(entry.path)));
      }
      return;
    }
    if (base::sha256_file((fs::path(folder_) / entry.path).string()) == entry.sha256) return;
    add("evidence.altered", entry.path, fmt::format("{} has another SHA-256 than listed.", quote(entry.path)));
  }

  const std::string& folder_;
  DeviceListing out_;
};

}  // namespace

bool DeviceListing::has(const std::string& path) const { return std::ranges::binary_search(files, path); }

Finding device_finding(std::string kind, const std::string& file, std::string explanation) {
  const char* help = remedy(kind);
  return {std::move(kind), true, std::move(explanation), "", help, file_name(file), 0, "", 1};
}

DeviceListing list_device_files(const std::string& folder) { return Lister(folder).run(); }

}  // namespace seben::evidence
