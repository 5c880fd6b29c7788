// SPDX-License-Identifier: Apache-2.0
// The channels of a recording transcribed apart: each as if it were alone, merged by time.
#include "engine/channels.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "audio/decoder.h"
#include "seben/transcriber.h"
#include "support/channels_wav.h"
#include "support/errors.h"
#include "support/tiny_bundle.h"
#include "support/tiny_whisper_bundle.h"

namespace seben {
namespace {

using test::fails_with;

class ChannelsTest : public ::testing::Test {
 protected:
  ChannelsTest() {
    one = test::bursts(6.0);
    two = test::bursts(6.0);
    std::rotate(two.begin(), two.begin() + 20'000, two.end());
    for (float& x : two) x *= 0.5F;
    test::write_file(dir / "call.wav", test::channels_wav({one, two}));
    test::write_file(dir / "one.wav", test::channels_wav({one}));
    test::write_file(dir / "two.wav", test::channels_wav({two}));
  }
  [[nodiscard]] Transcript read(const std::string& file, const std::string& channels,
                                const Callbacks& callbacks = {}) const {
    options_.channels = channels;
    return Transcriber(Bundle::open(folder), options_).transcribe_file(dir / file, callbacks);
  }

  test::TempDir dir;
  std::string folder = test::make_tiny_bundle(dir);
  std::vector<float> one, two;
  mutable TranscriberOptions options_ = [] {
    TranscriberOptions o;
    o.threads = 1;
    return o;
  }();
};

template <typename Part>
std::vector<Part> of_channel(const std::vector<Part>& parts, std::int32_t channel) {
  std::vector<Part> out;
  for (const Part& part : parts) {
    if (part.channel == channel) out.push_back(part);
  }
  return out;
}

template <typename Part>
void expect_same(const std::vector<Part>& found, const std::vector<Part>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].text, expected[i].text);
    EXPECT_EQ(found[i].start, expected[i].start);
    EXPECT_EQ(found[i].end, expected[i].end);
  }
}

TEST_F(ChannelsTest, SplitIsEachAlone) {
  std::vector<std::int32_t> order;
  std::vector<Progress> progress;
  Callbacks callbacks;
  callbacks.segment = [&](const Segment& s) { order.push_back(s.channel); };
  callbacks.progress = [&](const Progress& p) { progress.push_back(p); };
  const Transcript call = read("call.wav", "split", callbacks);
  const Transcript alone[2] = {read("one.wav", "mix"), read("two.wav", "mix")};
  ASSERT_EQ(call.channels.size(), 2U);
  for (std::int32_t channel = 1; channel <= 2; ++channel) {
    const Transcript& expected = alone[channel - 1];
    EXPECT_EQ(call.channels[static_cast<std::size_t>(channel - 1)].text, expected.text);
    expect_same(of_channel(call.segments, channel), expected.segments);
    expect_same(of_channel(call.words, channel), expected.words);
    expect_same(of_channel(call.characters, channel), expected.characters);
  }
  EXPECT_TRUE(std::ranges::is_sorted(call.segments, {}, &Segment::start));
  EXPECT_TRUE(std::ranges::is_sorted(call.words, {}, &Word::start));
  EXPECT_TRUE(std::ranges::is_sorted(order)) << "callbacks come channel after channel";
  EXPECT_EQ(call.windows, alone[0].windows + alone[1].windows);
  EXPECT_DOUBLE_EQ(call.audio_seconds, 6.0);
  ASSERT_FALSE(progress.empty());
  EXPECT_NEAR(progress.back().done_seconds, 12.0, 1e-6);
  EXPECT_NEAR(progress.back().total_seconds, 12.0, 1e-6);
}

TEST_F(ChannelsTest, OneByItsNumberIsNotNumbered) {
  const Transcript found = read("call.wav", "2"), expected = read("two.wav", "mix");
  EXPECT_EQ(found.text, expected.text);
  EXPECT_TRUE(found.channels.empty());
  for (const Segment& s : found.segments) EXPECT_EQ(s.channel, 0);
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "call.wav: channels: expected channel 3, found 2 channels",
                         [&] { (void)read("call.wav", "3"); }));
}

TEST_F(ChannelsTest, MonoIsOneChannel) {
  const Transcript found = read("one.wav", "split");
  ASSERT_EQ(found.channels.size(), 1U);
  EXPECT_EQ(found.text, read("one.wav", "mix").text);
  for (const Word& w : found.words) EXPECT_EQ(w.channel, 1);
  options_.channels = "split";
  const Transcript samples = Transcriber(Bundle::open(folder), options_).transcribe_samples(one);
  ASSERT_EQ(samples.channels.size(), 1U);
  options_.channels = "2";
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "channels: expected 1",
                         [&] { (void)Transcriber(Bundle::open(folder), options_).transcribe_samples(one); }));
}

TEST_F(ChannelsTest, ImpossibleChoicesAreUsageErrors) {
  for (const char* word : {"", "0", "-1", "65", "both", "1,2", "1 ", "99999999999"}) {
    EXPECT_TRUE(fails_with(ErrorCategory::usage, "channels: expected mix, split or a number from 1 to 64", [&] {
      (void)pipeline::parse_channels(word);
    })) << word;
  }
  EXPECT_EQ(pipeline::parse_channels("64").one, 64);
}

TEST_F(ChannelsTest, WhisperWritesEachAlone) {
  folder = test::make_whisper_bundle(dir, "whisper", true);
  options_.decoder = "both";
  options_.whisper.language = "en";
  options_.whisper.temperatures = {0.0};
  options_.whisper.timestamps = false;
  const Transcript call = read("call.wav", "split"), first = read("one.wav", "mix"), second = read("two.wav", "mix");
  ASSERT_TRUE(call.whisper && first.whisper && second.whisper);
  expect_same(of_channel(call.whisper->segments, 1), first.whisper->segments);
  expect_same(of_channel(call.whisper->segments, 2), second.whisper->segments);
  EXPECT_EQ(call.channels[1].whisper_text, second.whisper->text);
  EXPECT_EQ(call.channels[1].language, "en");
  EXPECT_EQ(call.whisper->language, "en");
}

TEST(MergeChannels, PartsAreInTheOrderOfTheirBeginnings) {
  Transcript a, b;
  a.text = "a c";
  a.segments = {{"a", 0.0, 1.0, 1.0}, {"c", 2.0, 3.0, 1.0}};
  a.suspect = {"odd"};
  a.timings.encoder_runs = 2;
  a.whisper.emplace().language = "fr";
  b.text = "b";
  b.segments = {{"b", 2.0, 2.5, 1.0}};
  b.timings.encoder_runs = 1;
  b.whisper.emplace().language = "en";
  pipeline::mark_channel(a, 1);
  pipeline::mark_channel(b, 2);
  const Transcript out = pipeline::merge_channels({a, b});
  EXPECT_EQ(out.text, "a c b");
  EXPECT_EQ(out.segments[1].channel, 1) << "the lower channel first";
  EXPECT_EQ(out.suspect, std::vector<std::string>{"channel 1: odd"});
  EXPECT_EQ(out.timings.encoder_runs, 3);
  EXPECT_EQ(out.whisper->language, "") << "several";
  EXPECT_EQ(out.channels[0].language, "fr");
}

}  // namespace
}  // namespace seben
