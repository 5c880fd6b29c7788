// SPDX-License-Identifier: Apache-2.0
#include "formats/safetensors.h"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "base/interrupt.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::tensor {
namespace {

namespace fs = std::filesystem;
using test::fails_with;
using test::is_bad_data;
using test::TempDir;

std::string with_header(const std::string& header, std::size_t data_bytes) {
  std::string bytes;
  for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return bytes + header + std::string(data_bytes, '\0');
}

void parse(const std::string& bytes) {
  (void)SafetensorsFile::view(std::as_bytes(std::span(bytes.data(), bytes.size())), "w.safetensors");
}

void parse(const std::string& header, std::size_t data_bytes) { parse(with_header(header, data_bytes)); }

// A file of three tensors, written by the writer.
std::string sample(const TempDir& dir) {
  const std::array<float, 6> a{1, 2, 3, 4, 5, 6};
  const std::array<std::int8_t, 3> b{7, 8, 9};
  const std::vector<TensorView> views{{"a", "", DType::f32, {2, 3}, reinterpret_cast<const std::byte*>(a.data())},
                                      {"b", "", DType::i8, {3}, reinterpret_cast<const std::byte*>(b.data())},
                                      {"none", "", DType::f16, {0, 5}, nullptr},
                                      {"scalar", "", DType::i8, {}, reinterpret_cast<const std::byte*>(b.data())}};
  write_safetensors(dir / "s.safetensors", views, {{"kind", "test"}});
  return dir / "s.safetensors";
}

TEST(Safetensors, WritesWhatItReads) {
  const TempDir dir;
  const auto file = SafetensorsFile::open(sample(dir));
  EXPECT_EQ(file.names(), (std::vector<std::string>{"a", "b", "none", "scalar"}));
  EXPECT_EQ(file.metadata(), (Metadata{{"kind", "test"}}));
  EXPECT_EQ(to_float(file.require("a", {2, 3})), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(file.require("b").data[2], std::byte{9});
  EXPECT_EQ(file.require("scalar").elements(), 1);
  EXPECT_EQ(file.require("none").bytes(), 0U);
  EXPECT_EQ(file.total_bytes(), 28U);
  file.release(file.require("a"));
  EXPECT_EQ(to_float(file.require("a"))[5], 6.0F);
  EXPECT_EQ(file.find("c"), nullptr);
  EXPECT_TRUE(is_bad_data("s.safetensors: c: expected a tensor, found none", [&] { (void)file.require("c"); }));
  EXPECT_TRUE(is_bad_data("shape [3, 2], found shape [2, 3]", [&] { (void)file.require("a", {3, 2}); }));
}

TEST(Safetensors, RefusesEveryCutAndEveryExtension) {
  const TempDir dir;
  const std::string bytes = test::read_file(sample(dir));
  ASSERT_NO_THROW(parse(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(is_bad_data("w.safetensors", [&] { parse(bytes.substr(0, size)); })) << size;
  }
  EXPECT_TRUE(is_bad_data("1 trailing bytes", [&] { parse(bytes + "x"); }));
}

TEST(Safetensors, RefusesHostileHeaders) {
  const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  ASSERT_NO_THROW(parse(entry("F32", "[2]", "[0,8]"), 8));
  const std::vector<std::pair<std::string, std::string>> cases{
      {entry("F33", "[2]", "[0,8]"), "w.dtype: expected one of F64"},
      {entry("F32", "[2,-1]", "[0,8]"), "w.shape[1]: expected a whole number"},
      {entry("F32", "[9223372036854775807,4]", "[0,8]"), "w.shape[0]"},
      {entry("F32", "[18446744073709551616]", "[0,8]"), "w.shape[0]"},
      {entry("F32", "[281474976710656,281474976710656,2]", "[0,8]"), "overflow"},
      {entry("F32", "[281474976710656,281474976710656,0]", "[0,0]"), "overflow"},
      {entry("F32", "[0,281474976710656,281474976710656]", "[0,0]"), "overflow"},
      {entry("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), "at most 8 elements"},
      {entry("F32", "[3]", "[0,8]"), "the bytes of F32 [3], 12, found 8"},
      {entry("F32", "[2]", "[0,9]"), "w.data_offsets[1]"},
      {entry("F32", "[2]", "[-8,0]"), "w.data_offsets[0]"},
      {entry("F32", "[2]", "[8,0]"), "w.data_offsets[1]"},
      {entry("F32", "[2]", "[0]"), "two offsets"},
      {entry("F32", "[2]", "[0,8,8]"), "at most 2"},
      {entry("F32", "[1]", "[4,8]"), "to begin at 0, found 4 (gap)"},
      {entry("F32", "[1]", "[0,4]"), "4 trailing bytes"},
      {entry("F32", "\"2\"", "[0,8]"), "w.shape: expected an array"},
      {R"({"w":{"dtype":"F32","shape":[2]}})", "w.data_offsets: expected a value"},
      {R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":1}})", "w.extra"},
      {R"({"w":[]})", "w: expected an object"},
      {R"({"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
       "b.data_offsets: expected to begin at 6, found 4 (overlap)"},
      {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})",
       "\"a\" twice"},
      {R"({"__metadata__":{"k":1},"w":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})", "__metadata__.k"},
      {"[" + std::string(5000, '['), "to start with '{'"},
      {R"({"a":)" + std::string(5000, '['), "nested"},
      {" {}", "to start with '{'"},
      {"", "to start with '{'"}};
  for (const auto& one : cases) {
    EXPECT_TRUE(is_bad_data(one.second, [&] { parse(one.first, 8); })) << one.first;
  }
}

TEST(Safetensors, RefusesImpossibleHeaderSizes) {
  EXPECT_TRUE(is_bad_data("at least 8 bytes", [] { parse("1234567"); }));
  EXPECT_TRUE(is_bad_data("header size: expected at most 100000000", [] { parse(std::string(16, '\xff')); }));
  EXPECT_TRUE(is_bad_data("truncated", [] { parse(std::string("\x20\0\0\0\0\0\0\0{}", 10)); }));
}

TEST(Safetensors, TheWriterRefusesWhatItCouldNotReadBack) {
  const TempDir dir;
  const std::string path = dir / "x.safetensors";
  const auto write = [&](std::vector<TensorSpec> specs, const Metadata& metadata) {
    SafetensorsWriter writer(path, specs, metadata);
  };
  EXPECT_TRUE(is_bad_data("a name",
                          [&] {
                            write({{"a", DType::u8, {1}}, {"a", DType::u8, {1}}}, {});
                          }) ||
              is_bad_data("that is free", [&] {
                write({{"a", DType::u8, {1}}, {"a", DType::u8, {1}}}, {});
              }));
  EXPECT_TRUE(is_bad_data("0 or more", [&] { write({{"a", DType::u8, {-1}}}, {}); }));
  EXPECT_TRUE(is_bad_data("UTF-8", [&] { write({}, {{"k", "\xff"}}); }));
  {
    SafetensorsWriter writer(path, {{"a", DType::u8, {2}}}, {});
    writer.append(std::array{std::byte{1}});
    EXPECT_TRUE(fails_with(ErrorCategory::internal, "1 bytes less", [&] { writer.commit(); }));
    EXPECT_TRUE(fails_with(ErrorCategory::internal, "at most 1 bytes more", [&] {
      writer.append(std::array{std::byte{1}, std::byte{2}});
    }));
  }
  EXPECT_TRUE(fs::is_empty(dir.str()));
}

// Both ways were quadratic: 40,000 tensors took over a minute to read.
TEST(Safetensors, AHundredThousandTensorsTakeTimeInProportion) {
  constexpr std::size_t kTensors = 100'000;
  const TempDir dir;
  std::vector<TensorSpec> specs;
  for (std::size_t i = 0; i < kTensors; ++i) specs.push_back({"layers." + std::to_string(i), DType::u8, {1, 0}});
  SafetensorsWriter(dir / "m.safetensors", specs, {}).commit();
  EXPECT_EQ(SafetensorsFile::open(dir / "m.safetensors").names().size(), kTensors);
}

TEST(Safetensors, AnInterruptedWriteLeavesNothing) {
  const TempDir dir;
  const std::array<float, 1> a{1};
  const std::vector<TensorView> views{{"a", "", DType::f32, {1}, reinterpret_cast<const std::byte*>(a.data())}};
  base::request_interrupt(SIGINT);
  EXPECT_THROW(write_safetensors(dir / "x", views, {}), base::Interrupted);
  base::clear_interrupt();
  EXPECT_TRUE(fs::is_empty(dir.str()));
}

class Sharded : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::array<std::uint8_t, 2> a{1, 2};
    const auto* data = reinterpret_cast<const std::byte*>(a.data());
    write_safetensors(dir_ / "one.safetensors", std::vector<TensorView>{{"a", "", DType::u8, {2}, data}}, {});
    write_safetensors(dir_ / "two.safetensors", std::vector<TensorView>{{"b", "", DType::u8, {1}, data + 1}}, {});
  }

  void index(const std::string& map) {
    test::write_file(dir_ / "model.safetensors.index.json",
                     R"({"metadata":{"total_size":3},"weight_map":)" + map + "}");
  }

  TempDir dir_;
};

TEST_F(Sharded, FindsTensorsInTheirFiles) {
  index(R"({"a":"one.safetensors","b":"two.safetensors"})");
  const auto weights = open_weights(dir_.str());
  EXPECT_EQ(weights->names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(weights->require("b").data[0], std::byte{2});
  EXPECT_EQ(weights->find("c"), nullptr);
  weights->release(weights->require("a"));
  EXPECT_EQ(weights->total_bytes(), 3U);
}

TEST_F(Sharded, RefusesAnIndexThatDoesNotFitItsFiles) {
  const auto open = [&] { (void)open_weights(dir_ / "model.safetensors.index.json"); };
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"a":"../one.safetensors"})", "the name of a file in the same folder"},
      {R"({"a":"/etc/passwd"})", "the name of a file in the same folder"},
      {R"({"a":".."})", "the name of a file in the same folder"},
      {R"({"a":"one.safetensors","c":"two.safetensors"})", "c: expected the tensor that the index names"},
      {R"({"a":"one.safetensors","b":"one.safetensors"})", "b: expected the tensor that the index names"},
      {R"({"a":7})", "weight_map.a: expected a string"},
      {"[]", "weight_map: expected an object"}};
  for (const auto& [map, text] : cases) {
    index(map);
    EXPECT_TRUE(is_bad_data(text, open)) << map;
  }
  index(R"({"a":"three.safetensors"})");
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "three.safetensors", open));
}

TEST(OpenWeights, SaysWhatAFolderLacks) {
  const TempDir dir;
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "neither", [&] { (void)open_weights(dir.str()); }));
  fs::copy(sample(dir), dir / "model.safetensors");
  EXPECT_EQ(open_weights(dir.str())->names().size(), 4U);
  EXPECT_EQ(open_weights(dir / "model.safetensors")->names().size(), 4U);
}

}  // namespace
}  // namespace seben::tensor
