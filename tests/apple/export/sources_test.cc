// SPDX-License-Identifier: Apache-2.0
// Every part of a model against every kind of source: an answer, or one line that says what the source lacks.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>

#include "bundle/contract.h"
#include "export/bisect.h"
#include "export/export.h"
#include "export/fixtures.h"
#include "export/keep_fp32.h"
#include "export/verify.h"
#include "import/import.h"
#include "package/package.h"
#include "support/errors.h"
#include "support/tiny_whisper.h"

namespace seben::deploy {
namespace {

namespace fs = std::filesystem;

struct Kind {
  const char* name;
  bool encoder, head, decoder;
};

constexpr Kind kKinds[] = {
    {"checkpoint", true, false, false},  {"checkpoint-decoder", true, false, true}, {"bundle", true, true, false},
    {"bundle-head", false, true, false}, {"bundle-decoder", true, false, true},     {"bundle-all", true, true, true},
};
constexpr Part kParts[] = {Part::encoder, Part::stages, Part::head, Part::fused, Part::decoder};

// What a source of that kind lacks for the part, as Source says it; "" for nothing.
std::string lacking(const Kind& kind, Part part) {
  const bool head = part == Part::head || part == Part::fused, encoder = part != Part::head && part != Part::decoder;
  if (head && !kind.head) return "a CTC head, found none";
  if (encoder && !kind.encoder) return "an encoder, found none";
  if (part == Part::decoder && !kind.decoder) return "a text decoder, found none";
  return "";
}

// Of one encoder, so that packages of one source may be held against another.
class Sources : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<test::TempDir>();
    const test::TinySizes sizes;
    bundle::ImportOptions options = test::write_tiny_sources(*dir_, sizes);
    fs::rename(*dir_ / "hf", *dir_ / "checkpoint");
    test::write_tiny_whisper(*dir_ / "checkpoint-decoder", sizes, test::tiny_decoder_config(sizes, test::kSmallTokens));
    const auto write = [&](const char* name) {
      options.out = *dir_ / name;
      bundle::import_bundle(options);
    };
    options.encoder = *dir_ / "checkpoint";
    write("bundle");
    options.encoder.clear();
    options.contract = *dir_ / "contract.json";
    test::write_file(options.contract, frontend::to_text(bundle::Bundle::open(*dir_ / "bundle").required()));
    write("bundle-head");
    options.contract.clear();
    options.models = {*dir_ / "checkpoint-decoder"};
    write("bundle-all");
    options.head.clear();
    options.vocabulary.clear();
    write("bundle-decoder");
  }
  static void TearDownTestSuite() { dir_.reset(); }

  static Source open(const Kind& kind) { return Source::open(*dir_ / kind.name); }
  static ExportOptions options_of(const Source& source, Part part) {
    ExportOptions options;
    options.parts = {part};
    if (source.has_encoder()) options.stages = whisper::single_stages(source.encoder().config);
    return options;
  }
  static Verification verify(const std::string& path, const Source& against) {
    const auto runner = interpreter_runner({1, true});
    return verify_packages(path, against, *runner, {builtin_gates(), {kAudio}, 1, {}});
  }

  inline static std::unique_ptr<test::TempDir> dir_;
  inline static const std::string kAudio = std::string(SEBEN_SOURCE_DIR) + "/bundles/demo-nko/samples/seen-1.wav";
  test::TempDir out_;
};

TEST_F(Sources, ExportAnswersEveryPartOfEveryKind) {
  for (const Kind& kind : kKinds) {
    const Source source = open(kind);
    for (const Part part : kParts) {
      const std::string folder = out_ / (std::string(kind.name) + "-" + std::string(to_string(part)));
      SCOPED_TRACE(folder);
      const auto run = [&] { return export_packages(source, folder, options_of(source, part)); };
      const std::string lack = lacking(kind, part);
      if (lack.empty()) {
        EXPECT_FALSE(run().empty());
      } else {
        EXPECT_TRUE(test::fails_with(ErrorCategory::usage, lack, run));
        EXPECT_FALSE(fs::exists(folder));
      }
    }
  }
}

TEST_F(Sources, ExportWritesNothingWhenALaterPartIsLacking) {
  const Source source = open(kKinds[0]);
  ExportOptions options = options_of(source, Part::encoder);
  options.parts.push_back(Part::head);
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "a CTC head, found none",
                               [&] { export_packages(source, out_ / "p", options); }));
  EXPECT_FALSE(fs::exists(out_ / "p"));
}

TEST_F(Sources, VerifyAnswersEveryPackageAgainstEveryKind) {
  const Source whole = open(kKinds[5]);
  for (const Part part : kParts) {
    const std::string folder = out_ / std::string(to_string(part));
    const auto written = export_packages(whole, folder, options_of(whole, part));
    for (const Kind& kind : kKinds) {
      SCOPED_TRACE(folder + " against " + kind.name);
      const Source source = open(kind);
      // Features to compare with are the engine's own, so that even a head needs an encoder.
      const std::string lack = kind.encoder ? lacking(kind, part) : "an encoder, found none";
      std::vector<std::string> paths{folder};
      if (part != Part::decoder) paths.push_back(folder + "/" + written.front().file);  // decoders only together
      for (const std::string& path : paths) {
        if (lack.empty()) {
          EXPECT_FALSE(verify(path, source).parts.empty());
        } else {
          EXPECT_TRUE(test::fails_with(ErrorCategory::usage, lack, [&] { (void)verify(path, source); }));
        }
      }
    }
  }
}

TEST_F(Sources, VerifyOfAHeadAgainstACheckpointIsRefused) {
  const Source bundle = open(kKinds[2]);
  export_packages(bundle, out_ / "p", options_of(bundle, Part::head));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "checkpoint: expected a CTC head, found none",
                               [&] { (void)verify(out_ / "p/head.mlpackage", open(kKinds[0])); }));
}

TEST_F(Sources, FixturesBisectionAndKeptOperatorsAnswerEveryKind) {
  const auto runner = interpreter_runner({1, true});
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    const Source source = open(kind);
    const std::string folder = out_ / kind.name;
    const auto stages = whisper::single_stages(open(kKinds[0]).encoder().config);
    const auto fixtures = [&] { (void)export_fixtures(source, folder, {{kAudio}, stages, 1}); };
    const auto bisection = [&] {
      BisectOptions options;
      options.gates = builtin_gates();
      options.audio = {kAudio};
      EXPECT_FALSE(bisect(source, *runner, options).safe_plan.empty());
    };
    const auto kept = [&] {
      ExportOptions options = options_of(source, source.has_encoder() ? Part::encoder : Part::head);
      options.conversion.compute = mil::DType::fp16;
      EXPECT_TRUE(find_kept_fp32(source, options, {builtin_gates(), {kAudio}, 1, {}}).holds);
    };
    for (const std::function<void()>& work : {std::function<void()>(fixtures), {bisection}, {kept}}) {
      if (kind.encoder) {
        EXPECT_NO_THROW(work());
      } else {
        EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "an encoder, found none", work));
      }
    }
  }
}

TEST_F(Sources, PackagesOfOtherSizesAreRefusedByTheirInput) {
  test::TinySizes narrow;
  narrow.d_model = 32;
  const test::TempDir other;
  bundle::import_bundle(test::write_tiny_sources(other, narrow));
  const Source wide = Source::open(other / "bundle");
  for (const Part part : {Part::head, Part::fused, Part::stages}) {
    ExportOptions options = options_of(wide, part);
    options.conversion.layout = convert::Layout::ane;
    const auto written = export_packages(wide, out_ / std::string(to_string(part)), options);
    // Packages that do not say of which encoder they are, as other tools write them.
    coreml::Package package = coreml::read_package(out_ / (std::string(to_string(part)) + "/" + written.back().file));
    package.model.metadata.user.erase("seben.encoder.sha256");
    coreml::write_package(package.model, out_ / "unnamed.mlpackage", {true, {}, {}});
    const auto run = [&] { (void)verify(out_ / "unnamed.mlpackage", open(kKinds[5])); };
    if (part == Part::fused) {  // the same mel: it can be computed, and is not this model
      EXPECT_NO_THROW(run());
    } else {
      EXPECT_TRUE(test::is_bad_data("input", run)) << to_string(part);
    }
  }
}

TEST_F(Sources, DecoderPackagesOfAnotherEncoderAreRefused) {
  const test::TinySizes sizes;
  test::write_tiny_whisper(out_ / "other", sizes, test::tiny_decoder_config(sizes, test::kSmallTokens), 7);
  const Source other = Source::open(out_ / "other");
  export_packages(other, out_ / "p", options_of(other, Part::decoder));
  EXPECT_TRUE(test::is_bad_data("the encoder of", [&] { (void)verify(out_ / "p", open(kKinds[1])); }));
}

}  // namespace
}  // namespace seben::deploy
