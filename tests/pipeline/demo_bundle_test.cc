// SPDX-License-Identifier: Apache-2.0
// The bundle that we trained, on recordings that lie in it: real decodes, compared with PyTorch's of the same weights.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audio/decoder.h"
#include "nko/metrics.h"
#include "nko/utf8.h"
#include "seben/transcriber.h"
#include "support/temp_dir.h"

namespace seben {
namespace {

const std::string kFolder = SEBEN_SOURCE_DIR "/bundles/demo-nko";

class DemoBundle : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    transcriber = std::make_unique<Transcriber>(Bundle::open(kFolder), options("f32"));
    transcripts = nlohmann::json::parse(test::read_file(kFolder + "/samples/transcripts.json"));
  }
  static void TearDownTestSuite() { transcriber.reset(); }
  static TranscriberOptions options(const std::string& precision) {
    TranscriberOptions o;
    o.threads = 2;
    o.precision = precision;
    return o;
  }
  static std::vector<float> samples(const std::string& name) {
    auto decoder = audio::AudioDecoder::open(kFolder + "/samples/" + name);
    return audio::read_all(decoder);
  }
  static double cer(const std::string& reference, const std::string& hypothesis) {
    return nko::error_rate({nko::count_edits(reference, hypothesis, nko::Unit::code_point)}, 0).rate;
  }

  static std::unique_ptr<Transcriber> transcriber;
  static nlohmann::json transcripts;
};

std::unique_ptr<Transcriber> DemoBundle::transcriber;
nlohmann::json DemoBundle::transcripts;

TEST_F(DemoBundle, ReadsEverySampleAsPyTorchDoes) {
  std::size_t compared = 0;
  for (const auto& [name, about] : transcripts.items()) {
    if (!about.contains("pytorch")) continue;
    const Transcript t = transcriber->transcribe_file(kFolder + "/samples/" + name);
    EXPECT_EQ(t.text, nko::normalise(about.at("pytorch").get<std::string>(), name)) << name;
    EXPECT_TRUE(t.suspect.empty()) << name;
    ++compared;
  }
  EXPECT_GE(compared, 4U);
}

TEST_F(DemoBundle, DigestsHold) { EXPECT_NO_THROW(Bundle::open(kFolder).verify_digests()); }

TEST_F(DemoBundle, SilenceIsSilence) {
  const Transcript t = transcriber->transcribe_samples(std::vector<float>(16000 * 5, 0.0F));
  EXPECT_EQ(t.text, "");
  EXPECT_TRUE(t.suspect.empty());
}

// Cut at a growing offset, the windows of a long recording fall on other places every time; the joined text must stay
// the text, without words lost or doubled at the seams.
TEST_F(DemoBundle, ALongRecordingReadsTheSameWhereverItIsCut) {
  const std::vector<float> all = samples("long.wav");
  const std::string reference = transcripts.at("long.wav").at("reference");
  const Transcript whole = transcriber->transcribe_samples(all);
  ASSERT_GE(whole.windows, 3);
  const double whole_cer = cer(reference, whole.text);
  EXPECT_LE(whole_cer, 0.25);
  const auto after = [](const Transcript& t, double seconds) {
    std::string text;
    for (const Word& w : t.words) {
      if (w.start >= seconds) text += (text.empty() ? "" : " ") + w.text;
    }
    return text;
  };
  double worst = 0.0, sum = 0.0;
  int cuts = 0;
  for (double offset = 0.5; offset <= 26.0; offset += 0.5, ++cuts) {
    const auto skip = static_cast<std::size_t>(offset * 16000);
    const Transcript cut = transcriber->transcribe_samples(std::span(all).subspan(skip));
    // The first second after a cut may hold half a word.
    const std::string expected = after(whole, offset + 1.5), found = after(cut, 1.5);
    const double difference = cer(expected, found);
    worst = std::max(worst, difference);
    sum += difference;
  }
  RecordProperty("mean_difference", std::to_string(sum / cuts));
  // Other windows mean other context, so single letters change; a lost or doubled word at a seam would be 1 % each.
  EXPECT_LE(sum / cuts, 0.03);
  EXPECT_LE(worst, 0.08);
}

}  // namespace
}  // namespace seben
