// SPDX-License-Identifier: Apache-2.0
#include "core/audio/ffmpeg_program.h"

#include <gtest/gtest.h>
#include <stdlib.h>  // mkdtemp is POSIX

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace seben::audio::testing {
namespace {

std::string quoted(const std::filesystem::path& path) { return "'" + path.string() + "'"; }

}  // namespace

bool has_ffmpeg_program() {
  static const bool found = std::system("ffmpeg -version > /dev/null 2>&1") == 0;
  return found;
}

std::vector<std::int16_t> decode_with_ffmpeg(const std::filesystem::path& path) {
  const std::string command = "ffmpeg -nostdin -v quiet -threads 1 -i " + quoted(path) +
                              " -f s16le -ac 1 -acodec pcm_s16le -ar 16000 - < /dev/null";
  std::vector<std::int16_t> samples;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return samples;
  std::array<std::int16_t, 8192> block{};
  while (const std::size_t got = std::fread(block.data(), sizeof(std::int16_t), block.size(), pipe)) {
    samples.insert(samples.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got));
  }
  if (::pclose(pipe) != 0) samples.clear();
  return samples;
}

void convert_with_ffmpeg(const std::filesystem::path& input, const std::string& arguments,
                         const std::filesystem::path& output) {
  const std::string command =
      "ffmpeg -nostdin -v error -y -i " + quoted(input) + " " + arguments + " " + quoted(output) + " < /dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(SEBEN_SOURCE_DIR) / "tests/fixtures/audio" / name;
}

std::vector<std::uint8_t> fixture_bytes(const std::string& name) {
  std::ifstream file(fixture(name), std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "seben-test-XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace seben::audio::testing
