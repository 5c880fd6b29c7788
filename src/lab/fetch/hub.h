// SPDX-License-Identifier: Apache-2.0
// What Hugging Face's hub, or a mirror of it, says of repositories and their files.
#pragma once

#include <string>
#include <vector>

#include "fetch/digests.h"
#include "fetch/http.h"

namespace seben::fetch {

/// One file of a repository, as its headers tell.
struct HubFile {
  std::string commit;
  std::string tag;   ///< names the blob: SHA-256 of large files, git's SHA-1 of small ones
  Expected claimed;  ///< size, and the digest that the tag is
  std::string url;   ///< to get it from
};

/// A repository at a revision.
struct HubListing {
  std::string commit;
  std::vector<std::string> files;
  std::string licence;  ///< of the model's card; empty when it states none
};

class Hub {
 public:
  Hub(HttpClient& client, std::string endpoint) : client_(client), endpoint_(std::move(endpoint)) {}

  /// Error(no_input) when it is not there, Error(bad_data) when the server is no hub or its names are not fit to be
  /// paths.
  [[nodiscard]] HubFile file(const std::string& repository, const std::string& revision, const std::string& path);
  [[nodiscard]] HubListing list(const std::string& repository, const std::string& revision);

 private:
  HttpClient& client_;
  std::string endpoint_;
};

/// Of a repository's files those that importing needs: the weights in the form that is preferred (safetensors, PyTorch,
/// CTranslate2, or a single file of whisper.cpp), and what lies beside them. Empty when there are no weights.
[[nodiscard]] std::vector<std::string> needed_files(const std::vector<std::string>& files);

}  // namespace seben::fetch
