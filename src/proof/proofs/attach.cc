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
#include "proofs/folder_lock.h"
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
    if (lies_within(options_.evidence, folder_)) {
      throw Error(ErrorCategory::usage, options_.evidence, "evidence outside of the proof", "a folder inside of it");
    }
    const FolderLock lock(folder_);
    require_proof();
    choose();
    guard_disk(folder_, request_.min_free + bytes_);
    const base::MustTidyUp until_whole;
    base::write_text(place_for(folder_, std::string(kUnfinishedName)), fmt::format("{} {}\n", kAttaching, utc_now()));
    remove_device();
    bool done = false;
    static_cast<void>(run_step(
        folder_, std::string(kDevice), step_inputs(request_, std::string(kDevice)), [this] { return copy(); }, done));
    Proof proof = finish();
    remove_whole(at(kUnfinishedName));
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
    std::error_code error;
    const bool resumes = fs::exists(mark, error) && base::read_text(mark, 1U << 16U).starts_with(kAttaching);
    if (resumes) {
      refuse_links(folder_);
      remove_leftovers(folder_);
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
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
      const std::string path = it->path().lexically_relative(folder_).generic_string();
      const bool own = path == kManifestName || path == kSummaryName || path == kUnfinishedName;
      if (it->is_directory(error) || own || is_device(path) || listed.contains(path)) continue;
      throw Error(ErrorCategory::incomplete, at(path), "no file that the manifest does not list", "one");
    }
    if (error) throw Error(ErrorCategory::io, folder_, "a folder that can be read", error.message());
  }

  [[nodiscard]] std::uint64_t size_of(const std::string& path) const {
    const fs::path file = fs::path(options_.evidence) / path;
    std::error_code error;
    const auto bytes = fs::file_size(file, error);
    if (error) throw Error(ErrorCategory::io, file.string(), "a file whose size can be asked for", error.message());
    return bytes;
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
      bytes_ += size_of(path);
    }
    if (paths_.empty()) throw Error(ErrorCategory::no_input, options_.evidence, "evidence", "no file");
    if (bytes_ > options_.most_bytes) {
      throw Error(ErrorCategory::io, options_.evidence,
                  fmt::format("at most {} bytes of evidence", options_.most_bytes), fmt::format("{}", bytes_));
    }
  }

  void remove_device() const {
    remove_whole(at(receipt_file(kDevice)));
    remove_whole(at(kDevice));
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
      done += size_of(path);
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
