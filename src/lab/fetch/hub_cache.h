// SPDX-License-Identifier: Apache-2.0
// The cache that Hugging Face's programs share: models--OWNER--NAME/{refs,blobs,snapshots}. What they have brought we
// use, and what we bring they use.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace seben::fetch {

class HubCache {
 public:
  /// `repository` is one of names.h.
  HubCache(std::string root, const std::string& repository);

  /// The commit that a branch or tag was last seen at; a commit itself is its own. Error(bad_data) when the file of the
  /// reference holds something else.
  [[nodiscard]] std::optional<std::string> commit_of(const std::string& revision) const;
  /// refs/REVISION, unless the revision is the commit.
  void keep_reference(const std::string& revision, const std::string& commit) const;

  [[nodiscard]] std::string snapshot(const std::string& commit) const;
  /// The file as a program is given it: a link below the snapshot. Nothing when it is not there whole.
  [[nodiscard]] std::optional<std::string> find(const std::string& commit, const std::string& path) const;
  /// The files at the top of the snapshot.
  [[nodiscard]] std::vector<std::string> files(const std::string& commit) const;

  /// Contents, by the tag that the server gives them.
  [[nodiscard]] std::string blob(const std::string& tag) const;
  [[nodiscard]] std::string incomplete(const std::string& tag) const { return blob(tag) + ".incomplete"; }
  [[nodiscard]] std::string lock(const std::string& tag) const;
  [[nodiscard]] bool has_blob(const std::string& tag) const;
  /// Makes the relative link from the snapshot to the blob; one that is there stays. Error(io).
  void link(const std::string& commit, const std::string& path, const std::string& tag) const;

 private:
  std::string root_, folder_, locks_;
};

/// Whether a server's tag can be the name of a blob: letters, digits, '.', '-', '_', at most 128.
[[nodiscard]] bool is_blob_name(std::string_view tag) noexcept;

}  // namespace seben::fetch
