// SPDX-License-Identifier: Apache-2.0
#include "bundle/bundle.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/interrupt.h"
#include "bundle/encoder_contract.h"
#include "import/writer.h"
#include "model/whisper/encoder_tensors.h"
#include "support/errors.h"
#include "support/tiny_model.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;
using test::fails_with;
using test::is_bad_data;

class BundleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const ImportOptions options = test::write_tiny_sources(dir_);
    import_bundle(options);
    folder_ = options.out;
  }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_ + "/" + name; }
  [[nodiscard]] nlohmann::json manifest() const { return nlohmann::json::parse(test::read_file(file("bundle.json"))); }
  void set(const std::string& pointer, const nlohmann::json& value) const {
    nlohmann::json json = manifest();
    json[nlohmann::json::json_pointer(pointer)] = value;
    test::write_file(file("bundle.json"), json.dump());
  }
  // Replaces a listed file and its entry, so that nothing but the content itself can be refused.
  void replace(const std::string& name, const std::string& bytes) const {
    test::write_file(file(name), bytes);
    nlohmann::json json = manifest();
    for (auto& entry : json["files"]) {
      if (entry["path"] == name) entry["bytes"] = bytes.size();
    }
    test::write_file(file("bundle.json"), json.dump());
  }
  [[nodiscard]] auto open() const {
    return [this] { (void)Bundle::open(folder_); };
  }

  test::TempDir dir_;
  std::string folder_;
};

TEST_F(BundleTest, OpensWithAllItsParts) {
  const Bundle bundle = Bundle::open(folder_);
  EXPECT_EQ(bundle.manifest().name, "tiny");
  EXPECT_EQ(bundle.head_config().stride, 4);
  EXPECT_EQ(bundle.head_config().blank, 65);
  EXPECT_EQ(bundle.vocabulary().size(), 66U);
  EXPECT_EQ(bundle.encoder_config()->d_model, 16);
  EXPECT_EQ(bundle.required().output_frames, 3);
  EXPECT_EQ(bundle.admitted_precisions(), std::vector<std::string>{"f32"});
  EXPECT_EQ(bundle.fastest_admitted(), kernels::Precision::f32);
  EXPECT_EQ(bundle.digest().size(), 64U);
  EXPECT_NO_THROW(verify_digests(bundle));
  EXPECT_EQ(bundle.manifest().provides->weights,
            whisper::encoder_digest(*bundle.encoder_weights(), *bundle.encoder_config()));
}

TEST_F(BundleTest, AMissingBundleIsNoInput) {
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "none", [&] { (void)Bundle::open(dir_ / "none"); }));
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "found a file", [&] { (void)Bundle::open(file("vocab.json")); }));
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "bundle.json", [&] { (void)Bundle::open(dir_.str()); }));
}

TEST_F(BundleTest, EveryListedFileMustBeThereWithItsSize) {
  for (const char* name : {"head.safetensors", "vocab.json", "encoder.safetensors", "config.json"}) {
    const std::string bytes = test::read_file(file(name));
    test::write_file(file(name), bytes + " ");
    EXPECT_TRUE(is_bad_data(std::string(name) + ": expected " + std::to_string(bytes.size()) + " bytes", open()));
    test::write_file(file(name), bytes.substr(0, bytes.size() - 1));
    EXPECT_TRUE(is_bad_data(std::string(name) + ": expected " + std::to_string(bytes.size()) + " bytes", open()));
    fs::remove(file(name));
    EXPECT_TRUE(is_bad_data(std::string(name) + ": expected a file that bundle.json lists", open()));
    test::write_file(file(name), bytes);
  }
  EXPECT_NO_THROW(open()());
}

TEST_F(BundleTest, AChangedByteIsFoundByTheDigests) {
  std::string bytes = test::read_file(file("encoder.safetensors"));
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  test::write_file(file("encoder.safetensors"), bytes);
  const Bundle bundle = Bundle::open(folder_);  // digests are not taken on every start
  EXPECT_TRUE(is_bad_data("encoder.safetensors: expected SHA-256", [&] { verify_digests(bundle); }));
}

TEST_F(BundleTest, LinksMayNotLeaveTheFolder) {
  test::write_file(dir_ / "outside", test::read_file(file("vocab.json")));
  fs::remove(file("vocab.json"));
  fs::create_symlink(dir_ / "outside", file("vocab.json"));
  EXPECT_TRUE(is_bad_data("vocab.json: expected a file inside the bundle, found a link", open()));
  fs::remove(file("vocab.json"));
  fs::rename(dir_ / "outside", file("inside.txt"));
  fs::create_symlink("inside.txt", file("vocab.json"));
  EXPECT_NO_THROW(open()());
  // The bundle itself may be reached through one.
  fs::create_directory_symlink(folder_, dir_ / "link");
  EXPECT_NO_THROW((void)Bundle::open(dir_ / "link"));
}

TEST_F(BundleTest, UnlistedWeightsAndJsonAreRefused) {
  for (const char* name : {"ranker.json", "extra.safetensors", "deep/down/model.npy"}) {
    fs::create_directories(fs::path(file(name)).parent_path());
    test::write_file(file(name), "x");
    EXPECT_TRUE(is_bad_data("found one that it does not", open())) << name;
    fs::remove(file(name));
  }
  test::write_file(file("notes.txt"), "x");
  EXPECT_NO_THROW(open()());
}

TEST_F(BundleTest, PartsThatContradictEachOtherAreRefused) {
  const std::vector<std::tuple<std::string, nlohmann::json, std::string>> cases{
      {"/head/kind", "bilstm", "head.kind: expected transformer, found bilstm"},
      {"/head/stride", 2, "head.stride: expected 4, found 2"},
      {"/head/input_dim", 1280, "head.input_dim: expected 16, found 1280"},
      {"/head/classes", 67, "head.classes: expected 66, found 67"},
      {"/contract/requires/layout/dim", 1280, "contract.requires.layout.dim: expected 16"},
      {"/contract/provides/mel/n_mels", 128, "contract.provides.mel.n_mels: expected 80"},
      {"/contract/requires/mel/n_mels", 128, "80 mel bins offered, 128 required"},
      {"/contract/provides/extractor/weights", std::string(64, 'a'), "weights digest differs"},
      {"/encoder/subsample", 2, "downsampling.extractor: expected 2, found 1"}};
  const nlohmann::json before = manifest();
  for (const auto& [pointer, value, text] : cases) {
    set(pointer, value);
    EXPECT_TRUE(is_bad_data(text, open())) << pointer;
    test::write_file(file("bundle.json"), before.dump());
  }
  EXPECT_NO_THROW(open()());
}

TEST_F(BundleTest, TheVocabularyMustFitTheHead) {
  const std::string good = test::read_file(file("vocab.json"));
  replace("vocab.json", nko::Vocabulary::nko_blank_first().to_json());
  EXPECT_TRUE(is_bad_data("vocab.json: blank: expected 65, found 0", open()));
  replace("vocab.json", R"({"blank": 1, "classes": ["a", "b"]})");
  EXPECT_TRUE(is_bad_data("vocab.json: classes: expected 66, found 2", open()));
  replace("vocab.json", R"({"blank": 66, "classes": ["a", "b"]})");
  EXPECT_TRUE(is_bad_data("vocab.json: blank", open()));
  replace("vocab.json", R"({"classes": ["a", "b"]})");
  EXPECT_TRUE(is_bad_data("vocab.json: blank", open()));
  replace("vocab.json", good);
  EXPECT_NO_THROW(open()());
}

TEST_F(BundleTest, WrongShapesAndTypesAreNamed) {
  test::TinySizes sizes;
  sizes.ffn = 24;
  test::tiny_encoder(sizes).write(dir_ / "other.safetensors");
  replace("encoder.safetensors", test::read_file(dir_ / "other.safetensors"));
  EXPECT_TRUE(is_bad_data("layers.0.fc1.bias: expected shape [32], found shape [24]", open()));
  replace("config.json", test::tiny_config(sizes));
  EXPECT_NO_THROW(open()());
  test::RandomTensors missing = test::tiny_encoder(sizes);
  missing.erase("model.encoder.layers.1.fc2.bias");
  missing.write(dir_ / "other.safetensors");
  replace("encoder.safetensors", test::read_file(dir_ / "other.safetensors"));
  EXPECT_TRUE(is_bad_data("model.encoder.layers.1.fc2.bias: expected a tensor, found none", open()));
  replace("config.json", R"({"d_model": 16})");
  EXPECT_TRUE(is_bad_data("config.json: num_mel_bins", open()));
}

TEST_F(BundleTest, CorruptFilesAreNamed) {
  replace("head.safetensors", "garbage!garbage!");
  EXPECT_TRUE(is_bad_data("head.safetensors: header size", open()));
}

TEST_F(BundleTest, ForeignFeaturesFitOrAreRefused) {
  const Bundle bundle = Bundle::open(folder_);
  frontend::FeatureContract contract = bundle.provided(kernels::Precision::f32);
  EXPECT_FALSE(bundle.require_features(contract, "f"));
  contract = bundle.provided(kernels::Precision::bf16);
  EXPECT_TRUE(is_bad_data("precision bf16 has passed no gate", [&] { bundle.require_features(contract, "f"); }));
}

TEST_F(BundleTest, OpeningReadsNoWeights) {
  // What opening touches must not grow with the weights: a sparse encoder of 1.2 GB is opened without reading it.
  test::TinySizes sizes;
  sizes.d_model = 1280;
  sizes.ffn = 5120;
  sizes.layers = 16;
  sizes.positions = 1500;
  const auto config = whisper::EncoderConfig{sizes.n_mels, sizes.d_model, sizes.layers, 20, sizes.ffn, sizes.positions};
  std::vector<tensor::TensorSpec> specs;
  std::uint64_t bytes = 0;
  for (const whisper::TensorShape& tensor : whisper::encoder_tensors(config)) {
    specs.push_back({"model.encoder." + tensor.name, tensor::DType::f32, tensor.shape});
    bytes += tensor::TensorView{"", "", tensor::DType::f32, tensor.shape, nullptr}.bytes();
  }
  const std::string path = dir_ / "big.safetensors";
  {
    // The header as the writer makes it, the tensors as a hole.
    tensor::SafetensorsWriter writer(path, specs, {});
    for (const auto& entry : fs::directory_iterator(dir_.str())) {
      if (entry.path().filename().string().starts_with("big.safetensors.partial")) fs::copy(entry.path(), path);
    }
  }
  fs::resize_file(path, fs::file_size(path) + bytes);
  const auto pages_touched = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt + usage.ru_majflt;
  };
  const long before = pages_touched();
  const auto file = tensor::SafetensorsFile::open(path);
  EXPECT_EQ(whisper::find_encoder(file, config).size(), specs.size());
  EXPECT_LT(pages_touched() - before, static_cast<long>(bytes / 4096 / 50));
  EXPECT_GT(bytes, 1'000'000'000U);
}

TEST_F(BundleTest, TheWriterLeavesNothingUnfinished) {
  const std::string out = dir_ / "new";
  {
    BundleWriter writer(out);
    writer.add_text("vocab.json", Role::vocabulary, "{}");
    EXPECT_TRUE(is_bad_data("stays inside", [&] { (void)writer.path("../x"); }));
  }
  EXPECT_FALSE(fs::exists(out));
  {
    BundleWriter writer(out);
    Manifest manifest = Bundle::open(folder_).manifest();
    writer.add_text("vocab.json", Role::vocabulary, "{}");
    EXPECT_TRUE(is_bad_data("a file of role head", [&] { writer.commit(manifest); }));
  }
  EXPECT_FALSE(fs::exists(out));
  for (const auto& entry : fs::directory_iterator(dir_.str())) {
    EXPECT_EQ(entry.path().string().find("partial"), std::string::npos) << entry.path();
  }
  EXPECT_TRUE(fails_with(ErrorCategory::io, "a name that is free", [&] { BundleWriter writer(folder_); }));
  EXPECT_TRUE(fails_with(ErrorCategory::io, "to be created", [&] { BundleWriter writer(dir_ / "no/such"); }));
}

TEST_F(BundleTest, AnInterruptStopsDigests) {
  const Bundle bundle = Bundle::open(folder_);
  base::request_interrupt(SIGINT);
  EXPECT_THROW(verify_digests(bundle), base::Interrupted);
  base::clear_interrupt();
}

}  // namespace
}  // namespace seben::bundle
