// SPDX-License-Identifier: Apache-2.0
#include "proofs/attach.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/interrupt.h"
#include "evidence/device_listing.h"
#include "evidence/device_run.h"
#include "proofs/audit.h"
#include "proofs/steps.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostText = std::size_t{16} << 20;
constexpr std::string_view kAttaching = "attaching";

class Attacher {
 public:
  explicit Attacher(const AttachOptions& options) : options_(options), folder_(options.proof) {}

  Proof run() {
    std::error_code error;
    if (!fs::is_directory(folder_, error)) throw Error(ErrorCategory::no_input, folder_, "a proof's folder", "none");
    require_proof();
    choose();
    guard_disk(folder_, request_.min_free + bytes_);
    const base::MustTidyUp until_whole;
    base::write_text(at(kUnfinishedName), fmt::format("{} {}\n", kAttaching, utc_now()));
    remove_device();
    bool done = false;
    static_cast<void>(run_step(
        folder_, std::string(kDevice), step_inputs(request_, std::string(kDevice)), [this] { return copy(); }, done));
    Proof proof = finish();
    fs::remove(at(kUnfinishedName), error);
    return proof;
  }

 private:
  [[nodiscard]] std::string at(std::string_view path) const { return (fs::path(folder_) / path).string(); }
  static bool is_device(const std::string& path) {
    return path.starts_with(std::string(kDevice) + "/") || path == receipt_file(kDevice);
  }

  // A proof that holds together, or one that was being attached to and holds together but for the device's part.
  void require_proof() {
    const std::string mark = at(kUnfinishedName);
    const bool resumes = fs::exists(mark) && base::read_text(mark, 1U << 16U).starts_with(kAttaching);
    if (resumes) {
      require_rest();
    } else if (const Audit found = audit(folder_); !found.problems.empty()) {
      throw Error(ErrorCategory::incomplete, folder_, "a proof whose audit finds nothing", found.problems.front());
    }
    request_ = parse_request(base::read_text(at("request.json"), kMostText), at("request.json"));
    if (request_.target != Target::package) {
      throw Error(ErrorCategory::usage, folder_, "a proof of packages (--target package): a device runs nothing else",
                  "a proof of the engine");
    }
    if (!resumes && !options_.replace && fs::exists(at(receipt_file(kDevice)))) {
      throw Error(ErrorCategory::usage, folder_, "a proof without evidence of a device, or --replace", "one with it");
    }
  }

  void require_rest() const {
    std::set<std::string> listed;
    const std::string manifest = at(kManifestName);
    for (const ProofFile& file : parse_manifest(base::read_text(manifest, kMostText), manifest)) {
      if (is_device(file.path)) continue;
      if (measure(folder_, file.path) != file) {
        throw Error(ErrorCategory::incomplete, at(file.path), "the file that the manifest lists", "another");
      }
      listed.insert(file.path);
    }
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      const std::string path = entry.path().lexically_relative(folder_).generic_string();
      const bool own = path == kManifestName || path == kSummaryName || path == kUnfinishedName;
      if (!entry.is_regular_file() || own || is_device(path) || listed.contains(path)) continue;
      throw Error(ErrorCategory::incomplete, at(path), "no file that the manifest does not list", "one");
    }
  }

  // What is kept, before anything is written.
  void choose() {
    const evidence::DeviceListing listing = evidence::list_device_files(options_.evidence);
    if (listing.odd > 0) {
      throw Error(ErrorCategory::incomplete, options_.evidence, "files and folders alone", listing.bad.front());
    }
    for (const std::string& path : listing.bad) {
      if (!evidence::is_bulky(path)) continue;
      throw Error(ErrorCategory::incomplete, options_.evidence, "recordings and result bundles as they were listed",
                  path);
    }
    for (const std::string& path : listing.files) {
      if (evidence::is_bulky(path)) continue;
      if (!evidence::stays_inside(path)) {
        throw Error(ErrorCategory::incomplete, options_.evidence, "names that can be listed", path);
      }
      paths_.push_back(path);
      bytes_ += fs::file_size(fs::path(options_.evidence) / path);
    }
    if (paths_.empty()) throw Error(ErrorCategory::no_input, options_.evidence, "evidence", "no file");
    if (bytes_ > options_.most_bytes) {
      throw Error(ErrorCategory::io, options_.evidence,
                  fmt::format("at most {} bytes of evidence", options_.most_bytes), fmt::format("{}", bytes_));
    }
  }

  void remove_device() const {
    std::error_code error;
    fs::remove(at(receipt_file(kDevice)), error);
    fs::remove_all(at(kDevice), error);
    if (error) throw Error(ErrorCategory::io, at(kDevice), "a folder that can be removed", error.message());
  }

  std::vector<std::string> copy() const {
    std::vector<std::string> written;
    std::uint64_t done = 0;
    for (const std::string& path : paths_) {
      base::throw_if_interrupted();
      if (options_.progress) options_.progress(done, bytes_);
      written.push_back(fmt::format("{}/{}", kDevice, path));
      const fs::path from = fs::path(options_.evidence) / path;
      std::error_code error;
      fs::copy_file(from, place_for(folder_, written.back()), error);
      if (error) throw Error(ErrorCategory::io, from.string(), "to be copied", error.message());
      done += fs::file_size(from);
    }
    return written;
  }

  Proof finish() { return conclude(folder_); }

  const AttachOptions& options_;
  const std::string& folder_;
  Request request_;
  std::vector<std::string> paths_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Proof attach(const AttachOptions& options) { return Attacher(options).run(); }

}  // namespace seben::proof
