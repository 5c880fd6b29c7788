// SPDX-License-Identifier: Apache-2.0
#include "engine/channels.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/format.h"
#include "engine/stopwatch.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

constexpr int kMostChannels = 64;  // that a recording may have (docs/audio.md)

template <typename Part>
void add(std::vector<Part>& all, std::vector<Part>& more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

template <typename Part>
void by_time(std::vector<Part>& parts) {
  std::ranges::stable_sort(parts, {}, &Part::start);
}

template <typename Part>
std::string text_of(const std::vector<Part>& segments) {
  std::string out;
  for (const Part& segment : segments) {
    if (!out.empty() && !segment.text.empty()) out += ' ';
    out += segment.text;
  }
  return out;
}

void add(Corrections& all, Corrections& more) {
  all.hypothesis += "\n" + more.hypothesis;
  add(all.edits, more.edits);
}

void add(WhisperText& all, WhisperText& more) {
  if (all.language != more.language) all.language.clear();
  all.language_probability = std::min(all.language_probability, more.language_probability);
  all.windows += more.windows;
  all.silent_windows += more.silent_windows;
  add(all.segments, more.segments);
}

void add(Transcript& all, Transcript& more) {
  add(all.characters, more.characters);
  add(all.words, more.words);
  add(all.segments, more.segments);
  add(all.warnings, more.warnings);
  add(all.suspect, more.suspect);
  add(all.refused, more.refused);
  add(all.channels, more.channels);
  add(all.alternatives, more.alternatives);
  all.audio_seconds = std::max(all.audio_seconds, more.audio_seconds);
  all.windows += more.windows;
  if (all.corrections && more.corrections) add(*all.corrections, *more.corrections);
  if (all.whisper && more.whisper) add(*all.whisper, *more.whisper);
  if (all.choices && more.choices) add(*all.choices, *more.choices);
  add_timings(all.timings, more.timings);
}

}  // namespace

ChannelChoice parse_channels(const std::string& word) {
  if (word == "mix") return {};
  if (word == "split") return {true, 0};
  int number = 0;
  const char* const end = word.data() + word.size();
  const auto [behind, failure] = std::from_chars(word.data(), end, number);
  if (failure != std::errc() || behind != end || number < 1 || number > kMostChannels) {
    throw Error(ErrorCategory::usage, "channels", base::format("mix, split or a number from 1 to {}", kMostChannels),
                word);
  }
  return {false, number};
}

void mark_channel(Transcript& t, std::int32_t channel) {
  const auto mark = [channel](auto& parts) {
    for (auto& part : parts) part.channel = channel;
  };
  mark(t.characters);
  mark(t.words);
  mark(t.segments);
  if (t.choices) mark(*t.choices);
  mark(t.refused);
  mark(t.alternatives);
  if (t.corrections) mark(t.corrections->edits);
  ChannelText text{channel, t.text, {}, {}, 0.0, t.audio_seconds};
  if (t.whisper) {
    mark(t.whisper->segments);
    for (WhisperSegment& segment : t.whisper->segments) mark(segment.words);
    text.whisper_text = t.whisper->text;
    text.language = t.whisper->language;
    text.language_probability = t.whisper->language_probability;
  }
  for (std::string& reason : t.suspect) reason = base::format("channel {}: {}", channel, reason);
  t.channels = {std::move(text)};
}

Transcript merge_channels(std::vector<Transcript> parts) {
  Transcript out = std::move(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) add(out, parts[i]);
  if (parts.size() == 1) return out;
  by_time(out.characters);
  by_time(out.words);
  by_time(out.segments);
  if (out.choices) by_time(*out.choices);
  by_time(out.refused);
  by_time(out.alternatives);
  out.text = text_of(out.segments);
  if (out.corrections) by_time(out.corrections->edits);
  if (out.whisper) {
    by_time(out.whisper->segments);
    out.whisper->text = text_of(out.whisper->segments);
  }
  return out;
}

}  // namespace seben::pipeline
