// SPDX-License-Identifier: Apache-2.0
// Codecs and coded weights over the whole path, on the bundle that we trained.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/float16.h"
#include "codecs/packet.h"
#include "engine/stored_features.h"
#include "evaluate/agp_fit.h"
#include "evaluate/codec_eval.h"
#include "evaluate/feature_export.h"
#include "evaluate/verification.h"
#include "evaluate/weight_plan.h"
#include "import/quantize.h"
#include "import/skew.h"
#include "kernels/linear.h"
#include "seben/transcriber.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::pipeline {
namespace {

const std::string kFolder = SEBEN_SOURCE_DIR "/bundles/demo-nko";

std::vector<EvalRow> read_samples() {
  std::vector<EvalRow> rows;
  std::istringstream lines(test::read_file(kFolder + "/samples/transcripts.tsv"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    std::string name, reference;
    std::getline(std::getline(cells, name, '\t'), reference, '\t');
    if (!name.starts_with('#')) rows.push_back({kFolder + "/samples/" + name, reference, "all"});
  }
  return rows;
}

// Those of one window.
std::vector<EvalRow> samples() {
  auto rows = read_samples();
  std::erase_if(rows, [](const EvalRow& row) { return row.audio.ends_with("long.wav"); });
  return rows;
}

std::vector<EvalRow> long_sample() {
  auto rows = read_samples();
  std::erase_if(rows, [](const EvalRow& row) { return !row.audio.ends_with("long.wav"); });
  return rows;
}

// Five recordings are a small set.
PrecisionGates small_set() {
  PrecisionGates gates;
  gates.basis = {5, 100, 0.5};
  return gates;
}

const RowProgress kSilent = [](std::size_t, std::size_t) {};

void copy_bundle(const std::string& to) {
  std::filesystem::copy(kFolder, to, std::filesystem::copy_options::recursive);
}

TEST(Codecs, EightBitsAreFreeAndTwoAreNot) {
  const auto bundle = bundle::Bundle::open(kFolder);
  CodecOptions options;
  options.codecs = {"affine8:g32", "affine2:g64", "turbo4"};
  options.precision = "f32";
  options.threads = 2;
  const CodecEvaluation e = evaluate_codecs(bundle, options, samples(), {});
  ASSERT_EQ(e.rows.size(), 4U);
  EXPECT_TRUE(e.corrected);
  EXPECT_EQ(e.failures, std::vector<std::string>());
  const CodecRow &f32 = e.rows[0], &eight = e.rows[1], &two = e.rows[2], &turbo = e.rows[3];
  EXPECT_EQ(f32.feature_mse, 0.0);
  EXPECT_NEAR(f32.divergence, 0.0, 1e-9);
  EXPECT_EQ(f32.recall, 1.0);
  EXPECT_DOUBLE_EQ(eight.bits_per_value, 9.0);
  EXPECT_NEAR(eight.compression, 16.0 / 9.0, 1e-9);
  EXPECT_GT(eight.feature_mse, 1.9e-5);  // what unit variance gives in eight bits
  EXPECT_LT(eight.feature_mse, 2.3e-5);
  EXPECT_LT(eight.divergence, 1e-5);
  EXPECT_LT(turbo.feature_mse, 0.011);
  EXPECT_GT(two.divergence, 100 * eight.divergence);
  EXPECT_LT(two.recall, eight.recall);
  const nlohmann::json json = to_json(e);
  EXPECT_EQ(json["codecs"].size(), 4U);
  EXPECT_NE(codec_table(e).find("affine8:g32"), std::string::npos);
  EXPECT_NE(codec_page(e, "samples").find("Rate and error"), std::string::npos);
}

TEST(Codecs, AGateHasToAdmitThem) {
  const test::TempDir dir;
  copy_bundle(dir / "demo");
  TranscriberOptions options;
  options.precision = "f32";
  options.feature_codec = "affine8:g32";
  EXPECT_TRUE(test::fails_with(ErrorCategory::incomplete, "affine8:g32 admitted by a gate",
                               [&] { Transcriber(Bundle::open(dir / "demo"), options); }));
  const auto record =
      measure_precision(bundle::Bundle::open(dir / "demo"), "affine8:g32", read_samples(), small_set(), 2, kSilent);
  EXPECT_TRUE(record.admitted());
  bundle::store_precision(dir / "demo", record);
  const Transcriber transcriber(Bundle::open(dir / "demo"), options);
  const Transcript coded = transcriber.transcribe_file(kFolder + "/samples/seen-1.wav");
  options.feature_codec.clear();
  const Transcriber plain(Bundle::open(dir / "demo"), options);
  EXPECT_EQ(coded.text, plain.transcribe_file(kFolder + "/samples/seen-1.wav").text);
}

// The failure that gates exist for: a graph cast to fp16 as a whole, in which a large offset of the residual stream is
// still there when the features are rounded. At 2048 neighbouring fp16 numbers are two apart.
TEST(Codecs, ABrokenFp16PathIsRefused) {
  const auto bundle = bundle::Bundle::open(kFolder);
  const auto naive = [](std::span<float> features) {
    for (float& value : features) value = base::f16_to_f32(base::f32_to_f16(value + 2048.0F)) - 2048.0F;
  };
  auto record = measure_change(bundle, "naive fp16", naive, read_samples(), PrecisionGates{}.arithmetic,
                               small_set().basis, 2, kSilent);
  EXPECT_FALSE(record.admitted());
  const auto honest = [](std::span<float> features) {
    for (float& value : features) value = base::f16_to_f32(base::f32_to_f16(value));
  };
  record = measure_change(bundle, "fp16", honest, read_samples(), PrecisionGates{}.arithmetic, small_set().basis, 2,
                          kSilent);
  EXPECT_TRUE(record.admitted());
  // Zeros are all blank: caught by the features, the logits and the text at once.
  const auto zeros = [](std::span<float> features) { std::ranges::fill(features, 0.0F); };
  record =
      measure_change(bundle, "zeros", zeros, read_samples(), PrecisionGates{}.codec, small_set().basis, 2, kSilent);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(record.gates[i].holds()) << record.gates[i].name;
}

TEST(Codecs, GatesComeFromAFile) {
  const test::TempDir dir;
  const std::string limits = R"({"feature_error": 1e-6, "logit_error": 1e-6, "cer_change": 0})";
  test::write_file(dir / "gates.json", R"({"schema": "seben.gates.precision", "version": 1, "arithmetic": )" + limits +
                                           R"(, "codec": )" + limits + R"(, "weights": )" + limits +
                                           R"(, "basis": {"recordings": 5, "characters": 100, "reference_cer": 0.4}})");
  const auto record = measure_precision(bundle::Bundle::open(kFolder), "affine8:g32", read_samples(),
                                        read_precision_gates(dir / "gates.json"), 2, kSilent);
  EXPECT_FALSE(record.admitted());
  EXPECT_TRUE(bundle::rests_on_enough(record.gates));
  test::write_file(dir / "loose.json", R"({"schema": "seben.gates.precision", "version": 1, "arithmetic": )" + limits +
                                           R"(, "codec": )" + limits + R"(, "weights": )" + limits +
                                           R"(, "basis": {"recordings": 1, "characters": 100, "reference_cer": 0.4}})");
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "basis.recordings",
                               [&] { (void)read_precision_gates(dir / "loose.json"); }));
  test::write_file(dir / "bad.json",
                   R"({"schema": "seben.gates.precision", "version": 1, "arithmetic": )" + limits + "}");
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::bad_data, "codec", [&] { (void)read_precision_gates(dir / "bad.json"); }));
}

// Fault 17: the first 30 s of a recording were compared with its whole text.
TEST(PrecisionGate, ReadsRecordingsWhole) {
  const auto bundle = bundle::Bundle::open(kFolder);
  EvalOptions options;
  options.precision = "f32";
  options.threads = 2;
  options.correct = false;
  const Evaluation evaluation = evaluate(bundle, options, read_samples(), {});
  const auto record = measure_precision(bundle, "affine8:g32", read_samples(), small_set(), 2, kSilent);
  const auto gate = std::ranges::find(record.gates, bundle::kReadingGate, &bundle::Gate::name);
  ASSERT_NE(gate, record.gates.end());
  EXPECT_DOUBLE_EQ(gate->value, evaluation.conditions.front().cells.front().cer.rate);
  EXPECT_LT(gate->value, 0.15);
}

TEST(PrecisionGate, PoliciesAreFittedOnWholeRecordings) {
  AgpFitOptions options;
  options.mean_bits = 4.0;
  options.candidates = {"affine2:g32", "affine8:g32"};
  options.threads = 2;
  const AgpFit fit = fit_agp(bundle::Bundle::open(kFolder), long_sample(), options, {});
  const auto fitted = nlohmann::json::parse(fit.policy.fitted);
  EXPECT_EQ(fitted.at("recordings"), 1);
  EXPECT_EQ(fitted.at("windows"), 3);
}

TEST(PrecisionGate, PlansRefuseRecordingsThatDoNotFitAWindow) {
  PlanOptions options;
  options.head = quant::parse_weight_codec("w8:g32", "test");
  options.threads = 2;
  options.budget = 3'600'000;
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "long.wav: expected at most 30 s of sound",
                               [&] { (void)plan_weights(bundle::Bundle::open(kFolder), long_sample(), options, {}); }));
}

TEST(CodedBundle, NeedsAGateAgainstItsSource) {
  const test::TempDir dir;
  const auto source = bundle::Bundle::open(kFolder);
  const auto spec = quant::parse_weight_codec("w8:g32", "test");
  bundle::quantize_bundle(source, bundle::WeightPlan::uniform(source, spec, spec), dir / "w8", {});
  const auto coded = bundle::Bundle::open(dir / "w8");
  EXPECT_EQ(coded.weight_codec(), "w8:g32");
  EXPECT_TRUE(coded.admitted_precisions().empty());
  EXPECT_LT(coded.encoder_weights()->total_bytes(), source.encoder_weights()->total_bytes() * 7 / 10);
  EXPECT_TRUE(test::fails_with(ErrorCategory::incomplete, "w8:g32 weights admitted by a gate",
                               [&] { Transcriber(Bundle::open(dir / "w8"), {}); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "--against",
                               [&] { (void)measure_precision(coded, "f32", samples(), {}, 2, kSilent); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "coded weights as well",
                               [&] { (void)measure_precision(coded, "f32", samples(), {}, 2, kSilent, &coded); }));
  const auto record = measure_precision(coded, "f32", read_samples(), small_set(), 2, kSilent, &source);
  EXPECT_EQ(record.precision, "w8:g32+f32");
  EXPECT_TRUE(record.admitted());
  EXPECT_EQ(record.outputs_changed, 0);
  bundle::store_precision(dir / "w8", record);
  const Transcriber transcriber(Bundle::open(dir / "w8"), {});  // with the source's ranker, which it was fitted for
  EXPECT_EQ(transcriber.precision(), "w8:g32+f32");
  const Transcriber plain(Bundle::open(kFolder), [] {
    TranscriberOptions o;
    o.precision = "f32";
    return o;
  }());
  for (const char* name : {"seen-1.wav", "unseen.wav"}) {
    const Transcript found = transcriber.transcribe_file(kFolder + "/samples/" + name);
    EXPECT_EQ(found.text, plain.transcribe_file(kFolder + "/samples/" + name).text);
    EXPECT_TRUE(found.corrections.has_value());
  }
}

TEST(CodedBundle, IsNotCodedTwiceAndRefusesGroupsThatDoNotFit) {
  const test::TempDir dir;
  const auto source = bundle::Bundle::open(kFolder);
  const auto spec = quant::parse_weight_codec("w4:g128", "test");  // the demo is 192 wide
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "multiple of the group of 128", [&] {
    bundle::quantize_bundle(source, bundle::WeightPlan::uniform(source, spec, spec), dir / "w4", {});
  }));
  EXPECT_FALSE(std::filesystem::exists(dir / "w4"));
  const auto good = quant::parse_weight_codec("w4:g64", "test");
  bundle::quantize_bundle(source, bundle::WeightPlan::uniform(source, good, good), dir / "w4", {});
  const auto coded = bundle::Bundle::open(dir / "w4");
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "not coded yet", [&] {
    bundle::quantize_bundle(coded, bundle::WeightPlan::uniform(coded, good, good), dir / "twice", {});
  }));
}

TEST(WeightPlan, GivesTheTightBudgetToTheLayersThatNeedItLeast) {
  const auto source = bundle::Bundle::open(kFolder);
  PlanOptions options;
  options.head = quant::parse_weight_codec("w8:g32", "test");
  options.threads = 2;
  options.clips = 1;
  options.budget = 3'600'000;
  const MeasuredPlan tight = plan_weights(source, samples(), options, {});
  EXPECT_LE(tight.bytes, options.budget);
  options.budget = 4'200'000;
  const MeasuredPlan wide = plan_weights(source, samples(), options, {});
  EXPECT_LE(wide.bytes, options.budget);
  EXPECT_GT(wide.bytes, tight.bytes);
  EXPECT_LT(wide.predicted_mse, tight.predicted_mse);
  const auto most = std::ranges::max_element(tight.layers, {}, &LayerSensitivity::feature_mse);
  const auto least = std::ranges::min_element(tight.layers, {}, &LayerSensitivity::feature_mse);
  EXPECT_GE(tight.plan.layers.at(most->layer).bits, tight.plan.layers.at(least->layer).bits);
  options.budget = 1'000'000;
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "all layers in two bits",
                               [&] { (void)plan_weights(source, samples(), options, {}); }));
}

TEST(AgpFit, MeetsItsBudgetAndIsTheSameTwice) {
  const auto bundle = bundle::Bundle::open(kFolder);
  AgpFitOptions options;
  options.mean_bits = 4.0;
  options.candidates = {"affine2:g32", "affine4:g32", "affine8:g32"};
  options.threads = 2;
  const AgpFit fit = fit_agp(bundle, samples(), options, {});
  EXPECT_LE(fit.expected_bits, 4.0);
  EXPECT_NEAR(fit.share[0] + fit.share[1] + fit.share[2] + fit.share[3], 1.0, 1e-9);
  for (const auto& harm : fit.harm) EXPECT_GE(harm[0], harm[2]);  // two bits harm more than eight
  EXPECT_EQ(fit_agp(bundle, samples(), options, {}).policy, fit.policy);
  options.mean_bits = 2.5;
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "--agp", [&] { (void)fit_agp(bundle, samples(), options, {}); }));
}

TEST(FeatureExport, APacketComesBackAsTheSameText) {
  const test::TempDir dir;
  copy_bundle(dir / "demo");
  const auto bundle = bundle::Bundle::open(dir / "demo");
  FeatureExport options;
  options.codec = "affine8:g32";
  options.precision = "f32";
  options.threads = 2;
  const auto done = export_features(bundle, kFolder + "/samples/seen-1.wav", dir / "a.spkt", options, {});
  EXPECT_EQ(done.windows, 1);
  EXPECT_EQ(done.bytes, std::filesystem::file_size(dir / "a.spkt"));
  EXPECT_LT(done.bits_per_value, 9.2);
  TranscriberOptions f32;
  f32.precision = "f32";
  f32.correct = "off";
  const Transcriber unproven(Bundle::open(dir / "demo"), f32);
  EXPECT_TRUE(test::fails_with(ErrorCategory::incomplete, "affine8:g32",
                               [&] { (void)unproven.transcribe_features(dir / "a.spkt"); }));
  bundle::store_precision(dir / "demo",
                          measure_precision(bundle, "affine8:g32", read_samples(), small_set(), 2, kSilent));
  const Transcriber transcriber(Bundle::open(dir / "demo"), f32);
  EXPECT_EQ(transcriber.transcribe_features(dir / "a.spkt").text,
            transcriber.transcribe_file(kFolder + "/samples/seen-1.wav").text);
  // A packet of another extractor is refused before any arithmetic.
  quant::PacketHeader header = quant::PacketFile::open(dir / "a.spkt").header();
  std::string contract = header.contract;
  const std::size_t at = contract.find("fe12a758");
  ASSERT_NE(at, std::string::npos);
  header.contract = contract.replace(at, 8, "00000000");
  std::string bytes;
  quant::PacketWriter writer(
      header, [&](std::span<const std::byte> b) { bytes.append(reinterpret_cast<const char*>(b.data()), b.size()); },
      "b");
  writer.push(std::vector<float>(static_cast<std::size_t>(header.dim * header.window_frames), 0.5F));
  writer.end_window();
  writer.finish();
  test::write_file(dir / "b.spkt", bytes);
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "extractor.weights",
                               [&] { (void)transcriber.transcribe_features(dir / "b.spkt"); }));
}

TEST(StoredFeatures, OtherEndingsAreRefused) {
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "f.pt: expected a .spkt, .safetensors or .npy file",
                               [] { (void)open_features("f.pt"); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "none.spkt", [] { (void)open_features("none.spkt"); }));
}

}  // namespace
}  // namespace seben::pipeline
