// SPDX-License-Identifier: Apache-2.0
// One at a time, across processes: the lock files that Hugging Face's programs use beside their cache.
#pragma once

#include <functional>
#include <string>

#include "base/posix.h"

namespace seben::fetch {

/// Held while it lives; the file stays, since another may wait at it. A killed process holds nothing.
class FileLock {
 public:
  /// Makes the file and the folders before it. Waits as long as another holds it; `waiting` is told once. Error(io)
  /// when the file cannot be made, base::Interrupted while waiting.
  explicit FileLock(const std::string& path, const std::function<void()>& waiting = {});

 private:
  base::Descriptor file_;
};

}  // namespace seben::fetch
