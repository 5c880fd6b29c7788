// SPDX-License-Identifier: Apache-2.0
// One writer at a time in a proof's folder. The system lets go of it when the process ends, however it ends.
#pragma once

#include <string>

namespace seben::proof {

class FolderLock {
 public:
  /// Error(io) while another process works in `folder`, and when it cannot be locked.
  explicit FolderLock(const std::string& folder);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  int descriptor_ = -1;
};

}  // namespace seben::proof
