// SPDX-License-Identifier: Apache-2.0
// Trust on first use: digests of files that no catalogue knows, as they were when they were first fetched.
#pragma once

#include <string>

namespace seben::fetch {

/// A file known-files.json in the models' folder. Callers hold the lock of the model.
class KnownFiles {
 public:
  explicit KnownFiles(std::string path) : path_(std::move(path)) {}

  /// The SHA-256 that `file` ("openai/whisper-base@main: tokenizer.json", an address) had; empty when it is new.
  /// Error(bad_data) when the record is not one.
  [[nodiscard]] std::string find(const std::string& file) const;
  /// Error(io) when it cannot be kept.
  void keep(const std::string& file, const std::string& sha256) const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace seben::fetch
