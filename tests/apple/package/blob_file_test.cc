// SPDX-License-Identifier: Apache-2.0
// Weight files byte by byte: what the writer makes, and every field that the reader checks.
#include "package/blob_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::coreml {
namespace {

using mil::DType;
using test::fails_with;
using test::is_bad_data;

std::vector<std::byte> counted(std::size_t n) {
  std::vector<std::byte> bytes(n);
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::byte>(i * 7 + 1);
  return bytes;
}

class BlobFileTest : public ::testing::Test {
 protected:
  // Three constants: 10 halves, 3 four-bit codes, 5 MB of bytes in pieces.
  void SetUp() override {
    BlobWriter writer(path_, 3);
    offsets_.push_back(writer.append(DType::fp16, 10, *mil::own_bytes(counted(20))));
    offsets_.push_back(writer.append(DType::uint4, 3, *mil::own_bytes(counted(2))));
    const auto pieces = mil::produce_bytes(kLarge, [](const mil::ByteSink& sink) {
      const std::vector<std::byte> all = counted(kLarge);
      sink(std::span(all).first(3));
      sink(std::span(all).subspan(3));
    });
    offsets_.push_back(writer.append(DType::uint8, kLarge, *pieces));
    written_ = writer.bytes_written();
    digest_ = writer.commit();
    const std::string text = test::read_file(path_);
    bytes_.resize(text.size());
    std::memcpy(bytes_.data(), text.data(), text.size());
  }
  [[nodiscard]] BlobFile viewed() const { return BlobFile::view(bytes_, "w"); }
  template <typename T>
  void put(std::size_t at, T value) {
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }
  // The reader of the first record, after something was spoilt.
  [[nodiscard]] auto first() const {
    return [this] { (void)viewed().record(64); };
  }

  static constexpr std::int64_t kLarge = 5'000'000;
  test::TempDir dir_;
  std::string path_ = dir_ / "weight.bin", digest_;
  std::vector<std::uint64_t> offsets_;
  std::uint64_t written_ = 0;
  std::vector<std::byte> bytes_;
};

TEST_F(BlobFileTest, ReadsWhatItWrote) {
  EXPECT_EQ(offsets_, (std::vector<std::uint64_t>{64, 192, 320}));
  const BlobFile file = BlobFile::open(path_);
  EXPECT_EQ(file.count(), 3U);
  EXPECT_EQ(file.size(), written_);
  EXPECT_EQ(file.size(), blob_file_bytes(std::vector<std::uint64_t>{20, 2, kLarge}));
  EXPECT_EQ(digest_, base::sha256_file(path_));
  const auto records = file.records();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].dtype, DType::fp16);
  EXPECT_EQ(records[1].dtype, DType::uint4);
  EXPECT_EQ(records[1].unused_bits, 4U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(records[i].offset, offsets_[i]);
    EXPECT_EQ(records[i].data_offset, offsets_[i] + 64);
    const auto data = file.data(records[i]);
    EXPECT_EQ(std::vector(data.begin(), data.end()), counted(records[i].bytes)) << i;
  }
}

TEST_F(BlobFileTest, HeadersThatAreNone) {
  const auto opening = [this] { (void)viewed(); };
  EXPECT_TRUE(is_bad_data("truncated", [&] { (void)BlobFile::view(std::span(bytes_).first(63), "w"); }));
  put<std::uint32_t>(4, 1);
  EXPECT_TRUE(is_bad_data("Espresso", opening));
  put<std::uint32_t>(4, 3);
  EXPECT_TRUE(is_bad_data("expected version 2, found 3", opening));
  put<std::uint32_t>(4, 2);
  put<std::uint32_t>(0, 0x07160500);
  EXPECT_TRUE(is_bad_data("AppleDouble", opening));
  put<std::uint32_t>(0, 1'000'000);
  EXPECT_TRUE(is_bad_data("constants in", opening));
  std::fill_n(bytes_.begin(), 64, std::byte{0});
  EXPECT_TRUE(is_bad_data("never written", opening));
}

TEST_F(BlobFileTest, RecordsThatAreNone) {
  for (const std::uint64_t offset : {0U, 63U, 65U, 96U}) {
    EXPECT_TRUE(is_bad_data("a multiple of 64", [&] { (void)viewed().record(offset); })) << offset;
  }
  EXPECT_TRUE(is_bad_data("beyond the end", [&] { (void)viewed().record(1ULL << 40U); }));
  EXPECT_TRUE(is_bad_data("no record begins here", [&] { (void)viewed().record(128); }));
}

TEST_F(BlobFileTest, EveryFieldOfARecordIsChecked) {
  put<std::uint32_t>(68, 99);
  EXPECT_TRUE(is_bad_data("a known type", first()));
  put<std::uint32_t>(68, 1);
  put<std::uint64_t>(80, 192);
  EXPECT_TRUE(is_bad_data("data offset", first()));
  put<std::uint64_t>(80, 128);
  put<std::uint64_t>(72, 0);
  EXPECT_TRUE(is_bad_data("at least one byte", first()));
  put<std::uint64_t>(72, ~std::uint64_t{0});
  EXPECT_TRUE(is_bad_data("truncated", first()));
  put<std::uint64_t>(72, 21);
  EXPECT_TRUE(is_bad_data("whole elements of fp16", first()));
  put<std::uint64_t>(72, 20);
  put<std::uint64_t>(88, 3);
  EXPECT_TRUE(is_bad_data("whole elements", first()));
  put<std::uint64_t>(88, 0);
  EXPECT_NO_THROW(first()());
}

TEST_F(BlobFileTest, CountAndBytesMustAgree) {
  put<std::uint32_t>(0, 2);
  EXPECT_TRUE(is_bad_data("2 constants", [&] { (void)viewed().records(); }));
  put<std::uint32_t>(0, 4);
  EXPECT_TRUE(is_bad_data("record at", [&] { (void)viewed().records(); }));
}

TEST(BlobWriter, RefusesWhatDoesNotFitAndLeavesNothing) {
  const test::TempDir dir;
  {
    BlobWriter writer(dir / "w", 2);
    EXPECT_TRUE(fails_with(ErrorCategory::internal, "storable",
                           [&] { (void)writer.append(DType::fp16, 11, *mil::own_bytes(counted(20))); }));
    EXPECT_TRUE(fails_with(ErrorCategory::internal, "storable",
                           [&] { (void)writer.append(DType::int64, 1, *mil::own_bytes(counted(8))); }));
    (void)writer.append(DType::uint8, 1, *mil::own_bytes(counted(1)));
    EXPECT_TRUE(fails_with(ErrorCategory::internal, "2 constants", [&] { (void)writer.commit(); }));
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.str()));
  EXPECT_EQ(blob_type(DType::int64), std::nullopt);
  EXPECT_EQ(blob_type(DType::string), std::nullopt);
}

}  // namespace
}  // namespace seben::coreml
