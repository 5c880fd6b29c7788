// SPDX-License-Identifier: Apache-2.0
// Other options over the same packed weights, and recordings that come as bytes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "seben/transcriber.h"
#include "support/channels_wav.h"
#include "support/errors.h"
#include "support/tiny_whisper_bundle.h"

namespace seben {
namespace {

using test::fails_with;

class WithTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir = std::make_unique<test::TempDir>();
    folder = test::make_whisper_bundle(*dir, "both", true);
  }
  static void TearDownTestSuite() { dir.reset(); }

  static TranscriberOptions options(const std::string& decoder = "ctc") {
    TranscriberOptions out;
    out.threads = 1;
    out.decoder = decoder;
    out.whisper.temperatures = {0.0};
    out.whisper.no_speech_threshold.reset();
    out.whisper.silence = "off";
    return out;
  }
  static Transcriber load(const TranscriberOptions& options) { return {Bundle::open(folder), options}; }

  static std::unique_ptr<test::TempDir> dir;
  static std::string folder;
};

std::unique_ptr<test::TempDir> WithTest::dir;
std::string WithTest::folder;

TEST_F(WithTest, TextsEqualThoseOfATranscriberLoadedWithTheOptions) {
  const std::vector<float> samples = test::bursts(33.0);
  const Transcriber loaded = load(options());
  TranscriberOptions beam = options();
  beam.ctc.search = "beam";
  beam.ctc.beam_width = 4;
  beam.overlap_seconds = 6.0;
  beam.correct = "off";
  const Transcriber other = loaded.with(beam);
  EXPECT_EQ(other.transcribe_samples(samples).text, load(beam).transcribe_samples(samples).text);
  EXPECT_EQ(other.weight_bytes(), loaded.weight_bytes());
  EXPECT_EQ(other.options().ctc.search, "beam");
  EXPECT_EQ(loaded.options().ctc.search, "greedy");
  EXPECT_EQ(other.with(options()).transcribe_samples(samples).text, loaded.transcribe_samples(samples).text);
}

TEST_F(WithTest, WhispersLanguageTaskPromptAndTimesAreOfTheCall) {
  const std::vector<float> samples = test::bursts(7.0);
  const Transcriber loaded = load(options("whisper"));
  TranscriberOptions changed = options("whisper");
  changed.whisper.language = "zh";
  changed.whisper.task = "translate";
  changed.whisper.word_times = true;
  changed.whisper.temperatures = {0.4};
  const Transcript a = loaded.with(changed).transcribe_samples(samples);
  const Transcript b = load(changed).transcribe_samples(samples);
  EXPECT_EQ(a.text, b.text);
  ASSERT_TRUE(a.whisper && b.whisper);
  EXPECT_EQ(a.whisper->language, "zh");
  EXPECT_EQ(a.whisper->task, "translate");
  EXPECT_EQ(a.words.size(), b.words.size());
  EXPECT_EQ(loaded.transcribe_samples(samples).whisper->task, "transcribe");
}

TEST_F(WithTest, ItOutlivesWhatItWasMadeFrom) {
  std::optional<Transcriber> loaded(load(options("both")));
  const std::string text = loaded->transcribe_samples(test::bursts(3.0)).text;
  const Transcriber other = loaded->with(options("both"));
  loaded.reset();
  EXPECT_EQ(other.transcribe_samples(test::bursts(3.0)).text, text);
}

TEST_F(WithTest, OptionsThatNeedOtherWeightsAreNamed) {
  const Transcriber loaded = load(options("both"));
  const auto refused = [&](const char* field, auto change) {
    TranscriberOptions other = options("both");
    change(other);
    return fails_with(ErrorCategory::usage, field, [&] { (void)loaded.with(other); });
  };
  EXPECT_TRUE(refused("threads", [](auto& o) { o.threads = 2; }));
  EXPECT_TRUE(refused("decoder", [](auto& o) { o.decoder = "ctc"; }));
  EXPECT_TRUE(refused("decoder of Whisper", [](auto& o) { o.whisper.decoder = "second"; }));
  EXPECT_TRUE(refused("cache of keys and values", [](auto& o) { o.whisper.cache = "bf16"; }));
  EXPECT_TRUE(refused("allow_unadmitted", [](auto& o) { o.allow_unadmitted = true; }));
  EXPECT_TRUE(refused("feature codec", [](auto& o) { o.feature_codec = "f32"; }));
  EXPECT_TRUE(refused("precision", [](auto& o) { o.precision = "f8"; }));
  EXPECT_TRUE(refused("task", [](auto& o) { o.whisper.task = "sing"; }));
  TranscriberOptions named = options("both");
  named.precision = loaded.precision();  // "auto" by its name
  EXPECT_NO_THROW((void)loaded.with(named));
}

TEST_F(WithTest, HotwordsAndWordsComeAsTextToo) {
  const std::vector<float> samples = test::bursts(3.0);
  const Transcriber loaded = load(options());
  const std::string words = "\u07d3\u07d0\u07de\u07d0\n\u07d9\u07d0\u07df\n";
  std::ofstream(*dir / "words.txt") << words;
  TranscriberOptions as_path = options(), as_text = options();
  as_path.ctc.words = *dir / "words.txt";
  as_text.ctc.words_text = words;
  as_path.ctc.words_threshold = as_text.ctc.words_threshold = 0.0;
  EXPECT_EQ(loaded.with(as_text).transcribe_samples(samples).text,
            loaded.with(as_path).transcribe_samples(samples).text);
  as_path = as_text = options();
  as_path.ctc.search = as_text.ctc.search = "beam";
  as_path.ctc.hotwords = *dir / "words.txt";
  as_text.ctc.hotwords_text = words;
  EXPECT_EQ(loaded.with(as_text).transcribe_samples(samples).text,
            loaded.with(as_path).transcribe_samples(samples).text);
  as_text.ctc.hotwords = as_path.ctc.hotwords;
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "hotwords", [&] { (void)loaded.with(as_text); }));
  as_text = options();
  as_text.ctc.hotwords_text = words;
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "the beam search", [&] { (void)loaded.with(as_text); }));
  as_text.ctc.search = "beam";
  as_text.ctc.hotwords_text = "hello\n";
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "hotwords: line 1", [&] { (void)loaded.with(as_text); }));
}

TEST_F(WithTest, ThreadsMakeAndUseThemAtOnce) {
  const Transcriber loaded = load(options("both"));
  const std::vector<float> samples = test::bursts(4.0);
  TranscriberOptions split = options("both");
  split.channels = "split";
  split.ctc.search = "beam";
  const std::string plain_text = loaded.transcribe_samples(samples).text;
  const std::string split_text = loaded.with(split).transcribe_samples(samples).text;
  std::vector<std::string> found(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < found.size(); ++i) {
      threads.emplace_back(
          [&, i] { found[i] = loaded.with(i % 2 == 0 ? options("both") : split).transcribe_samples(samples).text; });
    }
  }
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], i % 2 == 0 ? plain_text : split_text);
}

TEST_F(WithTest, BytesAndDescriptorsReadAsTheFileDoes) {
  const Transcriber loaded = load(options());
  const std::string wav = test::channels_wav({test::bursts(3.0), test::bursts(3.0)});
  const std::string path = *dir / "two.wav";
  std::ofstream(path, std::ios::binary) << wav;
  TranscriberOptions split = options();
  split.channels = "split";
  const Transcriber apart = loaded.with(split);
  for (const Transcriber* t : {&loaded, &apart}) {
    const Transcript file = t->transcribe_file(path);
    EXPECT_EQ(t->transcribe_bytes(std::as_bytes(std::span(wav)), "upload").text, file.text);
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(t->transcribe_descriptor(descriptor, "upload").text, file.text);
    EXPECT_EQ(::close(descriptor), 0) << "it stays the caller's";
  }
  const std::string text = "this is no sound";
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "upload",
                         [&] { (void)loaded.transcribe_bytes(std::as_bytes(std::span(text)), "upload"); }));
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "upload", [&] { (void)loaded.transcribe_bytes({}, "upload"); }));
  EXPECT_TRUE(fails_with(ErrorCategory::io, "upload", [&] { (void)loaded.transcribe_descriptor(-1, "upload"); }));
}

}  // namespace
}  // namespace seben
