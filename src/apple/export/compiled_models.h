// SPDX-License-Identifier: Apache-2.0
// Compiled models that are kept from run to run, where nobody else can put one.
#pragma once

#include <functional>
#include <string>

namespace seben::deploy {

/// What a compiled model depends on beside its package.
struct CompiledFor {
  std::string system;    ///< name, version and build of the operating system, whose compiler it was
  std::string hardware;  ///< "arm64"
  std::string units;     ///< the compute units that it will be loaded for
};

/// SHA-256 over every byte of the package, weights included, over `made_for` and the form of this folder.
[[nodiscard]] std::string compiled_key(const std::string& package, const CompiledFor& made_for);

class CompiledModels {
 public:
  /// `folder` is made when missing, for this user alone. Error(io) unless it is a folder and no link, this user's, and
  /// closed to others: what lies in it is executed.
  explicit CompiledModels(std::string folder);

  /// The model kept under `key`. When there is none, `compile` makes one somewhere and returns its path; it is moved
  /// here under an unpredictable name and gets its own when it is whole. Of two processes that make the same one, the
  /// first wins and both get it. Error(io) for what cannot be moved, and for a name that is taken by no folder.
  [[nodiscard]] std::string find_or_make(const std::string& key, const std::function<std::string()>& compile) const;

 private:
  std::string folder_;
};

}  // namespace seben::deploy
