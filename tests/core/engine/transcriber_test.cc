// SPDX-License-Identifier: Apache-2.0
#include "seben/transcriber.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <thread>

#include "bundle/bundle.h"
#include "bundle/feature_file.h"
#include "engine/recogniser.h"
#include "kernels/threads.h"
#include "support/errors.h"
#include "support/tiny_bundle.h"
#include "support/tiny_whisper_bundle.h"

namespace seben {
namespace {

using test::fails_with;

class TranscriberTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir = std::make_unique<test::TempDir>();
    folder = test::make_tiny_bundle(*dir);
  }
  static void TearDownTestSuite() { dir.reset(); }

  static Transcriber make(int threads = 1) {
    TranscriberOptions options;
    options.threads = threads;
    return {Bundle::open(folder), options};
  }

  static std::unique_ptr<test::TempDir> dir;
  static std::string folder;
};

std::unique_ptr<test::TempDir> TranscriberTest::dir;
std::string TranscriberTest::folder;

TEST_F(TranscriberTest, SamplesBecomeAConsistentTranscript) {
  const Transcript t = make().transcribe_samples(test::bursts(5.0));
  EXPECT_EQ(t.windows, 1);
  EXPECT_NEAR(t.audio_seconds, 5.0, 1e-9);
  EXPECT_EQ(t.precision, "f32");
  EXPECT_EQ(t.bundle, "tiny");
  std::string text;
  double before = 0.0;
  for (const Character& c : t.characters) {
    text += c.text;
    EXPECT_GE(c.start, before);
    EXPECT_GT(c.end, c.start);
    EXPECT_GT(c.confidence, 0.0);
    EXPECT_LE(c.confidence, 1.0);
    before = c.start;
  }
  EXPECT_EQ(text, t.text);
  EXPECT_GT(t.timings.encoder, 0.0);
}

TEST_F(TranscriberTest, ThreadsAndRepetitionDoNotChangeASingleBit) {
  const std::vector<float> samples = test::bursts(41.0);
  const Transcriber one = make(1), three = make(3);
  const Transcript a = one.transcribe_samples(samples), b = three.transcribe_samples(samples),
                   c = one.transcribe_samples(samples);
  EXPECT_EQ(a.windows, 2);
  ASSERT_EQ(a.characters.size(), b.characters.size());
  for (std::size_t i = 0; i < a.characters.size(); ++i) {
    EXPECT_EQ(a.characters[i].log_prob, b.characters[i].log_prob);
    EXPECT_EQ(a.characters[i].log_prob, c.characters[i].log_prob);
  }
  EXPECT_EQ(a.text, b.text);
}

// Threads of a pool stay when their work is done, so that they can be counted then. The calling thread is a new one:
// its pool is empty whatever ran before.
TEST_F(TranscriberTest, LoadingStartsNoMoreThreadsThanAskedFor) {
  const auto running = [] {
    std::error_code none;
    const std::filesystem::directory_iterator tasks("/proc/self/task", none);
    return none ? std::ptrdiff_t{0} : std::distance(begin(tasks), end(tasks));
  };
  if (running() == 0) GTEST_SKIP() << "no /proc to count threads in";
  const std::string both = test::make_whisper_bundle(*dir, "both", true);
  std::ptrdiff_t before = 0, after = 0;
  const auto load = [&] {
    kernels::parallel_for(1, 1, [](std::int64_t) {});  // whatever the runtime itself starts
    const kernels::ThreadLimit machine(6);             // what the libraries would use if nobody told them
    before = running();
    TranscriberOptions options;
    options.threads = 1;
    options.decoder = "both";
    const Transcriber transcriber(Bundle::open(both), options);
    after = running();
  };
  std::thread(load).join();
  EXPECT_EQ(after, before);
}

TEST_F(TranscriberTest, SeveralThreadsShareOneTranscriber) {
  const Transcriber transcriber = make(1);
  const std::vector<float> first = test::bursts(3.0), second = test::bursts(7.5);
  const std::string expected_first = transcriber.transcribe_samples(first).text;
  const std::string expected_second = transcriber.transcribe_samples(second).text;
  std::vector<std::string> found(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < found.size(); ++i) {
      threads.emplace_back([&, i] { found[i] = transcriber.transcribe_samples(i % 2 == 0 ? first : second).text; });
    }
  }
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], i % 2 == 0 ? expected_first : expected_second);
}

TEST_F(TranscriberTest, CallbacksReportAndStop) {
  const Transcriber transcriber = make();
  std::vector<double> seen;
  Callbacks callbacks;
  callbacks.progress = [&](const Progress& p) { seen.push_back(p.done_seconds); };
  (void)transcriber.transcribe_samples(test::bursts(60.0), callbacks);
  EXPECT_EQ(seen.size(), 3U);  // at 0, 26 and 52 s
  EXPECT_NEAR(seen.back(), 60.0, 1e-9);
  struct Stop {};
  callbacks.progress = [](const Progress&) { throw Stop(); };
  EXPECT_THROW((void)transcriber.transcribe_samples(test::bursts(60.0), callbacks), Stop);
  EXPECT_NO_THROW((void)transcriber.transcribe_samples(test::bursts(1.0)));
}

// A stream that does not say how long it is: a raw wav header for endless recordings, through a named pipe.
TEST_F(TranscriberTest, AnUnknownLengthIsReportedAsZero) {
  const std::string pipe = *dir / "live.mulaw.au";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::jthread writer([&] { test::write_endless_au(pipe, test::bursts(40.0)); });
  std::vector<Progress> seen;
  Callbacks callbacks;
  callbacks.progress = [&](const Progress& p) { seen.push_back(p); };
  EXPECT_NEAR(make().transcribe_file(pipe, callbacks).audio_seconds, 40.0, 0.001);
  ASSERT_EQ(seen.size(), 2U);
  for (const Progress& p : seen) EXPECT_EQ(p.total_seconds, 0.0);
}

TEST_F(TranscriberTest, SamplesThatAreNoNumbersAreRefusedByTheirPlace) {
  const Transcriber transcriber = make();
  for (const float odd : {std::nanf(""), HUGE_VALF}) {
    std::vector<float> samples = test::bursts(1.0);
    samples[77] = odd;
    EXPECT_TRUE(
        fails_with(ErrorCategory::bad_data, "sample 77", [&] { (void)transcriber.transcribe_samples(samples); }));
  }
}

TEST_F(TranscriberTest, NothingIsAnEmptyTranscript) {
  const Transcript t = make().transcribe_samples({});
  EXPECT_EQ(t.windows, 0);
  EXPECT_TRUE(t.text.empty());
}

TEST_F(TranscriberTest, FeaturesOfThisEncoderGiveTheSameText) {
  const bundle::Bundle opened = bundle::Bundle::open(folder);
  const pipeline::Recogniser recogniser(opened, {});
  const auto memory = recogniser.make_memory();
  Timings timings;
  const std::vector<float> samples = test::bursts(6.0);
  const auto features = recogniser.features(samples, *memory, timings);
  const std::string path = *dir / "features.safetensors";
  bundle::write_features(
      path, {"features", "", tensor::DType::f32, {1500, 16}, reinterpret_cast<const std::byte*>(features.data())},
      opened.provided(kernels::Precision::f32));
  const Transcriber transcriber = make();
  EXPECT_EQ(transcriber.transcribe_features(path).text, transcriber.transcribe_samples(samples).text);
}

TEST_F(TranscriberTest, FeaturesThatWereDownsampledBeforeAreRefusedWithBothLayouts) {
  const std::vector<float> features(375 * 16, 0.1F);
  const std::string path = *dir / "short.safetensors";
  const tensor::TensorView view{
      "features", "", tensor::DType::f32, {375, 16}, reinterpret_cast<const std::byte*>(features.data())};
  tensor::write_safetensors(path, std::span(&view, 1), {});
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "375", [&] { (void)make().transcribe_features(path); }));
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "1500", [&] { (void)make().transcribe_features(path); }));
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "were downsampled by 4 before",
                         [&] { (void)make().transcribe_features(path); }));
}

TEST_F(TranscriberTest, ImpossibleOptionsAreNamed) {
  const auto with = [](auto change) {
    return [change] {
      TranscriberOptions options;
      change(options);
      (void)Transcriber(Bundle::open(folder), options);
    };
  };
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "threads", with([](auto& o) { o.threads = -1; })));
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "threads", with([](auto& o) { o.threads = 1025; })));
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "overlap", with([](auto& o) { o.overlap_seconds = 0.0; })));
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "precision", with([](auto& o) { o.precision = "f8"; })));
  EXPECT_TRUE(fails_with(ErrorCategory::incomplete, "admitted by a gate", with([](auto& o) { o.precision = "int8"; })));
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "nowhere", [] { (void)Bundle::open("nowhere"); }));
}

// Packing takes minutes for large models: whoever asks for what cannot be is told before it.
TEST_F(TranscriberTest, ImpossibleOptionsAreRefusedBeforeWeightsArePacked) {
  const auto refused = [](ErrorCategory category, const char* part, auto change) {
    TranscriberOptions options;
    options.ctc.search = "beam";
    change(options);
    bool packed = false;
    options.load_progress = [&](std::int64_t, std::int64_t) { packed = true; };
    const auto result = fails_with(category, part, [&] { (void)Transcriber(Bundle::open(folder), options); });
    return packed ? ::testing::AssertionFailure() << part << ": the weights were packed first" : result;
  };
  using Category = ErrorCategory;
  EXPECT_TRUE(refused(Category::usage, "overlap", [](auto& o) { o.overlap_seconds = 16.0; }));
  EXPECT_TRUE(refused(Category::usage, "search", [](auto& o) { o.ctc.search = "widest"; }));
  EXPECT_TRUE(refused(Category::usage, "beam width", [](auto& o) { o.ctc.beam_width = 0; }));
  EXPECT_TRUE(refused(Category::usage, "syllables", [](auto& o) { o.ctc.syllables = "some"; }));
  EXPECT_TRUE(refused(Category::no_input, "no.arpa", [](auto& o) { o.ctc.language_model = *dir / "no.arpa"; }));
  EXPECT_TRUE(refused(Category::no_input, "no.txt", [](auto& o) { o.ctc.hotwords = *dir / "no.txt"; }));
  EXPECT_TRUE(refused(Category::usage, "mode", [](auto& o) { o.correct = "boldly"; }));
  EXPECT_TRUE(refused(Category::no_input, "no.json", [](auto& o) { o.correction.ranker = *dir / "no.json"; }));
  EXPECT_TRUE(refused(Category::usage, "threads", [](auto& o) { o.threads = -2; }));
}

TEST_F(TranscriberTest, UnreadableRecordingsAreErrors) {
  test::write_file(*dir / "text.wav", "this is no sound");
  EXPECT_TRUE(
      fails_with(ErrorCategory::bad_data, "text.wav", [&] { (void)make().transcribe_file(*dir / "text.wav"); }));
  EXPECT_TRUE(
      fails_with(ErrorCategory::no_input, "gone.wav", [&] { (void)make().transcribe_file(*dir / "gone.wav"); }));
}

}  // namespace
}  // namespace seben
