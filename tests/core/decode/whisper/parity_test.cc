// SPDX-License-Identifier: Apache-2.0
// Texts against transformers' generate and openai-whisper's decode and transcribe on the same invented weights.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "decode/whisper/beam.h"
#include "decode/whisper/greedy.h"
#include "decode/whisper/windows.h"
#include "support/small_model.h"

namespace seben::generate {
namespace {

using nlohmann::json;
using test::small_model;
using Tokens = std::vector<std::int32_t>;

const json& cases() {
  static const json all = base::read_json(test::fixture("cases.json"));
  return all;
}

constexpr std::int32_t kEnd = 1156, kStart = 1157, kEnglish = 1158, kTranscribe = 1165, kNoTimestamps = 1169;

// transformers' processors, as the fixture sets them up.
RuleOptions rules_of_fixture(bool timestamps) {
  RuleOptions rules;
  rules.endoftext = kEnd;
  rules.suppress = {5, 17, 400, 1157, 1164, 1165, 1166, 1167, 1168};
  rules.begin_suppress = {220, kEnd};
  if (timestamps) {
    rules.timestamp_begin = kNoTimestamps + 1;
    rules.notimestamps = kNoTimestamps;
    rules.max_initial_timestamp = 50;
  }
  return rules;
}

// A window after its prompt.
struct State {
  const whisper::IncrementalDecoder& decoder;
  const whisper::CrossCache& cross;
  whisper::TokenCache& cache;
  const LogitRules& rules;
  std::span<const float> first;  // scores after the prompt
  std::int64_t prompt = 0;       // tokens

  [[nodiscard]] SearchFrame frame() const { return {rules, first.size(), 40}; }
  [[nodiscard]] Hypothesis text_of(const std::unique_ptr<Search>& search) const {
    const std::int64_t first_row = 0;
    cache.reorder({&first_row, 1});
    cache.truncate(prompt);
    std::vector<float> scores(first.begin(), first.end());
    NextRows next;
    while (search->advance(scores, next)) {
      cache.reorder(next.parents);
      scores.resize(next.tokens.size() * first.size());
      decoder.step(next.tokens, cache, cross, scores, 1);
    }
    return search->take_best();
  }
};

class Transformers : public testing::Test {
 protected:
  // Calls body(state) after the prompt.
  template <typename Body>
  void with(std::uint32_t clip, bool timestamps, Body&& body) {
    const auto& model = small_model().network;
    model.encode(test::invent(clip), test::kFrames, cross_, 1);
    Tokens prompt = {kStart, kEnglish, kTranscribe};
    if (!timestamps) prompt.push_back(kNoTimestamps);
    whisper::TokenCache cache = model.make_cache(4);
    std::vector<float> first;
    const auto length = static_cast<std::int64_t>(prompt.size()), last = length - 1;
    whisper::PromptRequest request;
    request.rows = {&last, 1};
    request.logits = [&](std::int64_t, std::span<float> logits) { first.assign(logits.begin(), logits.end()); };
    model.prompt(prompt, cache, cross_, request, 1);
    const LogitRules rules(rules_of_fixture(timestamps), small_model().sizes.vocabulary);
    body(State{model, cross_, cache, rules, first, length});
  }

  whisper::CrossCache cross_;
};

TEST_F(Transformers, LogitsOfEveryStep) {
  const auto file = tensor::SafetensorsFile::open(test::fixture("logits.safetensors"));
  const std::vector<float> expected = tensor::to_float(file.require("logits"));
  const auto vocabulary = static_cast<std::size_t>(small_model().sizes.vocabulary);
  constexpr std::size_t kSteps = 12;
  for (std::uint32_t clip = 0; clip < 2; ++clip) {
    const Tokens text = cases()["transformers"][clip]["greedy"].get<Tokens>();
    with(clip, false, [&](const State& state) {
      std::vector<float> logits(state.first.begin(), state.first.end());
      for (std::size_t step = 0; step < kSteps; ++step) {
        if (step > 0) state.decoder.step({&text[step - 1], 1}, state.cache, state.cross, logits, 1);
        double most = 0.0;
        for (std::size_t i = 0; i < vocabulary; ++i) {
          const float e = expected[(clip * kSteps + step) * vocabulary + i];
          most = std::max(most, std::abs(static_cast<double>(logits[i] - e)));
        }
        EXPECT_LT(most, 2e-4) << "clip " << clip << " step " << step;
      }
    });
  }
}

TEST_F(Transformers, GreedyTextsAreTheSame) {
  for (const json& row : cases()["transformers"]) {
    const auto clip = row["clip"].get<std::uint32_t>();
    for (const bool timestamps : {false, true}) {
      with(clip, timestamps, [&](const State& state) {
        EXPECT_EQ(state.text_of(greedy(state.frame())).tokens,
                  row[timestamps ? "greedy_timestamps" : "greedy"].get<Tokens>())
            << clip;
      });
    }
  }
}

TEST_F(Transformers, BeamTextsAreTheSame) {
  for (const json& row : cases()["transformers"]) {
    const auto clip = row["clip"].get<std::uint32_t>();
    for (const bool timestamps : {false, true}) {
      with(clip, timestamps, [&](const State& state) {
        EXPECT_EQ(state.text_of(transformers_beam(state.frame(), 4, timestamps ? 0.6 : 1.0)).tokens,
                  row[timestamps ? "beam_timestamps" : "beam"].get<Tokens>())
            << clip;
      });
    }
  }
}

TEST_F(Transformers, OneBeamIsGreedy) {
  for (std::uint32_t clip = 100; clip < 108; ++clip) {
    with(clip, clip % 2 == 0, [&](const State& state) {
      const Hypothesis expected = state.text_of(greedy(state.frame()));
      const Hypothesis beams = state.text_of(beam(state.frame(), {1, 1.0}, std::nullopt));
      EXPECT_EQ(beams.tokens, expected.tokens) << clip;
      EXPECT_NEAR(beams.sum_logprob, expected.sum_logprob, 1e-3);
      // What was searched before does not show.
      EXPECT_EQ(state.text_of(greedy(state.frame())).tokens, expected.tokens);
    });
  }
}

DecodeOptions options_of(const std::string& name) {
  DecodeOptions o;
  o.language = "en";
  o.temperatures = {0.0};
  o.thresholds = {std::nullopt, std::nullopt, std::nullopt, false};
  if (name == "plain") o.timestamps = false;
  if (name == "beam") o.beam_size = 5;
  if (name == "patient") {
    o.beam_size = 3;
    o.patience = 2.0;
    o.length_penalty = 0.6;
  }
  if (name == "prompted") {
    o.beam_size = 2;
    o.prompt = {300, 301, 302};
    o.prefix = {310, 311};
    o.prefix_is_text = false;
    o.max_tokens = 20;
  }
  return o;
}

TEST(OpenAi, DecodedWindowsAreTheSame) {
  TextDecoder decoder = small_model().decoder();
  for (const json& row : cases()["openai"]) {
    const std::vector<float> features = test::invent(row["clip"].get<std::uint32_t>());
    for (const char* name : {"greedy", "plain", "beam", "patient", "prompted"}) {
      const json& expected = row[name];
      const DecodeResult found = decoder.decode(features, test::kFrames, options_of(name));
      EXPECT_EQ(found.tokens, expected["tokens"].get<Tokens>()) << row["clip"] << name;
      EXPECT_EQ(found.text, expected["text"].get<std::string>());
      EXPECT_NEAR(found.avg_logprob, expected["avg_logprob"].get<double>(), 1e-4);
      EXPECT_NEAR(found.no_speech_prob, expected["no_speech_prob"].get<double>(), 1e-5);
      EXPECT_NEAR(found.compression_ratio, expected["compression_ratio"].get<double>(), 1e-9);
    }
  }
}

TranscribeOptions transcribe_options(const std::string& name) {
  TranscribeOptions o;
  o.decode = options_of("greedy");
  o.word_times = name == "words" || name == "prompted";
  if (name == "fresh") {
    o.condition_on_previous_text = false;
    o.decode.beam_size = 3;
  }
  if (name == "prompted") {
    o.initial_prompt = encode_context(small_model().words, "once the runner");
    o.carry_initial_prompt = true;
  }
  return o;
}

void expect_segment(const Segment& found, const json& expected) {
  EXPECT_EQ(found.seek, expected["seek"].get<std::int64_t>());
  // Windows of a single frame have no deviation to divide by: openai-whisper then gets a time before the window. Their
  // segments are empty.
  if (!expected["tokens"].empty()) {
    EXPECT_NEAR(found.start, expected["start"].get<double>(), 1e-6);
    EXPECT_NEAR(found.end, expected["end"].get<double>(), 1e-6);
  }
  EXPECT_EQ(found.tokens, expected["tokens"].get<Tokens>());
  EXPECT_EQ(found.text, expected["text"].get<std::string>());
  EXPECT_NEAR(found.avg_logprob, expected["avg_logprob"].get<double>(), 1e-4);
  ASSERT_EQ(found.words.size(), expected["words"].size());
  for (std::size_t i = 0; i < found.words.size(); ++i) {
    const json& word = expected["words"][i];
    EXPECT_EQ(found.words[i].text, word[0].get<std::string>());
    EXPECT_NEAR(found.words[i].start, word[1].get<double>(), 1e-6);
    EXPECT_NEAR(found.words[i].end, word[2].get<double>(), 1e-6);
    EXPECT_NEAR(found.words[i].probability, word[3].get<double>(), 1e-4);
  }
}

TEST(OpenAi, RecordingsOfSeveralWindowsAreTheSame) {
  TextDecoder decoder = small_model().decoder();
  for (const json& expected : cases()["transcribe"]) {
    const auto name = expected["name"].get<std::string>();
    Recording recording;
    recording.available = of_length(expected["frames"].get<std::int64_t>());
    recording.features = [](std::int64_t seek, std::int64_t, std::span<float> features) {
      test::invent(static_cast<std::uint32_t>(seek), features);
    };
    const Transcript found = transcribe(decoder, recording, transcribe_options(name));
    EXPECT_EQ(found.text, expected["text"].get<std::string>()) << name;
    ASSERT_EQ(found.segments.size(), expected["segments"].size()) << name;
    for (std::size_t i = 0; i < found.segments.size(); ++i) {
      SCOPED_TRACE(name + " segment " + std::to_string(i));
      expect_segment(found.segments[i], expected["segments"][i]);
    }
  }
}

}  // namespace
}  // namespace seben::generate
