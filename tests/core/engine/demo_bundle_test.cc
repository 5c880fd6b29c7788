// SPDX-License-Identifier: Apache-2.0
// The bundle that we trained, on recordings that lie in it: real decodes, compared with PyTorch's of the same weights.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "audio/decoder.h"
#include "audio/windows.h"
#include "decode/ctc/greedy.h"
#include "engine/recogniser.h"
#include "seben/corrector.h"
#include "seben/transcriber.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "text/nko/metrics.h"
#include "text/nko/utf8.h"

namespace seben {
namespace {

const std::string kFolder = SEBEN_SOURCE_DIR "/bundles/demo-nko";

class DemoBundle : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    transcriber = std::make_unique<Transcriber>(Bundle::open(kFolder), options("f32"));
    std::istringstream lines(test::read_file(kFolder + "/samples/transcripts.tsv"));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream cells(line);
      std::string name, reference, pytorch;
      std::getline(std::getline(std::getline(cells, name, '\t'), reference, '\t'), pytorch, '\t');
      if (!name.starts_with('#')) transcripts[name] = {reference, pytorch};
    }
  }
  static void TearDownTestSuite() { transcriber.reset(); }
  static TranscriberOptions options(const std::string& precision) {
    TranscriberOptions o;
    o.threads = 2;
    o.precision = precision;
    o.correct = "off";
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
  struct Known {
    std::string reference, pytorch;
  };
  static std::map<std::string, Known> transcripts;
};

std::unique_ptr<Transcriber> DemoBundle::transcriber;
std::map<std::string, DemoBundle::Known> DemoBundle::transcripts;

// Frames of 80 ms reach behind the end of most recordings; the head hears the silence there as sound of the last
// letter.
TEST_F(DemoBundle, NoTimeLiesBehindTheRecording) {
  const std::vector<float> whole = samples("seen-1.wav");
  std::size_t characters = 0;
  for (const std::size_t length : {9'000U, 13'333U, 21'111U, 30'001U}) {
    const Transcript t =
        transcriber->transcribe_samples(std::span(whole).first(std::min<std::size_t>(length, whole.size())));
    EXPECT_DOUBLE_EQ(t.audio_seconds, static_cast<double>(length) / 16'000.0);
    for (const Segment& s : t.segments) EXPECT_LE(s.end, t.audio_seconds);
    for (const Word& w : t.words) EXPECT_LE(w.end, t.audio_seconds);
    double before = 0.0;
    for (const Character& c : t.characters) {
      EXPECT_LE(c.end, t.audio_seconds);
      EXPECT_LT(c.start, c.end);
      EXPECT_GE(c.start, before);
      before = c.start;
    }
    characters += t.characters.size();
  }
  EXPECT_GT(characters, 10U);
}

TEST_F(DemoBundle, ReadsEverySampleAsPyTorchDoes) {
  std::size_t compared = 0;
  for (const auto& [name, known] : transcripts) {
    if (known.pytorch.empty()) continue;
    const Transcript t = transcriber->transcribe_file(kFolder + "/samples/" + name);
    EXPECT_EQ(t.text, nko::normalise(known.pytorch, name)) << name;
    EXPECT_TRUE(t.suspect.empty()) << name;
    ++compared;
  }
  EXPECT_GE(compared, 4U);
}

// The sentences of all samples as a list: each recording is its own.
TEST_F(DemoBundle, ChoosesWhatWasSaidAmongTheTextsOfAllSamples) {
  const test::TempDir dir;
  std::string list, words;
  std::set<std::string> known_words;
  for (const auto& [name, known] : transcripts) {
    if (known.pytorch.empty()) continue;
    list += known.reference + "\n";
    for (const std::string& w : nko::words(nko::normalise(known.reference, name, {true}))) known_words.insert(w);
  }
  for (const std::string& w : known_words) words += w + "\n";
  test::write_file(dir / "list.txt", list);
  test::write_file(dir / "words.txt", words);
  TranscriberOptions one = options("f32"), sequence = options("f32");
  one.ctc.words = dir / "list.txt";
  sequence.ctc.words = dir / "words.txt";
  sequence.ctc.words_mode = "sequence";
  const Transcriber chooser(Bundle::open(kFolder), one), reader(Bundle::open(kFolder), sequence);
  for (const auto& [name, known] : transcripts) {
    if (known.pytorch.empty()) continue;
    const Transcript t = chooser.transcribe_file(kFolder + "/samples/" + name);
    ASSERT_TRUE(t.choices.has_value()) << name;
    ASSERT_EQ(t.choices->size(), 1U) << name;
    EXPECT_EQ(t.text, nko::normalise(known.reference, name)) << name;
    EXPECT_EQ(t.choices->front().text, t.text) << name;
    EXPECT_GT(t.choices->front().confidence, kDefaultWordsThreshold) << name;
    EXPECT_FALSE(t.corrections.has_value());
    double before = 0.0;
    for (const Character& c : t.characters) {
      EXPECT_GE(c.start, before);
      EXPECT_LE(c.end, t.audio_seconds);
      before = c.start;
    }
    const Transcript words_of = reader.transcribe_file(kFolder + "/samples/" + name);
    EXPECT_EQ(words_of.words.size(), words_of.choices->size()) << name;
    for (const Word& w : words_of.words) EXPECT_TRUE(known_words.contains(w.text)) << name;
    EXPECT_LT(cer(nko::normalise(known.reference, name, {true}), words_of.text), 0.25) << name;
  }
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "long.wav: expected at most one window",
                               [&] { (void)chooser.transcribe_file(kFolder + "/samples/long.wav"); }));
  const Transcript whole = reader.transcribe_file(kFolder + "/samples/long.wav");
  for (const Word& w : whole.words) EXPECT_TRUE(known_words.contains(w.text));
}

TEST_F(DemoBundle, CorrectionBringsTheSamplesNearerToWhatWasSaid) {
  TranscriberOptions corrected = options("f32");
  corrected.correct = "auto";
  const Transcriber corrector(Bundle::open(kFolder), corrected);
  std::int64_t before = 0, after = 0;
  for (const auto& [name, known] : transcripts) {
    const Transcript t = corrector.transcribe_file(kFolder + "/samples/" + name);
    ASSERT_TRUE(t.corrections.has_value()) << name;
    EXPECT_EQ(t.corrections->mode, "balanced");
    EXPECT_EQ(t.timings.head_runs, t.windows) << "candidates are scored from the same pass";
    const std::string reference = nko::normalise(known.reference, name);
    before += nko::count_edits(reference, t.corrections->hypothesis, nko::Unit::code_point).errors();
    after += nko::count_edits(reference, nko::normalise(t.text, name), nko::Unit::code_point).errors();
    if (!known.pytorch.empty()) {
      EXPECT_EQ(t.corrections->hypothesis, nko::normalise(known.pytorch, name));
    }
  }
  EXPECT_GT(before, 0);
  EXPECT_LT(after, before);
}

// What the ranker looked at is part of its answer, whether it took an edit or not.
TEST_F(DemoBundle, TheCorrectorSaysHowManyCandidatesItWeighed) {
  const Bundle bundle = Bundle::open(kFolder);
  const pipeline::Recogniser recogniser(bundle.internal(), {});
  const auto memory = recogniser.make_memory();
  Timings timings;
  std::vector<float> sound = samples("seen-1.wav");
  sound.resize(std::min(sound.size(), audio::kWindowSamples));
  const auto log_probs =
      recogniser.log_probs(recogniser.features(sound, *memory, timings), recogniser.feature_frames(), *memory, timings);
  const std::string read =
      ctc::to_text(ctc::greedy(log_probs, recogniser.vocabulary().blank()).symbols, recogniser.vocabulary());
  const std::span values(log_probs.data, static_cast<std::size_t>(log_probs.frames * log_probs.classes));
  for (const char* mode : {"aggressive", "preservation"}) {
    CorrectorOptions options;
    options.mode = mode;
    const CorrectedText corrected = Corrector(bundle, options).correct(read, values);
    EXPECT_GT(corrected.candidates, 0) << mode;
    EXPECT_GT(corrected.best_probability, 0.0) << mode;
    EXPECT_LE(corrected.best_probability, 1.0) << mode;
    for (const TextEdit& edit : corrected.corrections.edits) EXPECT_LE(edit.probability, 1.0);
  }
  EXPECT_EQ(Corrector(bundle, {}).correct("", values).candidates, 0) << "an empty text has nothing to exchange";
}

TEST_F(DemoBundle, CorrectsABeamsTextOnlyWhenAsked) {
  TranscriberOptions beam = options("f32");
  beam.correct = "auto";
  beam.ctc.search = "beam";
  const std::string sample = kFolder + "/samples/seen-1.wav";
  EXPECT_FALSE(Transcriber(Bundle::open(kFolder), beam).transcribe_file(sample).corrections.has_value());
  beam.correct = "balanced";
  EXPECT_TRUE(Transcriber(Bundle::open(kFolder), beam).transcribe_file(sample).corrections.has_value());
}

TEST_F(DemoBundle, DigestsHold) { EXPECT_NO_THROW(Bundle::open(kFolder).verify_digests()); }

TEST_F(DemoBundle, SilenceIsSilence) {
  const Transcript t = transcriber->transcribe_samples(std::vector<float>(16000 * 5, 0.0F));
  EXPECT_EQ(t.text, "");
  EXPECT_TRUE(t.suspect.empty());
}

// Cut at a growing offset, the windows of a long recording fall on other places every time. Other windows mean other
// context, so this model changes single letters (6 % of them, as many as it gets wrong at all); what must not happen is
// that a word is lost or doubled at a seam, which shows in how many letters there are.
TEST_F(DemoBundle, ALongRecordingKeepsItsLengthWhereverItIsCut) {
  const std::vector<float> all = samples("long.wav");
  const std::string reference = transcripts.at("long.wav").reference;
  const Transcript whole = transcriber->transcribe_samples(all);
  ASSERT_GE(whole.windows, 3);
  EXPECT_LE(cer(reference, whole.text), 0.25);
  const auto letters_after = [](const Transcript& t, double seconds) {
    return static_cast<double>(std::ranges::count_if(
        t.characters, [seconds](const Character& c) { return c.start >= seconds && c.text != " "; }));
  };
  double sum = 0.0;
  int cuts = 0;
  for (double offset = 0.5; offset <= 26.0; offset += 0.5, ++cuts) {
    const auto skip = static_cast<std::size_t>(offset * 16000);
    const Transcript cut = transcriber->transcribe_samples(std::span(all).subspan(skip));
    // The first second after a cut may hold half a word.
    const double expected = letters_after(whole, offset + 1.5), found = letters_after(cut, 1.5);
    EXPECT_NEAR(found / expected, 1.0, 0.04) << "cut at " << offset << " s";
    sum += found / expected - 1.0;
  }
  // A word of four letters lost or doubled at every seam would be 1 % in the mean of these lengths.
  EXPECT_NEAR(sum / cuts, 0.0, 0.01);
}

}  // namespace
}  // namespace seben
