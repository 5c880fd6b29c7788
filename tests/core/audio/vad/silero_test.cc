// SPDX-License-Identifier: Apache-2.0
// Silero's network against PyTorch and whisper.cpp, its ranges against silero-vad, and files that are not what they
// must be.
#include "audio/vad/silero.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "audio/vad/silero_ranges.h"
#include "base/json.h"
#include "base/sha256.h"
#include "core/audio/vad/invented_silero.h"
#include "support/errors.h"
#include "support/small_model.h"

namespace seben::generate {
namespace {

using nlohmann::json;
using seben::test::is_bad_data;
using test::InventedTensor;
using Bytes = std::vector<std::byte>;

const json& expected() {
  static const json all = base::read_json(test::fixture("silero.json"));
  return all;
}

Silero silero(const Bytes& bytes) { return Silero::from(SileroFile::view(bytes, "vad.bin")); }

const Silero& model() {
  static const Silero loaded = silero(test::silero_bytes());
  return loaded;
}

double most_apart(const std::vector<float>& found, const json& values) {
  EXPECT_EQ(found.size(), values.size());
  double most = 0.0;
  for (std::size_t i = 0; i < std::min(found.size(), values.size()); ++i) {
    most = std::max(most, std::abs(static_cast<double>(found[i]) - values[i].get<double>()));
  }
  return most;
}

std::vector<float> signal() { return test::silero_signal(expected()["samples"].get<std::size_t>()); }

TEST(Silero, InventedFileIsTheOracles) {
  base::Sha256 digest;
  digest.update(test::silero_bytes());
  EXPECT_EQ(digest.finish_hex(), expected()["sha256"].get<std::string>());
}

TEST(Silero, ProbabilitiesAreThoseOfPyTorch) {
  EXPECT_LT(most_apart(speech_probabilities(model(), signal()), expected()["context"]), 2e-5);
  EXPECT_LT(most_apart(speech_probabilities(model(), signal(), SileroPadding::reflect), expected()["reflect"]), 2e-5);
}

// whisper.cpp rounds the convolutions' inputs to f16.
TEST(Silero, ProbabilitiesAreThoseOfWhisperCpp) {
  EXPECT_LT(most_apart(speech_probabilities(model(), signal(), SileroPadding::reflect), expected()["whisper_cpp"]),
            5e-3);
}

TEST(Silero, PiecesOfAnySizeAreTheWhole) {
  const std::vector<float> samples = signal(), whole = speech_probabilities(model(), samples);
  for (const std::size_t size : {1UL, 63UL, 511UL, 512UL, 513UL, 5000UL, 20000UL}) {
    SileroStream stream(model());
    for (int time = 0; time < 2; ++time) {  // after finish it is as new
      std::vector<float> found;
      for (std::size_t at = 0; at < samples.size(); at += size) {
        stream.push(std::span(samples).subspan(at, std::min(size, samples.size() - at)), found);
        ASSERT_EQ(found.size(), std::min(at + size, samples.size()) / 512);
      }
      stream.finish(found);
      ASSERT_EQ(found.size(), whole.size());
      for (std::size_t i = 0; i < whole.size(); ++i) ASSERT_NEAR(found[i], whole[i], 1e-6) << size << " " << i;
    }
  }
}

TEST(Silero, NothingHasNoProbability) {
  EXPECT_TRUE(speech_probabilities(model(), {}).empty());
  EXPECT_TRUE(find_speech(model(), {}).empty());
  EXPECT_EQ(speech_probabilities(model(), std::vector<float>(1, 0.0F)).size(), 1U);
  EXPECT_EQ(speech_probabilities(model(), std::vector<float>(512, 0.0F)).size(), 1U);
}

TEST(Silero, RefusesWhatIsNoSound) {
  std::vector<float> samples(3000, 0.1F);
  samples[2999] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(is_bad_data("samples: expected finite values, found another at 2999",
                          [&] { (void)speech_probabilities(model(), samples); }));
  SileroStream stream(model());
  std::vector<float> found;
  stream.push(std::vector<float>(700, 0.1F), found);
  EXPECT_TRUE(is_bad_data("another at 700",
                          [&] { stream.push(std::vector<float>(1, std::numeric_limits<float>::infinity()), found); }));
  const std::vector<float> huge(2000, 3e38F);
  EXPECT_TRUE(is_bad_data("window 0: expected a probability", [&] { (void)speech_probabilities(model(), huge); }));
}

SileroOptions options_of(const json& asked) {
  SileroOptions o;
  o.threshold = asked.value("threshold", o.threshold);
  if (asked.contains("stay")) o.stay = asked["stay"].get<double>();
  o.min_speech = asked.value("min_speech", o.min_speech);
  o.min_silence = asked.value("min_silence", o.min_silence);
  o.margin = asked.value("margin", o.margin);
  o.max_speech = asked.value("max_speech", o.max_speech);
  return o;
}

TEST(SileroRanges, AreThoseOfSileroVad) {
  for (const json& row : expected()["ranges"]) {
    const auto seed = row["seed"].get<std::uint32_t>();
    SpeechRanges ranges(options_of(row["options"]));
    for (std::uint32_t i = 0; i < row["windows"].get<std::uint32_t>(); ++i) {
      const float slow = test::mixed((seed << 16) + i / (3 + seed % 17)) * 0.75F;
      const float fast = test::mixed((seed << 16) + (1U << 15) + i) * 0.25F;
      ranges.add(std::clamp((slow + fast) * 0.5F + 0.5F, 0.0F, 1.0F));
    }
    std::vector<SpeechRange> wanted;
    for (const json& r : row["ranges"]) wanted.push_back({r[0].get<std::int64_t>(), r[1].get<std::int64_t>()});
    EXPECT_EQ(ranges.finish(row["samples"].get<std::int64_t>()), wanted) << seed << " " << row["options"];
  }
}

TEST(SileroRanges, StreamFindsWhatTheWholeFinds) {
  const std::vector<float> samples = test::silero_signal(400'000);
  SileroOptions options;
  options.threshold = 0.93;
  const std::vector<SpeechRange> whole = find_speech(model(), samples, options);
  EXPECT_GT(whole.size(), 2U);
  SpeechFinder finder(model(), options);
  for (int time = 0; time < 2; ++time) {
    for (std::size_t at = 0; at < samples.size(); at += 7001) {
      finder.push(std::span(samples).subspan(at, std::min<std::size_t>(7001, samples.size() - at)));
    }
    EXPECT_EQ(finder.finish(), whole);
  }
  EXPECT_FALSE(is_silent(whole, whole[1].first, whole[1].end));
  EXPECT_TRUE(is_silent(whole, whole[0].end, whole[1].first));
}

TEST(SileroRanges, RefuseOptionsThatMeanNothing) {
  const auto refused = [](std::string_view text, auto change) {
    SileroOptions o;
    change(o);
    return seben::test::fails_with(ErrorCategory::usage, text, [&] { (void)SpeechRanges(o); });
  };
  EXPECT_TRUE(refused("threshold", [](SileroOptions& o) { o.threshold = 1.5; }));
  EXPECT_TRUE(refused("threshold", [](SileroOptions& o) { o.threshold = std::nan(""); }));
  EXPECT_TRUE(refused("threshold to stay", [](SileroOptions& o) { o.stay = 0.7; }));
  EXPECT_TRUE(refused("shortest speech", [](SileroOptions& o) { o.min_speech = -1.0; }));
  EXPECT_TRUE(refused("shortest silence", [](SileroOptions& o) { o.min_silence = 1e300; }));
  EXPECT_TRUE(refused("margin", [](SileroOptions& o) { o.margin = std::nan(""); }));
  EXPECT_TRUE(refused("longest speech", [](SileroOptions& o) { o.max_speech = 0.0; }));
}

TEST(SileroFile, SaysWhatIsInIt) {
  const Bytes bytes = test::silero_bytes();
  const SileroFile file = SileroFile::view(bytes, "vad.bin");
  EXPECT_EQ(file.sizes()->type, "silero-16k");
  EXPECT_EQ(file.sizes()->version, (std::array<std::int32_t, 3>{5, 1, 2}));
  EXPECT_EQ(file.sizes()->encoder[3], (SileroSizes::Convolution{64, 128, 3}));
  ASSERT_EQ(file.tensors().size(), 15U);
  EXPECT_EQ(file.tensors()[0].shape, (tensor::Shape{128, 129, 3}));
  EXPECT_TRUE(file.tensors()[13].shape.empty());
}

TEST(SileroFile, CutAnywhereIsOneError) {
  test::SileroBytes small;
  small.head();
  small.tensor({"a", {2, 3}, true, 1.0F}, 0);
  small.tensor({"b", {}, false, 1.0F}, 0);
  const Bytes bytes = small.bytes();
  EXPECT_EQ(SileroFile::view(bytes, "vad.bin").tensors().size(), 2U);
  std::size_t whole = 0;  // cut between two tensors: a file whose tensors are missing
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto part = std::span(bytes).first(length);
    try {
      (void)SileroFile::view(part, "vad.bin");
      ++whole;
      EXPECT_TRUE(is_bad_data("no such tensor", [&] { (void)Silero::from(SileroFile::view(part, "vad.bin")); }));
    } catch (const Error& error) {
      EXPECT_EQ(error.category(), ErrorCategory::bad_data);
      EXPECT_NE(std::string(error.what()).find("truncated"), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(whole, 2U);
}

Bytes with_size(std::size_t index, std::int32_t value) {
  std::vector<std::int32_t> sizes = test::silero_sizes();
  sizes[index] = value;
  test::SileroBytes out;
  out.head(sizes);
  return out.bytes();
}

TEST(SileroFile, EverySizeIsChecked) {
  const std::vector<std::pair<std::size_t, const char*>> fields = {
      {0, "version"},        {3, "window"},       {4, "context"},           {5, "encoder layer"},
      {6, "layer 0: input"}, {7, "layer 0: out"}, {8, "layer 0: kernel"},   {16, "layer 3: out"},
      {18, "LSTM: input"},   {19, "LSTM: state"}, {20, "convolution: inp"}, {21, "convolution: out"}};
  for (const auto& [index, name] : fields) {
    for (const std::int32_t value : {-1, 0, 7, 1 << 30}) {
      const Bytes bytes = with_size(index, value);
      if (test::silero_sizes()[index] == value) continue;
      EXPECT_TRUE(is_bad_data(name, [&] { (void)silero(bytes); })) << index << " " << value;
    }
  }
}

TEST(SileroFile, OtherFilesAreCalledByTheirNames) {
  test::SileroBytes other;
  other.put("RIFF----");
  EXPECT_TRUE(is_bad_data("magic number: expected 0x67676d6c", [&] { (void)silero(other.bytes()); }));
  test::SileroBytes whisper;
  whisper.put(0x67676d6c);
  whisper.put(51865);
  EXPECT_TRUE(is_bad_data("is it a model of Whisper?", [&] { (void)silero(whisper.bytes()); }));
  test::SileroBytes narrow;
  narrow.head(test::silero_sizes(), "silero-8k");
  EXPECT_TRUE(is_bad_data("type: expected silero-16k, found silero-8k", [&] { (void)silero(narrow.bytes()); }));
  test::SileroBytes lines;
  lines.head(test::silero_sizes(), "two\nlines");
  EXPECT_TRUE(is_bad_data("type: expected printable", [&] { (void)silero(lines.bytes()); }));
  EXPECT_TRUE(
      seben::test::fails_with(ErrorCategory::no_input, "missing.bin", [] { (void)Silero::load("missing.bin"); }));
}

TEST(SileroFile, HeadsOfTensorsAreChecked) {
  const auto with = [](std::initializer_list<std::int32_t> head) {
    test::SileroBytes out;
    out.head();
    for (const std::int32_t value : head) out.put(value);
    out.put(std::string(64, 'x'));
    return out.bytes();
  };
  EXPECT_TRUE(is_bad_data("tensor 0: n_dims", [&] { (void)silero(with({5, 1, 0})); }));
  EXPECT_TRUE(is_bad_data("tensor 0: n_dims", [&] { (void)silero(with({-1, 1, 0})); }));
  EXPECT_TRUE(is_bad_data("length of the name", [&] { (void)silero(with({1, 1 << 20, 0, 1})); }));
  EXPECT_TRUE(is_bad_data("type: expected f32 (0) or f16 (1), found 8", [&] { (void)silero(with({1, 1, 8, 32})); }));
  EXPECT_TRUE(is_bad_data("tensor 0: sizes", [&] { (void)silero(with({1, 1, 0, 0})); }));
  EXPECT_TRUE(is_bad_data("at most 268435456 elements", [&] {
    (void)silero(with({4, 1, 0, 65536, 65536, 65536, 2}));
  }));
  EXPECT_TRUE(is_bad_data("truncated", [&] { (void)silero(with({2, 1, 0, 65536, 4096})); }));
}

TEST(SileroFile, EveryTensorMustBeThereOnceInItsShape) {
  for (const InventedTensor& wanted : test::silero_tensors()) {
    const auto changed = [&](auto change) {
      const Bytes bytes = test::silero_bytes([&](InventedTensor& t) {
        t.most = 0.0F;
        if (t.name == wanted.name) change(t);
      });
      (void)silero(bytes);
    };
    EXPECT_TRUE(is_bad_data(wanted.name + ": expected shape", [&] { changed([](auto& t) { t.name.clear(); }); }));
    EXPECT_TRUE(is_bad_data(wanted.name + ": expected shape", [&] { changed([](auto& t) { t.shape = {2, 3}; }); }));
    EXPECT_TRUE(is_bad_data(wanted.name + ": expected finite values",
                            [&] { changed([](auto& t) { t.most = std::numeric_limits<float>::infinity(); }); }));
  }
  Bytes bytes = test::silero_bytes();
  test::SileroBytes again;
  again.tensor({"_model.decoder.decoder.2.bias", {}, false, 1.0F}, 0);
  bytes.insert(bytes.end(), again.bytes().begin(), again.bytes().end());
  EXPECT_TRUE(is_bad_data("expected every tensor once, found it twice", [&] { (void)silero(bytes); }));
}

}  // namespace
}  // namespace seben::generate
