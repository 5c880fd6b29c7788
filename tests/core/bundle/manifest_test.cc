// SPDX-License-Identifier: Apache-2.0
#include "bundle/manifest.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::bundle {
namespace {

using test::is_bad_data;

frontend::FeatureContract contract() {
  frontend::FeatureContract c;
  c.variant = "large-v3";
  c.weights = std::string(64, 'a');
  c.n_mels = 128;
  c.frames = 1500;
  c.dim = 1280;
  c.frames_per_second = 50.0;
  return c;
}

Manifest sample() {
  Manifest m;
  m.name = "N'Ko";
  m.licence = "Apache-2.0";
  m.files = {{"encoder.safetensors", 10, std::string(64, '0'), Role::encoder},
             {"config.json", 11, std::string(64, '1'), Role::encoder_config},
             {"head.safetensors", 12, std::string(64, '2'), Role::head},
             {"vocab.json", 13, std::string(64, '3'), Role::vocabulary},
             {"samples/a.wav", 14, std::string(64, '4'), Role::sample},
             {"samples/b.wav", 15, std::string(64, '5'), Role::sample}};
  m.encoder = EncoderEntry{"large-v3", 1};
  m.head = HeadEntry{"transformer", 4, 1280, 66};
  m.provides = contract();
  m.required = contract();
  m.required->head_stride = 4;
  m.required->output_frames = 375;
  PrecisionRecord precision;
  precision.precision = "bf16";
  precision.gates = {
      {"feature_error", 0.01, 0.02, true}, {"logit_error", 0.1, 0.2, true}, {"cer_change", 0.0, 0.0, true}};
  for (const Gate& gate : gates_of({100, 4000, 0.1}, {})) precision.gates.push_back(gate);
  precision.utterances = 100;
  precision.outputs_changed = 1;
  m.precisions = {precision};
  SkewRecord skew;
  skew.provided = contract();
  skew.provided.weights[0] = 'b';
  skew.required = *m.required;
  skew.clips = 3;
  skew.frames = 4500;
  skew.mean_error = 0.01;
  skew.mean_cosine = 0.999;
  skew.max_mean_error = 0.05;
  skew.min_mean_cosine = 0.99;
  skew.basis = gates_of({100, 4000, 0.1}, {});
  m.skew = {skew};
  m.provenance = R"({"by":"us"})";
  return m;
}

nlohmann::json json() { return nlohmann::json::parse(to_text(sample())); }

TEST(Manifest, ComesBackAsItWas) {
  const std::string text = to_text(sample());
  const Manifest back = parse_manifest(text, "bundle.json");
  EXPECT_EQ(to_text(back), text);
  EXPECT_EQ(back.find(Role::head)->path, "head.safetensors");
  EXPECT_EQ(back.find(Role::ranker), nullptr);
  EXPECT_EQ(back.required, sample().required);
  EXPECT_TRUE(back.precisions[0].admitted());
  EXPECT_TRUE(back.skew[0].covers(sample().skew[0].provided, *sample().required));
}

// The same with two text decoders that share a tokenizer.
Manifest with_decoders() {
  Manifest m = sample();
  m.files.push_back({"decoders/a/decoder.safetensors", 1, std::string(64, '6'), Role::decoder});
  m.files.push_back({"decoders/b/decoder.safetensors", 1, std::string(64, '7'), Role::decoder});
  m.files.push_back({"decoders/a/config.json", 1, std::string(64, '8'), Role::decoder_config});
  m.files.push_back({"decoders/b/config.json", 1, std::string(64, '8'), Role::decoder_config});
  m.files.push_back({"tokenizer.json", 1, std::string(64, '9'), Role::tokenizer});
  m.files.push_back({"decoders/a/generation_config.json", 1, std::string(64, 'a'), Role::generation_config});
  m.decoders = {
      {"a", "decoders/a/decoder.safetensors", "decoders/a/config.json", "tokenizer.json",
       "decoders/a/generation_config.json", std::string(64, 'a')},
      {"b", "decoders/b/decoder.safetensors", "decoders/b/config.json", "tokenizer.json", "", std::string(64, 'a')}};
  return m;
}

// Of these, what belongs to the head left out.
Manifest without_head() {
  Manifest m = with_decoders();
  m.head.reset();
  m.required.reset();
  std::erase_if(m.files, [](const FileEntry& f) { return f.role == Role::head || f.role == Role::vocabulary; });
  return m;
}

TEST(Manifest, HoldsTextDecodersWithAHeadOrWithout) {
  EXPECT_EQ(json().count("decoders"), 0U);  // nothing new in bundles that have none
  for (const Manifest& m : {with_decoders(), without_head()}) {
    const std::string text = to_text(m);
    const Manifest back = parse_manifest(text, "b");
    EXPECT_EQ(to_text(back), text);
    ASSERT_EQ(back.decoders.size(), 2U);
    EXPECT_EQ(back.decoders[0].generation, "decoders/a/generation_config.json");
    EXPECT_EQ(back.decoders[1].generation, "");
    EXPECT_EQ(back.decoders[1].name, "b");
    EXPECT_EQ(back.head.has_value(), m.head.has_value());
    EXPECT_EQ(back.required, m.required);
  }
}

TEST(Manifest, ADecoderStatesThePaddingThatItReads) {
  Manifest m = with_decoders();
  m.decoders[1].framing = frontend::kReferenceFraming;
  const nlohmann::json json = nlohmann::json::parse(to_text(m));
  EXPECT_FALSE(json["decoders"][0].contains("mel")) << "a bundle from before it was a choice";
  const Manifest back = parse_manifest(to_text(m), "b");
  EXPECT_EQ(back.decoders[0].framing, frontend::Framing{});
  EXPECT_EQ(back.decoders[1].framing, frontend::kReferenceFraming);
  const auto refused = [&](const char* part, const nlohmann::json& mel) {
    nlohmann::json changed = json;
    changed["decoders"][1]["mel"] = mel;
    return is_bad_data(part, [&] { (void)parse_manifest(changed.dump(), "b"); });
  };
  EXPECT_TRUE(refused("samples or log_mel", {{"padding", "none"}, {"scope", "window"}}));
  EXPECT_TRUE(refused("scope", {{"padding", "samples"}}));
  EXPECT_TRUE(refused("colour", {{"padding", "samples"}, {"scope", "window"}, {"colour", 1}}));
  EXPECT_TRUE(refused("mel", "samples"));
}

TEST(Manifest, ABundleFromBeforeTextDecodersIsWrittenAsItWas) {
  const std::string path = SEBEN_SOURCE_DIR "/bundles/demo-nko/bundle.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "bundles/demo-nko is not here";
  const std::string text = test::read_file(path);
  EXPECT_EQ(to_text(parse_manifest(text, path)), text);
}

TEST(Manifest, RefusesTextDecodersThatDoNotHoldTogether) {
  const std::vector<std::tuple<std::string, nlohmann::json, std::string>> cases{
      {"/decoders/0/surplus", 1, "decoders[0].surplus"},
      {"/decoders/0/name", "", "decoders[0].name: expected a name that could be a folder's"},
      {"/decoders/0/name", "a/b", "decoders[0].name"},
      {"/decoders/0/name", "..", "decoders[0].name"},
      {"/decoders/0/name", std::string(101, 'n'), "decoders[0].name"},
      {"/decoders/1/name", "a", "every name once, found a again"},
      {"/decoders/0/weights", "nowhere", "decoders[0].weights: expected a path that files lists, found nowhere"},
      {"/decoders/0/weights", "encoder.safetensors",
       "a file of role decoder, found encoder.safetensors, of role encoder"},
      {"/decoders/0/tokenizer", nullptr, "decoders[0].tokenizer"},
      {"/decoders/0/encoder", "00", "decoders[0].encoder: expected 64 lowercase"},
      {"/decoders/0/generation", nullptr, "one that has decoders/a/generation_config.json, of role generation-config"},
      {"/decoders", nullptr, "one that has decoders/a/decoder.safetensors, of role decoder, found none"}};
  for (const auto& [path, value, text] : cases) {
    nlohmann::json changed = nlohmann::json::parse(to_text(with_decoders()));
    changed[nlohmann::json::json_pointer(path)] = value;
    EXPECT_TRUE(is_bad_data(text, [&] { (void)parse_manifest(changed.dump(), "b"); })) << path << " " << value;
  }
  Manifest m = without_head();
  m.required = contract();
  EXPECT_TRUE(is_bad_data("contract.requires: expected nothing, as there is no head",
                          [&] { (void)parse_manifest(to_text(m), "b"); }));
  m = without_head();
  m.files.push_back({"r", 1, std::string(64, '0'), Role::ranker});
  EXPECT_TRUE(is_bad_data("no file of role ranker", [&] { (void)parse_manifest(to_text(m), "b"); }));
  m = with_decoders();
  m.encoder.reset();
  m.provides.reset();
  std::erase_if(m.files, [](const FileEntry& f) { return f.role == Role::encoder || f.role == Role::encoder_config; });
  EXPECT_TRUE(is_bad_data("none, as there is no encoder, found 2", [&] { (void)parse_manifest(to_text(m), "b"); }));
}

TEST(Manifest, EveryCutIsRefused) {
  const std::string text = to_text(sample());
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {  // the last byte is a newline
    ASSERT_TRUE(is_bad_data("b: ", [&] { (void)parse_manifest(text.substr(0, size), "b"); })) << size;
  }
}

TEST(Manifest, RefusesWhatItDoesNotKnow) {
  const std::vector<std::tuple<std::string, nlohmann::json, std::string>> cases{
      {"/version", 2, "b: version: expected 1, found 2"},
      {"/version", -1, "b: version"},
      {"/version", "1", "b: version"},
      {"/schema", "other.bundle", "b: schema: expected seben.bundle"},
      {"/surplus", 1, "b: surplus"},
      {"/name", 5, "b: name"},
      {"/files/0/surplus", 1, "files[0].surplus"},
      {"/files/0/bytes", -1, "files[0].bytes"},
      {"/files/0/bytes", 1e30, "files[0].bytes"},
      {"/files/0/sha256", "00", "files[0].sha256"},
      {"/files/0/role", "model", "files[0].role"},
      {"/files/4/role", "head", "one file of role head"},
      {"/files/2/role", "other", "a file of role head"},
      {"/files/5/path", "samples/a.wav", "samples/a.wav again"},
      {"/files/5/path", "SAMPLES/A.WAV", "SAMPLES/A.WAV again"},
      {"/files/5/path", "bundle.json", "bundle.json again"},
      {"/files", nlohmann::json::object(), "b: files"},
      {"/encoder", nullptr, "nothing, as there is no encoder"},
      {"/encoder/subsample", 0, "encoder.subsample"},
      {"/head", nullptr, "a head, or a text decoder in decoders"},
      {"/head/kind", 1, "head.kind"},
      {"/head/classes", 0, "head.classes"},
      {"/contract/provides", nullptr, "the encoder's contract"},
      {"/contract/requires", nullptr, "contract.requires"},
      {"/contract/requires/layout/frames", -5, "contract.requires.layout.frames"},
      {"/precisions/0/precision", "f32", "every precision but f32 once"},
      {"/precisions/0/gates/1/name", "feature_error", "every gate once"},
      {"/precisions/0/gates/1/sense", "about", "at_most or at_least"},
      {"/precisions/0/outputs_changed", 101, "outputs_changed"},
      {"/skew/0/clips", 0, "skew[0].clips"},
      {"/skew/0/bounds", nullptr, "skew[0].bounds"},
      {"/provenance", "ours", "b: provenance"}};
  for (const auto& [path, value, text] : cases) {
    nlohmann::json changed = json();
    changed[nlohmann::json::json_pointer(path)] = value;
    EXPECT_TRUE(is_bad_data(text, [&] { (void)parse_manifest(changed.dump(), "b"); })) << path << " " << value;
  }
}

TEST(Manifest, PathsThatLeaveTheFolderAreRefused) {
  for (const char* path :
       {"", "/etc/passwd", "../x", "a/../../x", "a/./b", ".", "..", "a//b", "a/", "a\\b", "C:x", "a\nb"}) {
    EXPECT_FALSE(is_safe_path(path)) << path;
    nlohmann::json changed = json();
    changed["files"][4]["path"] = path;
    EXPECT_TRUE(is_bad_data("files[4].path: expected a relative path that stays inside",
                            [&] { (void)parse_manifest(changed.dump(), "b"); }));
  }
  EXPECT_FALSE(is_safe_path(std::string(241, 'a')));
  EXPECT_FALSE(is_safe_path(std::string_view("a\0b", 3)));
  for (const char* path : {"a", "a/b.c", "..a", "a..", "\xdf\x8a.txt"}) EXPECT_TRUE(is_safe_path(path)) << path;
}

TEST(PrecisionRecord, AdmitsOnlyWithAllGatesHolding) {
  const PrecisionRecord good = sample().precisions[0];
  EXPECT_TRUE(good.admitted());
  for (std::size_t i = 0; i < good.gates.size(); ++i) {
    PrecisionRecord missing = good;
    missing.gates.erase(missing.gates.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(missing.admitted());
    PrecisionRecord broken = good;
    broken.gates[i].value = broken.gates[i].limit + (broken.gates[i].at_most ? 1e-9 : -1e-9);
    EXPECT_FALSE(broken.admitted());
    PrecisionRecord turned = good;
    turned.gates[i].at_most = !turned.gates[i].at_most;
    turned.gates[i].value = turned.gates[i].limit;
    EXPECT_FALSE(turned.admitted()) << turned.gates[i].name;
  }
  PrecisionRecord extra = good;
  extra.gates.push_back({"cosine", 0.9, 0.99, false});
  EXPECT_FALSE(extra.admitted());
}

// Fault 17: a gate that one second of silence passes. Whoever states them, these limits admit nothing.
TEST(PrecisionRecord, OneSilentRecordingAdmitsNothing) {
  const auto measured = [](const Basis& basis, const BasisLimits& limits) {
    PrecisionRecord record = sample().precisions[0];
    record.gates.resize(3);
    for (const Gate& gate : gates_of(basis, limits)) record.gates.push_back(gate);
    return record.admitted();
  };
  EXPECT_TRUE(measured({30, 1000, 0.5}, {}));
  EXPECT_FALSE(measured({1, 1000, 0.1}, {}));
  EXPECT_FALSE(measured({30, 12, 0.1}, {}));
  EXPECT_FALSE(measured({30, 1000, 1.0}, {})) << "two readings of silence never differ";
  EXPECT_TRUE(measured({5, 100, 0.7}, {5, 100, 0.75})) << "a small set whose limits are in the record";
  EXPECT_FALSE(measured({1, 100, 0.1}, {1, 100, 0.5}));
  EXPECT_FALSE(measured({5, 1, 0.1}, {5, 1, 0.5}));
  EXPECT_FALSE(measured({5, 100, 1.0}, {5, 100, 1.0}));
  PrecisionRecord old = sample().precisions[0];
  old.gates.resize(3);  // as versions before wrote it
  EXPECT_FALSE(old.admitted());
  for (const BasisLimits& loose : {BasisLimits{4, 100, 0.5}, BasisLimits{5, 99, 0.5}, BasisLimits{5, 100, 0.8}}) {
    EXPECT_THROW(require_sound(loose, "limits"), Error);
  }
}

TEST(SkewRecord, CoversExactlyTheTwoContractsWithinItsBounds) {
  const SkewRecord record = sample().skew[0];
  EXPECT_TRUE(record.covers(record.provided, record.required));
  frontend::FeatureContract other = record.provided;
  other.precision = "bf16";
  EXPECT_FALSE(record.covers(other, record.required));
  EXPECT_FALSE(record.covers(record.provided, other));
  for (double SkewRecord::*figure : {&SkewRecord::mean_error, &SkewRecord::cer_difference}) {
    SkewRecord worse = record;
    worse.*figure = 1.0;
    EXPECT_FALSE(worse.covers(record.provided, record.required));
  }
  SkewRecord worse = record;
  worse.mean_cosine = 0.5;
  EXPECT_FALSE(worse.covers(record.provided, record.required));
  worse = record;
  worse.basis = gates_of({1, 5, 0.1}, {});
  EXPECT_FALSE(worse.covers(record.provided, record.required)) << "fault 17: measured on next to nothing";
  worse.basis.clear();
  EXPECT_FALSE(worse.covers(record.provided, record.required));
}

}  // namespace
}  // namespace seben::bundle
