// SPDX-License-Identifier: Apache-2.0
// Where the samples of text and sound are: small ones in the repository, larger ones of the same kind beside it.
#pragma once

#include <filesystem>
#include <string>

namespace seben::test {

/// A fixture of the repository, always there.
inline std::string text_fixture(const std::string& name) { return SEBEN_SOURCE_DIR "/tests/fixtures/text/" + name; }
inline std::filesystem::path real_recordings() { return SEBEN_SOURCE_DIR "/tests/fixtures/audio/real"; }

/// Data beside the repository, absent in a clean clone. Tests that need it are named "...OfSharedData" and skip without
/// it; .ci/run fails when it is there and they still skip.
inline std::string shared_data(const std::string& path) { return SEBEN_SHARED_DIR "/data/" + path; }

}  // namespace seben::test

/// Leaves the test as skipped when shared data are not at hand.
#define SEBEN_SKIP_WITHOUT(path) \
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "SKIPPED: not at hand: " << (path)
