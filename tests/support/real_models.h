// SPDX-License-Identifier: Apache-2.0
// The weights that people use, which scripts/real-models brings; too large for the repository.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace seben::test {

/// A file or folder of theirs. Tests that need one are named "RealModels.…" and skip without it; .ci/run runs the
/// script first, and fails when they skip although it is there.
inline std::string real_model(const std::string& path) {
  const char* folder = std::getenv("SEBEN_REAL_MODELS");
  return (folder != nullptr && *folder != '\0' ? std::string(folder) : SEBEN_SOURCE_DIR "/build/real-models") + "/" +
         path;
}

}  // namespace seben::test

/// Leaves the test as skipped, and says so, when a real model is not at hand.
#define SEBEN_SKIP_WITHOUT_REAL(path)                   \
  if (!std::filesystem::exists(test::real_model(path))) \
  GTEST_SKIP() << "SKIPPED: " << test::real_model(path) << " is not there: scripts/real-models brings it"
