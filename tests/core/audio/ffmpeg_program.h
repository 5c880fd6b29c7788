// SPDX-License-Identifier: Apache-2.0
// The reference: Whisper's own loader, which runs the ffmpeg program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace seben::audio::testing {

/// Whether an `ffmpeg` can be run; tests that need it skip without it.
bool has_ffmpeg_program();

/// `ffmpeg -i PATH -f s16le -ac 1 -acodec pcm_s16le -ar 16000 -`; empty when it fails.
std::vector<std::int16_t> decode_with_ffmpeg(const std::filesystem::path& path);

/// Runs `ffmpeg -i INPUT ARGUMENTS OUTPUT`. Fails the test when the program does.
void convert_with_ffmpeg(const std::filesystem::path& input, const std::string& arguments,
                         const std::filesystem::path& output);

/// This test suite's fixtures.
std::filesystem::path fixture(const std::string& name);
std::vector<std::uint8_t> fixture_bytes(const std::string& name);

/// A folder that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace seben::audio::testing
