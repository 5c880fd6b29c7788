// SPDX-License-Identifier: Apache-2.0
// A temporary folder that is gone afterwards.
#pragma once

#include <filesystem>
#include <string>

namespace seben::deploy {

class ScratchFolder {
 public:
  /// Error(io) when none can be made.
  ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace seben::deploy
