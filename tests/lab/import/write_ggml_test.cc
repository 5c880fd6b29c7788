// SPDX-License-Identifier: Apache-2.0
#include "import/write_ggml.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "formats/ggml_file.h"
#include "support/errors.h"
#include "support/memory_weights.h"
#include "support/temp_dir.h"

namespace seben::models {
namespace {

namespace fs = std::filesystem;
using tensor::GgmlFile;
using tensor::GgmlType;
using test::is_bad_data;
using test::TempDir;

const std::string kFixtures = SEBEN_SOURCE_DIR "/tests/fixtures/models/";

class WriteGgml : public testing::Test {
 protected:
  WriteGgml() : model_(open_model(kFixtures + "openai.pt")) {
    const Model converted = open_model(kFixtures + "ggml-f16.bin");
    model_.vocabulary = converted.vocabulary;
    model_.mel_filters = converted.mel_filters;
  }

  // The same model with its numbers in memory, to be changed.
  std::shared_ptr<test::MemoryWeights> in_memory() {
    auto weights = std::make_shared<test::MemoryWeights>(*model_.weights);
    model_.weights = weights;
    return weights;
  }

  TempDir dir_;
  std::string path_ = dir_ / "m.bin";
  Model model_;
};

TEST_F(WriteGgml, EqualsWhisperCppsOwnConverter) {
  write_ggml(model_, path_);
  const GgmlFile mine = GgmlFile::open(path_), theirs = GgmlFile::open(kFixtures + "ggml-f16.bin");
  EXPECT_EQ(mine.hparams(), theirs.hparams());
  EXPECT_EQ(mine.filters().n_fft, theirs.filters().n_fft);
  EXPECT_TRUE(std::ranges::equal(mine.filters().data, theirs.filters().data));
  EXPECT_EQ(mine.vocabulary(), theirs.vocabulary());
  ASSERT_EQ(mine.tensors().size(), theirs.tensors().size());
  for (const tensor::GgmlTensor& their : theirs.tensors()) {
    const tensor::GgmlTensor* my = mine.find(their.name);
    ASSERT_NE(my, nullptr) << their.name;
    EXPECT_EQ(my->type, their.type) << their.name;
    EXPECT_EQ(my->shape, their.shape) << their.name;
    EXPECT_TRUE(std::ranges::equal(my->data, their.data)) << their.name;
  }
}

TEST_F(WriteGgml, WritesF32AndReadsItBack) {
  WriteGgmlOptions options;
  options.f16 = false;
  std::int64_t done = 0, total = 0;
  options.progress = [&](std::int64_t at, std::int64_t of) { done = at, total = of; };
  write_ggml(model_, path_, options);
  EXPECT_EQ(done, total);
  EXPECT_GT(total, 40'000);
  EXPECT_EQ(GgmlFile::open(path_).hparams().ftype, 0);
  const Model back = open_model(path_);
  for (const std::string& name : model_.weights->names()) {
    EXPECT_EQ(back.weights->require(name).dtype, tensor::DType::f32);
    EXPECT_EQ(tensor::to_float(back.weights->require(name)), tensor::to_float(model_.weights->require(name))) << name;
  }
}

TEST_F(WriteGgml, QuantisedModelsAreWrittenWithoutATemporaryFile) {
  const Model quantised = open_model(kFixtures + "ggml-q5_0.bin");
  WriteGgmlOptions options;
  options.f16 = false;
  write_ggml(quantised, path_, options);
  const std::string name = "model.decoder.layers.0.fc2.weight";
  EXPECT_EQ(quantised.weights->peek(name)->data, nullptr);
  EXPECT_EQ(tensor::to_float(open_model(path_).weights->require(name)),
            tensor::to_float(quantised.weights->require(name)));
}

TEST_F(WriteGgml, BringsSebensFiltersWhenTheModelHasNone) {
  model_.mel_filters.reset();
  write_ggml(model_, path_);
  const Model back = open_model(path_);
  ASSERT_EQ(back.mel_filters->bins, 201);
  // Slaney's first filter at 80 bands rises to 0.0249 at bin 1 (40 Hz), as in OpenAI's mel_filters.npz.
  EXPECT_NEAR(back.mel_filters->weights[1], 0.0248626F, 1e-6F);
  EXPECT_EQ(back.mel_filters->weights[0], 0.0F);
  EXPECT_EQ(back.mel_filters->weights[80 * 201 - 1], 0.0F);
}

TEST_F(WriteGgml, RefusesWhatWhisperCppCouldNotRun) {
  const auto refuses = [&](ErrorCategory category, const char* says) {
    EXPECT_TRUE(test::fails_with(category, says, [&] { write_ggml(model_, path_); }));
    EXPECT_TRUE(fs::is_empty(dir_.str()));
  };
  const Model good = model_;
  model_.vocabulary.clear();
  refuses(ErrorCategory::usage, "a vocabulary (vocab.json beside the weights), found none");
  model_ = good;
  model_.config.decoder.reset();
  refuses(ErrorCategory::usage, "an encoder alone");
  model_ = good;
  model_.config.encoder.ffn = 100;
  refuses(ErrorCategory::bad_data, "encoder_ffn_dim: expected 128, found 100");
  model_ = good;
  model_.mel_filters->n_mels = 128;
  refuses(ErrorCategory::bad_data, "mel filters: expected 80 of them, found 128");
  model_ = good;
  in_memory()->values("model.decoder.layers.0.fc1.weight")[7] = 65520.0F;
  refuses(ErrorCategory::bad_data, "model.decoder.layers.0.fc1.weight: expected magnitudes that f16 holds");
  model_ = good;
  in_memory()->values("model.decoder.layers.0.fc1.bias")[7] = std::numeric_limits<float>::infinity();
  refuses(ErrorCategory::bad_data, "model.decoder.layers.0.fc1.bias: expected finite values, found inf at element 7");
}

TEST_F(WriteGgml, TheOutputLayerMustBeTheEmbedding) {
  const auto weights = in_memory();
  std::vector<float> output = weights->values("model.decoder.embed_tokens.weight");
  weights->set("proj_out.weight", {40, 32}, output);
  EXPECT_NO_THROW(write_ggml(model_, path_));
  output[3] += 1.0F;
  weights->set("proj_out.weight", {40, 32}, output);
  EXPECT_TRUE(is_bad_data("proj_out.weight: expected the token embedding", [&] { write_ggml(model_, path_); }));
}

TEST_F(WriteGgml, StoppingLeavesNothingBehind) {
  WriteGgmlOptions options;
  options.progress = [](std::int64_t, std::int64_t) { throw std::runtime_error("stop"); };
  EXPECT_THROW(write_ggml(model_, path_, options), std::runtime_error);
  EXPECT_TRUE(fs::is_empty(dir_.str()));
}

}  // namespace
}  // namespace seben::models
