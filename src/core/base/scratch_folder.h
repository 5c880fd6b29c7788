// SPDX-License-Identifier: Apache-2.0
// A temporary folder that is gone afterwards.
#pragma once

#include <filesystem>
#include <string>

#include "base/interrupt.h"

namespace seben::base {

/// Readable by its owner alone.
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
  MustTidyUp until_removed_;
};

}  // namespace seben::base
