// SPDX-License-Identifier: Apache-2.0
#include "export/compiled_models.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "base/sha256.h"
#include "seben/error.h"

namespace seben::deploy {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& where, const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::io, where, expected, found);
}

std::string last_error() { return std::generic_category().message(errno); }

void make_private(const std::string& folder) {
  std::error_code error;
  const fs::path parent = fs::path(folder).parent_path();
  if (!parent.empty()) fs::create_directories(parent, error);
  if (error) fail(parent.string(), "a folder that can be made", error.message());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail(folder, "a folder that can be made", last_error());
  struct stat info = {};
  if (::lstat(folder.c_str(), &info) != 0) fail(folder, "a folder", last_error());
  if (!S_ISDIR(info.st_mode)) fail(folder, "a folder", S_ISLNK(info.st_mode) ? "a link" : "something else");
  if (info.st_uid != ::geteuid()) fail(folder, "a folder of this user's", "another user's");
  if ((info.st_mode & 077U) != 0) fail(folder, "a folder that only its owner can enter", "one open to others");
}

// Whether a model is there.
bool is_kept(const fs::path& model) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(model, error);
  if (status.type() == fs::file_type::not_found) return false;
  if (status.type() != fs::file_type::directory) fail(model.string(), "a compiled model's folder", "something else");
  return true;
}

// A folder of an unpredictable name, gone afterwards with what is still in it.
class Staging {
 public:
  explicit Staging(const std::string& folder) {
    std::string pattern = (fs::path(folder) / "new-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) fail(pattern, "a folder for a new model", last_error());
    path_ = pattern;
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  // Takes what lies at `from`, from another file system as well.
  [[nodiscard]] fs::path take(const fs::path& from) const {
    fs::path to = path_ / "model";
    std::error_code error;
    fs::rename(from, to, error);
    if (error != std::errc::cross_device_link) {
      if (error) fail(from.string(), "a compiled model that can be moved", error.message());
      return to;
    }
    fs::copy(from, to, fs::copy_options::recursive, error);
    if (error) fail(from.string(), "a compiled model that can be copied", error.message());
    fs::remove_all(from, error);  // a copy that stays behind is no reason to fail
    return to;
  }

 private:
  fs::path path_;
};

}  // namespace

std::string compiled_key(const std::string& package, const CompiledFor& made_for) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(package)) {
    if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(package).generic_string());
  }
  std::ranges::sort(files);
  base::Sha256 digest;
  const auto add = [&digest](const std::string& part) {  // with its length, so that parts do not run together
    digest.update(std::to_string(part.size()) + ":");
    digest.update(part);
  };
  for (const std::string& part :
       {std::string("seben.compiled-model 1"), made_for.system, made_for.hardware, made_for.units}) {
    add(part);
  }
  for (const std::string& file : files) {
    add(file);
    add(base::sha256_file((fs::path(package) / file).string()));
  }
  return digest.finish_hex();
}

CompiledModels::CompiledModels(std::string folder) : folder_(std::move(folder)) { make_private(folder_); }

std::string CompiledModels::find_or_make(const std::string& key, const std::function<std::string()>& compile) const {
  const fs::path model = fs::path(folder_) / (key + ".mlmodelc");
  if (is_kept(model)) return model.string();
  const Staging staging(folder_);
  const fs::path made = staging.take(compile());
  std::error_code error;
  fs::rename(made, model, error);
  if (error && !is_kept(model)) fail(model.string(), "a place for the compiled model", error.message());
  return model.string();
}

}  // namespace seben::deploy
