// SPDX-License-Identifier: Apache-2.0
// Against Hugging Face's WhisperFeatureExtractor: fixtures by tools/fixtures/make_mel.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "audio/decoder.h"
#include "audio/log_mel.h"
#include "support/shared_data.h"

namespace seben::frontend {
namespace {

using base::best_isa;
using base::Isa;

namespace fs = std::filesystem;

constexpr float kAllowed = 1e-5F;

struct Record {
  std::string name;
  int n_mels = 0;
  std::vector<std::int32_t> frames;
  std::vector<float> mel;  // [n_mels][frames]
};

template <typename T>
std::vector<T> take(std::ifstream& file, std::size_t count) {
  std::vector<T> values(count);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(count * sizeof(T)));
  return values;
}

std::vector<Record> read_records(const std::string& name) {
  std::ifstream file(fs::path(SEBEN_SOURCE_DIR) / "tests/fixtures/frontend" / name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  std::vector<Record> records;
  while (file.peek() != std::ifstream::traits_type::eof()) {
    Record record;
    const auto label = take<char>(file, static_cast<std::size_t>(take<std::int32_t>(file, 1)[0]));
    record.name.assign(label.begin(), label.end());
    record.n_mels = take<std::int32_t>(file, 1)[0];
    const auto count = static_cast<std::size_t>(take<std::int32_t>(file, 1)[0]);
    record.frames = take<std::int32_t>(file, count);
    record.mel = take<float>(file, count * static_cast<std::size_t>(record.n_mels));
    EXPECT_TRUE(file.good()) << name;
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<float> synthetic(std::size_t count) {  // as in make_mel.py
  std::vector<float> samples(count);
  std::uint32_t state = 1;
  for (std::size_t n = 0; n < count; ++n) {
    state = state * 1664525U + 1013904223U;
    const auto i = static_cast<std::int64_t>(n);
    const std::int64_t value = (i * i / 4096 + 40 * i) % 20001 - 10000 + (state >> 24U) - 128;
    samples[n] = static_cast<float>(value) / 32768.0F;
  }
  return samples;
}

std::vector<float> samples_of(const std::string& name, const fs::path& folder) {
  const std::string prefix = "synthetic:";
  if (name.starts_with(prefix)) return synthetic(std::stoul(name.substr(prefix.size())));
  audio::AudioDecoder decoder = audio::AudioDecoder::open((folder / name).string());
  return audio::read_all(decoder);
}

float largest_error(const Record& record, const std::vector<float>& samples, Isa isa) {
  std::vector<float> mel(static_cast<std::size_t>(record.n_mels) * kFrames);
  LogMel(record.n_mels, isa).compute(samples, mel);
  float largest = 0.0F;
  for (std::size_t m = 0; m < static_cast<std::size_t>(record.n_mels); ++m) {
    for (std::size_t j = 0; j < record.frames.size(); ++j) {
      const float found = mel[m * kFrames + static_cast<std::size_t>(record.frames[j])];
      const float error = std::abs(found - record.mel[m * record.frames.size() + j]);
      EXPECT_FALSE(std::isnan(error));
      largest = std::max(largest, error);
    }
  }
  return largest;
}

float check(const std::vector<Record>& records, const fs::path& folder) {
  float worst = 0.0F;
  for (const Record& record : records) {
    const std::vector<float> samples = samples_of(record.name, folder);
    for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
      if (isa > best_isa()) continue;
      const float error = largest_error(record, samples, isa);
      EXPECT_LE(error, kAllowed) << record.name << ", " << record.n_mels << " bins, set " << static_cast<int>(isa);
      worst = std::max(worst, error);
    }
  }
  return worst;
}

TEST(LogMelParity, SyntheticAndFixtureRecordings) {
  const auto records = read_records("mel.bin");
  ASSERT_EQ(records.size(), 8U);
  std::cout << "largest error " << check(records, fs::path(SEBEN_SOURCE_DIR) / "tests/fixtures/audio") << "\n";
}

// mel_real.bin has records of all recordings of ../shared; four of them lie in the repository.
TEST(LogMelParity, RealClips) {
  auto records = read_records("mel_real.bin");
  std::erase_if(records, [](const Record& r) { return !fs::exists(test::real_recordings() / r.name); });
  ASSERT_EQ(records.size(), 8U);
  std::cout << "largest error " << check(records, test::real_recordings()) << "\n";
}

TEST(LogMelParity, RealClipsOfSharedData) {
  const fs::path folder = test::shared_data("audio/real");
  SEBEN_SKIP_WITHOUT(folder);
  const auto records = read_records("mel_real.bin");
  ASSERT_EQ(records.size(), 70U);
  std::cout << "largest error " << check(records, folder) << "\n";
}

}  // namespace
}  // namespace seben::frontend
