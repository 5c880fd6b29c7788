// SPDX-License-Identifier: Apache-2.0
#include "proofs/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostAuditedText = std::size_t{16} << 20;

class Auditor {
 public:
  explicit Auditor(const std::string& folder) : folder_(folder) {}

  Audit run() {
    const std::vector<std::string> paths = list_files(folder_);
    if (fs::exists(fs::path(folder_) / kUnfinishedName)) {
      problem(std::string(kUnfinishedName) + ": the run was interrupted or is still going on");
    }
    const std::string manifest = read(kManifestName), summary = read(kSummaryName);
    const std::vector<ProofFile> files = parse_manifest(manifest, std::string(kManifestName));
    compare(files, paths);
    if (!out_.problems.empty()) return std::move(out_);
    Proof proof = derive(folder_, files);
    // Where, but not what would be right there: a forger would copy it.
    if (const std::string found = to_text(proof); found != summary) {
      problem(fmt::format("{}: line {} is not what the evidence gives", kSummaryName, differing_line(found, summary)));
    } else {
      out_.proof = std::move(proof);
    }
    return std::move(out_);
  }

  Audit take_with(std::string text) {
    problem(std::move(text));
    out_.proof.reset();
    return std::move(out_);
  }

 private:
  void problem(std::string text) { out_.problems.push_back(std::move(text)); }
  [[nodiscard]] std::string read(std::string_view name) const {
    return base::read_text((fs::path(folder_) / name).string(), kMostAuditedText);
  }

  // Small files first: most damage is found before gigabytes are read.
  void compare(std::vector<ProofFile> files, const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      if (std::ranges::none_of(files, [&](const ProofFile& f) { return f.path == path; })) {
        problem(path + ": extra, not in the manifest");
      }
    }
    std::ranges::stable_sort(files, {}, &ProofFile::bytes);
    for (const ProofFile& file : files) {
      if (!std::ranges::binary_search(paths, file.path)) {
        problem(file.path + ": missing");
        continue;
      }
      std::error_code error;
      if (fs::file_size(fs::path(folder_) / file.path, error) != file.bytes || error) {
        problem(file.path + ": another size than in the manifest");
      }
    }
    for (const ProofFile& file : files) {
      if (!out_.problems.empty()) return;
      if (measure(folder_, file.path) != file) problem(file.path + ": another SHA-256 than in the manifest");
    }
  }

  static std::ptrdiff_t differing_line(const std::string& expected, const std::string& found) {
    return std::count(expected.begin(), std::ranges::mismatch(expected, found).in1, '\n') + 1;
  }

  const std::string& folder_;
  Audit out_;
};

}  // namespace

Audit audit(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) throw Error(ErrorCategory::no_input, folder, "a proof's folder", "none");
  Auditor auditor(folder);
  try {
    return auditor.run();
  } catch (const Error& failure) {
    return auditor.take_with(failure.what());
  } catch (const std::filesystem::filesystem_error& failure) {
    return auditor.take_with(failure.what());
  }
}

Audit audit(const std::string& folder, const Origin& origin) {
  Audit out = audit(folder);
  if (!out.proof) return out;
  out.problems = recompute(folder, *out.proof, origin);
  out.proof->computed = out.problems.empty();
  if (!out.problems.empty()) out.proof.reset();
  return out;
}

}  // namespace seben::proof
