// SPDX-License-Identifier: Apache-2.0
// Silero's weights out of ONNX models: invented ones, equal to those in whisper.cpp's form, and silero-vad's own file
// against ONNX Runtime (tools/fixtures/make_onnx.py).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "audio/decoder.h"
#include "audio/vad/silero.h"
#include "base/json.h"
#include "base/sha256.h"
#include "core/audio/vad/invented_silero.h"
#include "support/errors.h"
#include "support/proto_writer.h"
#include "support/small_model.h"

namespace seben::generate {
namespace {

using seben::test::is_bad_data;
using seben::test::onnx_constant;
using seben::test::onnx_model;
using seben::test::onnx_tensor;
using seben::test::ProtoWriter;
using Change = std::function<void(std::string& name, tensor::Shape& shape, std::vector<std::byte>& data)>;

constexpr std::string_view kPrefix = "_model.";

// What a graph holds: the invented weights as Constant nodes or as initialisers.
void add_weights(ProtoWriter& graph, const std::string& before, bool constants, const Change& change = {}) {
  static const std::vector<std::byte> bytes = test::silero_bytes();
  static const SileroFile invented = SileroFile::view(bytes, "invented");
  for (const tensor::GgmlTensor& t : invented.tensors()) {
    std::string name = before + t.name.substr(kPrefix.size());
    tensor::Shape shape = t.shape;
    std::vector<std::byte> data(t.data.begin(), t.data.end());
    if (change) change(name, shape, data);
    if (name.empty()) continue;
    const ProtoWriter tensor = onnx_tensor(name, shape, t.type == tensor::GgmlType::f32 ? 1 : 10, data);
    constants ? graph.message(1, onnx_constant(tensor)) : graph.message(5, tensor);
  }
}

ProtoWriter basis_of_8k(const std::string& before) {
  const std::vector<std::byte> zeros(std::size_t{130} * 128 * 4);
  return onnx_tensor(before + "stft.forward_basis_buffer", std::vector<std::int64_t>{130, 1, 128}, 1, zeros);
}

// As silero-vad 6 has it: one branch for each rate.
ProtoWriter branches(const Change& change = {}) {
  ProtoWriter then_branch, else_branch;
  add_weights(then_branch, "", true, change);
  else_branch.message(1, onnx_constant(basis_of_8k("")));
  const ProtoWriter node = ProtoWriter()
                               .bytes(4, "If")
                               .message(5, ProtoWriter().bytes(1, "else_branch").message(6, else_branch))
                               .message(5, ProtoWriter().bytes(1, "then_branch").message(6, then_branch));
  return onnx_model(ProtoWriter().message(1, node));
}

Silero load(const ProtoWriter& model) { return Silero::from(SileroFile::view(model.view(), "vad.onnx")); }

std::vector<float> probabilities_of(const Silero& model) {
  return speech_probabilities(model, test::silero_signal(20'000));
}

TEST(SileroOnnx, IsBitForBitWhisperCppsForm) {
  const std::vector<std::byte> bytes = test::silero_bytes();
  const std::vector<float> expected = probabilities_of(Silero::from(SileroFile::view(bytes, "vad.bin")));
  EXPECT_EQ(probabilities_of(load(branches())), expected);
  ProtoWriter flat, both;
  add_weights(flat, "", false);
  EXPECT_EQ(probabilities_of(load(onnx_model(flat))), expected);
  both.message(5, basis_of_8k("model_8k."));
  add_weights(both, "model.", false);
  EXPECT_EQ(probabilities_of(load(onnx_model(both))), expected);
}

TEST(SileroOnnx, CutAnywhereIsOneError) {
  const std::string whole = branches().text();
  for (std::size_t length = 1; length < whole.size();
       length += length < 200 || length + 200 > whole.size() ? 1U : 4999U) {
    const std::string part = whole.substr(0, length);
    EXPECT_TRUE(is_bad_data("vad.onnx: ", [&] { (void)SileroFile::view(std::as_bytes(std::span(part)), "vad.onnx"); }))
        << length;
  }
}

TEST(SileroOnnx, OtherModelsAreRefused) {
  EXPECT_TRUE(is_bad_data("is it a model of Silero VAD 5 or 6?", [] { (void)load(onnx_model(ProtoWriter())); }));
  EXPECT_TRUE(is_bad_data("found the network for 8 kHz alone",
                          [] { (void)load(onnx_model(ProtoWriter().message(5, basis_of_8k("")))); }));
  EXPECT_TRUE(is_bad_data("one network for 16 kHz, found 2", [] {
    ProtoWriter graph;
    add_weights(graph, "a.", false);
    add_weights(graph, "b.", false);
    (void)load(onnx_model(graph));
  }));
  EXPECT_TRUE(is_bad_data("expected every tensor once, found it twice", [] {
    ProtoWriter graph;
    add_weights(graph, "", false);
    graph.message(5, onnx_tensor("decoder.rnn.bias_ih", std::vector<std::int64_t>{0}, 1, {}));
    (void)load(onnx_model(graph));
  }));
}

TEST(SileroOnnx, EveryTensorMustBeThereInItsShape) {
  for (const test::InventedTensor& wanted : test::silero_tensors()) {
    const std::string bare = wanted.name.substr(kPrefix.size());
    const bool basis = bare.starts_with("stft");
    EXPECT_TRUE(
        is_bad_data(basis ? "the network for 8 kHz alone" : "main/then_branch: " + bare + ": expected a tensor", [&] {
          (void)load(branches([&](std::string& name, auto&, auto&) {
            if (name == bare) name.clear();
          }));
        }));
    EXPECT_TRUE(is_bad_data(basis ? "the network for 8 kHz alone" : wanted.name + ": expected shape", [&] {
      (void)load(branches([&](const std::string& name, tensor::Shape& shape, std::vector<std::byte>& data) {
        if (name != bare) return;
        shape.insert(shape.begin(), 2);
        data.insert(data.end(), data.begin(), data.end());
      }));
    }));
    EXPECT_TRUE(is_bad_data(wanted.name + ": expected finite values", [&] {
      (void)load(branches([&](const std::string& name, auto&, std::vector<std::byte>& data) {
        if (name == bare) std::fill(data.begin(), data.begin() + 4, std::byte{0xFF});
      }));
    }));
  }
}

// The real file, which the repository does not hold.
std::string real_model() {
  const char* folder = std::getenv("SEBEN_REAL_MODELS");
  return (folder != nullptr ? std::string(folder) : SEBEN_SOURCE_DIR "/build/real-models") + "/silero/silero_vad.onnx";
}

TEST(SileroOnnx, ProbabilitiesAreThoseOfOnnxRuntimeOfRealModels) {
  const std::string path = real_model();
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "SKIPPED: not at hand: " << path << " (SEBEN_REAL_MODELS)";
  const nlohmann::json expected = base::read_json(test::fixture("silero_onnx.json"));
  if (base::sha256_file(path) != expected["sha256"].get<std::string>()) {
    GTEST_SKIP() << "SKIPPED: not the file of silero-vad 6.2.3: " << path;
  }
  const Silero model = Silero::load(path);
  for (const nlohmann::json& row : expected["recordings"]) {
    auto recording =
        audio::AudioDecoder::open(SEBEN_SOURCE_DIR "/bundles/demo-nko/samples/" + row["recording"].get<std::string>());
    const std::vector<float> found = speech_probabilities(model, audio::read_all(recording));
    const auto wanted = row["probabilities"].get<std::vector<double>>();
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], wanted[i], 1e-4) << row["recording"] << " " << i;
  }
}

}  // namespace
}  // namespace seben::generate
