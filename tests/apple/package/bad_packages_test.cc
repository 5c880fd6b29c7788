// SPDX-License-Identifier: Apache-2.0
// Packages that are truncated, hostile or mismatched.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "mil/builder.h"
#include "package/manifest.h"
#include "package/package.h"
#include "package/summary.h"
#include "package/wire.h"
#include "support/errors.h"
#include "support/mil_model.h"
#include "support/temp_dir.h"

namespace seben::coreml {
namespace {

namespace fs = std::filesystem;
using mil::DType;
using mil::Literal;

mil::Model model() {
  mil::FunctionBuilder b(mil::Opset::ios16);
  const mil::Value x = b.input("x", {DType::fp32, {2, 8}});
  std::vector<float> weight(32);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<float>(i);
  const mil::Value y = b.add("linear", "y", {{"x", x}, {"weight", Literal::floats(weight, {4, 8}, DType::fp32)}});
  return test::model_of(b, {x}, {y});
}

class BadPackage : public testing::Test {
 protected:
  BadPackage() { write_package(model(), path_, {}); }

  [[nodiscard]] std::string weights() const { return path_ + "/Data/com.apple.CoreML/weights/weight.bin"; }
  [[nodiscard]] std::string program() const { return path_ + "/Data/com.apple.CoreML/model.mlmodel"; }
  [[nodiscard]] std::string manifest() const { return path_ + "/Manifest.json"; }

  static void change(const std::string& file, std::size_t at, std::uint32_t value) {
    std::string bytes = test::read_file(file);
    std::memcpy(bytes.data() + at, &value, sizeof(value));
    test::write_file(file, bytes);
  }
  void refused(const char* says) const {
    EXPECT_TRUE(test::is_bad_data(says, [&] { static_cast<void>(read_package(path_)); }));
  }

  test::TempDir dir_;
  std::string path_ = dir_ / "model.mlpackage";
};

TEST_F(BadPackage, GoodOneIsRead) {
  const Package package = read_package(path_);
  EXPECT_TRUE(verify_weights(package));
  EXPECT_EQ(package.weights->records().size(), 1U);
}

TEST_F(BadPackage, WeightFileDefectsAreCalledByTheirNames) {
  const std::string good = test::read_file(weights());
  test::write_file(weights(), std::string(good.size(), '\0'));
  refused("zeros: the file was never written");
  test::write_file(weights(), std::string("\x00\x05\x16\x07\x00\x02\x00\x00", 8) + good.substr(8));
  refused("AppleDouble");
  test::write_file(weights(), good);
  change(weights(), 4, 1);
  refused("version 1");
  test::write_file(weights(), good);
  change(weights(), 4, 9);
  refused("version 2");
  test::write_file(weights(), good.substr(0, good.size() - 1));
  refused("truncated");
  test::write_file(weights(), good.substr(0, 40));
  refused("empty or truncated");
  test::write_file(weights(), good);
  change(weights(), 64, 0xDEADBEE0);
  refused("sentinel");
  test::write_file(weights(), good);
  change(weights(), 68, 77);
  refused("known type");
  test::write_file(weights(), good);
  change(weights(), 68, 1);
  refused("128 bytes of fp32");
  test::write_file(weights(), good);
  change(weights(), 76, 0x7FFFFFFF);  // the size's upper half
  refused("truncated");
  test::write_file(weights(), good);
  change(weights(), 0, 3);
  refused("at most 2 constants");
  test::write_file(weights(), good + std::string(200, 'x'));
  refused("1 constants up to byte");
}

TEST_F(BadPackage, ChangedWeightsAreFoundByTheirDigest) {
  change(weights(), 128, 0x3F800000);
  const Package package = read_package(path_);
  EXPECT_TRUE(test::is_bad_data("SHA-256", [&] { static_cast<void>(verify_weights(package)); }));
  EXPECT_TRUE(test::is_bad_data("SHA-256", [&] { static_cast<void>(summarise(package)); }));
}

TEST_F(BadPackage, StraysAreRefusedByNameAndRemoved) {
  const std::string stray = path_ + "/Data/com.apple.CoreML/weights/._weight.bin";
  test::write_file(stray, "x");
  refused("._weight.bin");
  EXPECT_EQ(remove_strays(path_), std::vector<std::string>{stray});
  EXPECT_NO_THROW(static_cast<void>(read_package(path_)));
  test::write_file(path_ + "/Data/notes.txt", "x");
  refused("notes.txt");
}

TEST_F(BadPackage, ManifestDefectsNameTheField) {
  const std::string good = test::read_file(manifest());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const auto& [text, says] : std::vector<std::pair<std::string, const char*>>{
           {with("1.0.0", "1.1.0"), "fileFormatVersion"},
           {with("1.0.0", "1.0"), "fileFormatVersion"},
           {with("1.0.0", "one"), "fileFormatVersion"},
           {with("rootModelIdentifier", "root"), "rootModelIdentifier"},
           {with("com.apple.CoreML/model.mlmodel", "../../model.mlmodel"), "path"},
           {with("com.apple.CoreML/model.mlmodel", "/etc/passwd"), "path"},
           {with("com.apple.CoreML/model.mlmodel", "com.apple.CoreML/other.mlmodel"), "only what the manifest lists"},
           {with("\"author\"", "\"writer\""), "author"},
           {"{", "Manifest.json"},
           {"", "Manifest.json"}}) {
    test::write_file(manifest(), text);
    refused(says);
  }
  fs::remove(manifest());
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::no_input, "Manifest.json", [&] { static_cast<void>(read_package(path_)); }));
}

TEST_F(BadPackage, ProgramsThatAreNone) {
  test::write_file(program(), "this is no protobuf");
  refused("protobuf");
  test::write_file(program(), "");
  refused("1 byte");
  test::write_file(program(),
                   std::string("\x08\x07\xA2\x1F\x00", 5));  // version 7, an empty neural network (field 500)
  refused("a neural network");
  fs::remove_all(path_ + "/Data");
  refused("items that exist");
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "nothing of that name",
                               [&] { static_cast<void>(read_package(dir_ / "none.mlpackage")); }));
}

TEST_F(BadPackage, BlobFilesMustLieInThePackage) {
  std::string bytes = test::read_file(program());
  const std::string name = "@model_path/weights/weight.bin";
  const std::size_t at = bytes.find(name);
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, name.size(), "@model_path/../../../secret.bi");
  test::write_file(program(), bytes);
  refused("@model_path");
  bytes.replace(at, name.size(), "@model_path//tmp/secret/weight");
  test::write_file(program(), bytes);
  refused("@model_path");
}

TEST(WritePackage, RefusesATakenNameAndLeavesNothingBehind) {
  const test::TempDir dir;
  const std::string path = dir / "a.mlpackage";
  write_package(model(), path, {});
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "--overwrite", [&] { write_package(model(), path, {}); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, ".mlpackage", [&] { write_package(model(), dir / "b.zip", {}); }));
  WriteOptions stop;
  stop.overwrite = true;
  stop.progress = [](std::uint64_t, std::uint64_t) { throw std::runtime_error("stop"); };
  EXPECT_THROW(write_package(model(), path, stop), std::runtime_error);
  EXPECT_THROW(write_package(model(), dir / "c.mlpackage", stop), std::runtime_error);
  std::size_t entries = 0;
  for (const auto& entry : fs::directory_iterator(dir.str())) {
    EXPECT_EQ(entry.path().filename(), "a.mlpackage");
    ++entries;
  }
  EXPECT_EQ(entries, 1U);
  EXPECT_NO_THROW(static_cast<void>(read_package(path)));
}

TEST(WritePackage, TooLittleRoomIsFoundBeforeWriting) {
  mil::FunctionBuilder b(mil::Opset::ios16);
  constexpr std::int64_t kRows = 1 << 20, kColumns = 1 << 22;  // 16 TB that nobody makes
  const mil::Value x = b.input("x", {DType::fp32, {1, kColumns}});
  const mil::Type type{DType::fp32, {kRows, kColumns}};
  const auto payload = mil::produce_bytes(mil::bytes_of(type.dtype, type.elements()),
                                          [](const mil::ByteSink&) { throw std::logic_error("asked for"); });
  const mil::Value y = b.add("linear", "y", {{"x", x}, {"weight", Literal{type, payload, {}, true}}});
  const test::TempDir dir;
  const mil::Model huge = test::model_of(b, {x}, {y});
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "bytes of room on the disk",
                               [&] { write_package(huge, dir / "a.mlpackage", {}); }));
  EXPECT_TRUE(fs::is_empty(dir.str()));
}

TEST(WritePackage, SharedConstantsAreStoredOnce) {
  mil::FunctionBuilder b(mil::Opset::ios16);
  const mil::Value x = b.input("x", {DType::fp32, {2, 8}});
  const Literal weight = Literal::floats(std::vector<float>(64, 0.25F), {8, 8}, DType::fp32);
  const mil::Value y =
      b.add("linear", "y", {{"x", b.add("linear", "h", {{"x", x}, {"weight", weight}})}, {"weight", weight}});
  const test::TempDir dir;
  write_package(test::model_of(b, {x}, {y}), dir / "a.mlpackage", {});
  EXPECT_EQ(read_package(dir / "a.mlpackage").weights->count(), 1U);
}

}  // namespace
}  // namespace seben::coreml
