// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "decode/whisper/windows_together.h"
#include "engine/c_boundary.h"
#include "seben/ffmpeg.h"
#include "seben/seben.h"
#include "seben/transcriber.h"
#include "seben/transliterate.h"
#include "seben/version.h"

struct seben_transcript {
  seben::Transcript transcript;
  std::vector<seben::WordChoice> chosen{};  // of its choices, those that were written
};

namespace {

using seben::c_api::Cancelled;
using seben::c_api::guarded;
using seben::c_api::kLargestStruct;
using seben::c_api::known_size;
using seben::c_api::require;
using seben::c_api::span_at;

constexpr std::size_t kMostBatch = static_cast<std::size_t>(seben::generate::kMostTogether);

// Fields that an older caller does not know keep their defaults.
seben_options complete(const seben_options* given) {
  seben_options options;
  seben_options_init(&options, sizeof options);
  if (given != nullptr)
    std::memcpy(&options, given,
                known_size("seben_options",
                           {offsetof(seben_options, precision), offsetof(seben_options, channels),
                            offsetof(seben_options, batch_size), offsetof(seben_options, words)},
                           given));
  if (options.precision == nullptr) options.precision = "auto";
  if (options.correct == nullptr) options.correct = "auto";
  if (options.decoder == nullptr) options.decoder = "auto";
  if (options.language == nullptr) options.language = "";
  if (options.channels == nullptr) options.channels = "mix";
  if (options.words == nullptr) options.words = "";
  if (options.words_mode == nullptr) options.words_mode = "one";
  if (options.language_guard == nullptr) options.language_guard = "auto";
  if (options.overlap_seconds == 0.0) options.overlap_seconds = seben::TranscriberOptions{}.overlap_seconds;
  return options;
}

seben::Callbacks adapt(const seben_callbacks* given) {
  seben::Callbacks out;
  if (given == nullptr) return out;
  seben_callbacks callbacks{};
  std::memcpy(&callbacks, given, known_size("seben_callbacks", {}, given));
  if (callbacks.progress != nullptr) {
    out.progress = [callbacks](const seben::Progress& p) {
      if (callbacks.progress(callbacks.user, p.done_seconds, p.total_seconds) != 0) throw Cancelled();
    };
  }
  if (callbacks.segment != nullptr) {
    out.segment = [callbacks](const seben::Segment& s) {
      const seben_span span{sizeof(seben_span), s.text.c_str(), s.start, s.end, s.confidence, s.channel};
      if (callbacks.segment(callbacks.user, &span) != 0) throw Cancelled();
    };
  }
  return out;
}

// NULL reads as an empty transcript.
const seben::Transcript& read(const seben_transcript* transcript) {
  static const seben::Transcript none;
  return transcript == nullptr ? none : transcript->transcript;
}

seben_transcript* handle_of(seben::Transcript transcript) {
  auto out = std::make_unique<seben_transcript>(seben_transcript{std::move(transcript)});
  for (const seben::WordChoice& choice : out->transcript.choices.value_or(std::vector<seben::WordChoice>())) {
    if (choice.accepted) out->chosen.push_back(choice);
  }
  return out.release();
}

// For a caller that frees it with seben_free_text.
char* copy_of(const std::string& text) {
  char* out = static_cast<char*>(std::malloc(text.size() + 1));
  if (out == nullptr) throw std::bad_alloc();
  std::memcpy(out, text.c_str(), text.size() + 1);
  return out;
}

const char* text_at(const std::vector<std::string>& texts, std::size_t index) {
  return index < texts.size() ? texts[index].c_str() : nullptr;
}

}  // namespace

extern "C" {

const char* seben_version(void) { return SEBEN_VERSION; }

void seben_options_init(seben_options* options, size_t size) {
  if (options == nullptr || size < sizeof options->size || size > kLargestStruct) return;
  const seben_options defaults{
      size,  0,   "auto", seben::TranscriberOptions{}.overlap_seconds, "auto", "auto", "", "mix", 0, "",
      "one", 0.0, "auto"};
  std::memset(options, 0, size);  // fields of a newer header than this library's
  std::memcpy(options, &defaults, std::min(size, sizeof defaults));
}

seben_status seben_configure_ffmpeg(int log_level, size_t most_bytes, char** error) {
  return guarded(error, [&] { seben::configure_ffmpeg(log_level, most_bytes); });
}

seben_status seben_create(const char* bundle, const seben_options* options, seben_transcriber** transcriber,
                          char** error) {
  return guarded(error, [&] {
    require(transcriber != nullptr, "seben_create: transcriber");
    *transcriber = nullptr;  // whatever comes, the caller's clean-up finds a handle or NULL
    require(bundle != nullptr, "seben_create: bundle");
    const seben_options given = complete(options);
    seben::TranscriberOptions wanted;
    wanted.threads = given.threads;
    wanted.precision = given.precision;
    wanted.overlap_seconds = given.overlap_seconds;
    wanted.correct = given.correct;
    wanted.decoder = given.decoder;
    wanted.whisper.language = given.language;
    wanted.channels = given.channels;
    wanted.language_guard = given.language_guard;
    if (given.batch_size > kMostBatch) {
      throw seben::Error(seben::ErrorCategory::usage, "seben_options: batch_size", "0.." + std::to_string(kMostBatch),
                         std::to_string(given.batch_size));
    }
    wanted.whisper.batch_size = static_cast<std::int64_t>(given.batch_size);
    wanted.whisper.condition_on_previous_text = given.batch_size == 0;
    wanted.ctc.words = given.words;
    if (!wanted.ctc.words.empty()) {
      wanted.ctc.words_mode = given.words_mode;
      if (given.words_threshold != 0.0) wanted.ctc.words_threshold = std::max(0.0, given.words_threshold);
    }
    *transcriber =
        new seben_transcriber{std::make_shared<const seben::Transcriber>(seben::Bundle::open(bundle), wanted)};
  });
}

void seben_destroy(seben_transcriber* transcriber) { delete transcriber; }

seben_status seben_transcribe_file(const seben_transcriber* transcriber, const char* path,
                                   const seben_callbacks* callbacks, seben_transcript** result, char** error) {
  return guarded(error, [&] {
    require(result != nullptr, "seben_transcribe_file: result");
    *result = nullptr;
    require(transcriber != nullptr, "seben_transcribe_file: transcriber");
    require(path != nullptr, "seben_transcribe_file: path");
    *result = handle_of(transcriber->transcriber->transcribe_file(path, adapt(callbacks)));
  });
}

seben_status seben_transcribe_samples(const seben_transcriber* transcriber, const float* samples, size_t count,
                                      const seben_callbacks* callbacks, seben_transcript** result, char** error) {
  return guarded(error, [&] {
    require(result != nullptr, "seben_transcribe_samples: result");
    *result = nullptr;
    require(transcriber != nullptr, "seben_transcribe_samples: transcriber");
    require(samples != nullptr || count == 0, "seben_transcribe_samples: samples");
    *result = handle_of(transcriber->transcriber->transcribe_samples({samples, count}, adapt(callbacks)));
  });
}

const char* seben_text(const seben_transcript* transcript) { return read(transcript).text.c_str(); }
const char* seben_whisper_text(const seben_transcript* transcript) {
  const seben::Transcript& t = read(transcript);
  return t.whisper ? t.whisper->text.c_str() : nullptr;
}
double seben_audio_seconds(const seben_transcript* transcript) { return read(transcript).audio_seconds; }
size_t seben_segment_count(const seben_transcript* transcript) { return read(transcript).segments.size(); }
size_t seben_word_count(const seben_transcript* transcript) { return read(transcript).words.size(); }
size_t seben_character_count(const seben_transcript* transcript) { return read(transcript).characters.size(); }

seben_status seben_segment(const seben_transcript* transcript, size_t index, seben_span* span) {
  return span_at(read(transcript).segments, index, span);
}
seben_status seben_word(const seben_transcript* transcript, size_t index, seben_span* span) {
  return span_at(read(transcript).words, index, span);
}
seben_status seben_character(const seben_transcript* transcript, size_t index, seben_span* span) {
  return span_at(read(transcript).characters, index, span);
}
size_t seben_choice_count(const seben_transcript* transcript) {
  return transcript == nullptr ? 0 : transcript->chosen.size();
}
seben_status seben_choice(const seben_transcript* transcript, size_t index, seben_span* span) {
  static const std::vector<seben::WordChoice> none;
  return span_at(transcript == nullptr ? none : transcript->chosen, index, span);
}
const char* seben_suspect(const seben_transcript* transcript, size_t index) {
  return text_at(read(transcript).suspect, index);
}
const char* seben_warning(const seben_transcript* transcript, size_t index) {
  return text_at(read(transcript).warnings, index);
}

seben_status seben_transliterate(const char* text, const char* script, char** result, char** error) {
  return guarded(error, [&] {
    require(result != nullptr, "seben_transliterate: result");
    *result = nullptr;
    require(text != nullptr, "seben_transliterate: text");
    require(script != nullptr, "seben_transliterate: script");
    const std::string wanted = script;
    if (wanted != "nko" && wanted != "latin") {
      throw seben::Error(seben::ErrorCategory::usage, "seben_transliterate: script", "nko or latin", wanted);
    }
    *result = copy_of(seben::transliterate(text, wanted == "nko" ? seben::Script::nko : seben::Script::latin));
  });
}

void seben_free_transcript(seben_transcript* transcript) { delete transcript; }
void seben_free_text(char* text) { std::free(text); }
}
