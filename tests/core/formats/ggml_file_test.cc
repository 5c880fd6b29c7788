// SPDX-License-Identifier: Apache-2.0
#include "formats/ggml_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "formats/ggml_writer.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::tensor {
namespace {

namespace fs = std::filesystem;
using test::is_bad_data;
using test::TempDir;

constexpr GgmlHparams kSizes{40, 6, 32, 2, 1, 5, 32, 2, 1, 80, 1, 0};
// Where the fields of `sample` stand.
constexpr std::size_t kFtypeAt = 44, kMelsAt = 48, kBinsAt = 52, kVocabularyAt = 80, kTensorAt = 93;

// Two tokens, a filter bank of [2, 3], tensors f32 [2, 3] and f16 [32].
std::string sample(const TempDir& dir) {
  const std::array<float, 6> a{1, 2, 3, 4, 5, 6};
  const std::array<std::uint16_t, 32> b{0x3c00, 0x4000};
  GgmlWriter writer(dir / "m.bin", kSizes, {2, 3, std::as_bytes(std::span(a))}, {"x", ""});
  writer.begin("a", GgmlType::f32, {2, 3});
  writer.append(std::as_bytes(std::span(a)).first(5));
  writer.append(std::as_bytes(std::span(a)).subspan(5));
  writer.begin("b", GgmlType::f16, {32});
  writer.append(std::as_bytes(std::span(b)));
  writer.commit();
  return test::read_file(dir / "m.bin");
}

GgmlFile parse(const std::string& bytes) { return GgmlFile::view(std::as_bytes(std::span(bytes)), "m.bin"); }

std::string with(std::string bytes, std::size_t at, std::int32_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
  return bytes;
}

TEST(GgmlFile, ReadsWhatTheWriterWrites) {
  const TempDir dir;
  (void)sample(dir);
  const GgmlFile file = GgmlFile::open(dir / "m.bin");
  EXPECT_EQ(file.hparams(), kSizes);
  EXPECT_EQ(file.filters().n_mel, 2);
  EXPECT_EQ(file.filters().n_fft, 3);
  EXPECT_EQ(file.filters().data.size(), 24U);
  EXPECT_EQ(file.vocabulary(), (std::vector<std::string_view>{"x", ""}));
  ASSERT_EQ(file.tensors().size(), 2U);
  EXPECT_EQ(file.tensors()[0].shape, (Shape{2, 3}));
  std::vector<float> values;
  stream_floats(file.tensors()[0], [&](std::span<const float> piece) { values.assign(piece.begin(), piece.end()); });
  EXPECT_EQ(values, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  ASSERT_NE(file.find("b"), nullptr);
  EXPECT_EQ(file.find("b")->type, GgmlType::f16);
  EXPECT_EQ(file.find("c"), nullptr);
}

TEST(GgmlFile, RefusesEveryCutButThoseBetweenTensors) {
  const TempDir dir;
  const std::string bytes = sample(dir);
  std::size_t whole = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    try {
      (void)parse(bytes.substr(0, size));
      ++whole;  // the container does not say how many tensors there are; models::open_model misses them
    } catch (const Error& error) {
      EXPECT_EQ(error.category(), ErrorCategory::bad_data);
    }
  }
  EXPECT_EQ(whole, 2U);
}

TEST(GgmlFile, RefusesHostileFields) {
  const TempDir dir;
  const std::string good = sample(dir);
  ASSERT_NO_THROW((void)parse(good));
  constexpr std::int32_t kHuge = 0x7fffffff;
  const std::vector<std::pair<std::string, std::string>> cases{
      {with(good, 0, 0x46554747), "m.bin: magic number: expected 0x67676d6c (\"ggml\"), found 0x46554747"},
      {with(good, 4, 0), "n_vocab: expected 1 to 1048576, found 0"},
      {with(good, 4, -1), "n_vocab: expected 1 to 1048576, found -1"},
      {with(good, 40, kHuge), "n_mels"},
      {with(good, kFtypeAt, -3), "ftype"},
      {with(good, kMelsAt, 1 << 20), "mel filters: expected 12582912 bytes"},
      {with(with(good, kMelsAt, 1 << 20), kBinsAt, 1 << 20), "mel filters: expected 4398046511104 bytes"},
      {with(good, kVocabularyAt, kHuge), "vocabulary: size: expected 0 to 1048576"},
      {with(good, kVocabularyAt, 1 << 20), "vocabulary["},
      {with(good, kVocabularyAt + 4, -1), "vocabulary[0]"},
      {with(good, kVocabularyAt + 4, 60000), "vocabulary[0]: expected 60000 bytes"},
      {with(good, kTensorAt, 0), "tensor 0: n_dims: expected 1 to 4, found 0"},
      {with(good, kTensorAt, 5), "tensor 0: n_dims"},
      {with(good, kTensorAt + 4, 0), "tensor 0: length of the name"},
      {with(good, kTensorAt + 4, 4000), "tensor 0: length of the name"},
      {with(good, kTensorAt + 8, 12),
       "tensor 0: type: expected f32, f16, q4_0, q4_1, q5_0, q5_1 or q8_0, found type 12"},
      {with(good, kTensorAt + 8, 2), "ftype: expected blocks of version 2, found version 0: quantise the model anew"},
      {with(with(good, kTensorAt + 8, 2), kFtypeAt, 2002),
       "a: expected rows of whole blocks of 32, found shape [2, 3]"},
      {with(good, kTensorAt + 12, 0), "tensor 0: sizes"},
      {with(good, kTensorAt + 12, -3), "tensor 0: sizes"},
      {with(good, kTensorAt + 12, kHuge), "a: expected 17179869176 bytes"},
      {with(with(good, kTensorAt + 12, kHuge), kTensorAt + 16, kHuge), "a: expected a tensor that fits in a file"}};
  for (const auto& [bytes, says] : cases)
    EXPECT_TRUE(is_bad_data(says, [&input = bytes] { (void)parse(input); })) << says;
  std::string twice = good;
  const std::size_t b = twice.rfind('b');
  ASSERT_NE(b, std::string::npos);
  twice[b] = 'a';
  EXPECT_TRUE(is_bad_data("a: expected every tensor once, found it twice", [&] { (void)parse(twice); }));
  EXPECT_TRUE(is_bad_data("tensor 2: n_dims: expected 4 bytes, found 1", [&] { (void)parse(good + "x"); }));
}

TEST(GgmlWriter, LeavesNothingBehindUntilItsTensorsAreWhole) {
  const TempDir dir;
  const std::array<float, 6> a{};
  const GgmlFilters filters{2, 3, std::as_bytes(std::span(a))};
  {
    GgmlWriter writer(dir / "m.bin", kSizes, filters, {});
    writer.begin("a", GgmlType::f32, {4});
    writer.append(std::as_bytes(std::span(a)).first(12));
    EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "a: expected all its bytes, found 4 bytes less",
                                 [&] { writer.commit(); }));
    EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "at most 4 bytes more, found 8",
                                 [&] { writer.append(std::as_bytes(std::span(a)).first(8)); }));
    EXPECT_TRUE(
        test::fails_with(ErrorCategory::internal, "all its bytes", [&] { writer.begin("b", GgmlType::f32, {1}); }));
  }
  EXPECT_TRUE(fs::is_empty(dir.str()));
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "f32 or f16, found q8_0", [&] {
    GgmlWriter(dir / "m.bin", kSizes, filters, {}).begin("a", GgmlType::q8_0, {32});
  }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "to be created",
                               [&] { const GgmlWriter writer(dir / "none/m.bin", kSizes, filters, {}); }));
  EXPECT_TRUE(fs::is_empty(dir.str()));
}

}  // namespace
}  // namespace seben::tensor
