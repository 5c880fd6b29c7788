// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "seben/seben.h"
#include "seben/transcriber.h"
#include "seben/version.h"

struct seben_transcriber {
  seben::Transcriber transcriber;
};

struct seben_transcript {
  seben::Transcript transcript;
};

namespace {

class Cancelled : public std::exception {};

void set_error(char** error, const char* message) noexcept {
  if (error == nullptr) return;
  *error = static_cast<char*>(std::malloc(std::strlen(message) + 1));
  if (*error != nullptr) std::strcpy(*error, message);
}

// No exception crosses the boundary.
template <typename Work>
seben_status guarded(char** error, Work&& work) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    work();
    return SEBEN_OK;
  } catch (const seben::Error& failure) {
    set_error(error, failure.what());
    return static_cast<seben_status>(failure.category());
  } catch (const Cancelled&) {
    set_error(error, "cancelled by a callback");
    return SEBEN_CANCELLED;
  } catch (const std::exception& failure) {
    set_error(error, failure.what());
    return SEBEN_INTERNAL;
  } catch (...) {
    set_error(error, "unknown exception");
    return SEBEN_INTERNAL;
  }
}

void require(bool condition, const char* where) {
  if (!condition) throw seben::Error(seben::ErrorCategory::usage, where, "a pointer", "NULL");
}

// Fields that an older caller does not know keep their defaults.
seben_options complete(const seben_options* given) {
  seben_options options;
  seben_options_init(&options, sizeof options);
  if (given != nullptr) std::memcpy(&options, given, std::min(given->size, sizeof options));
  if (options.precision == nullptr) options.precision = "auto";
  if (options.correct == nullptr) options.correct = "auto";
  if (options.decoder == nullptr) options.decoder = "auto";
  if (options.language == nullptr) options.language = "";
  return options;
}

seben::Callbacks adapt(const seben_callbacks* given) {
  seben::Callbacks out;
  if (given == nullptr) return out;
  if (given->size < sizeof(seben_callbacks)) {
    throw seben::Error(seben::ErrorCategory::usage, "seben_callbacks: size", std::to_string(sizeof(seben_callbacks)),
                       std::to_string(given->size));
  }
  const seben_callbacks callbacks = *given;
  if (callbacks.progress != nullptr) {
    out.progress = [callbacks](const seben::Progress& p) {
      if (callbacks.progress(callbacks.user, p.done_seconds, p.total_seconds) != 0) throw Cancelled();
    };
  }
  if (callbacks.segment != nullptr) {
    out.segment = [callbacks](const seben::Segment& s) {
      const seben_span span{s.text.c_str(), s.start, s.end, s.confidence};
      if (callbacks.segment(callbacks.user, &span) != 0) throw Cancelled();
    };
  }
  return out;
}

template <typename Part>
seben_span span_at(const std::vector<Part>& parts, std::size_t index) {
  if (index >= parts.size()) return {nullptr, 0.0, 0.0, 0.0};
  const Part& part = parts[index];
  return {part.text.c_str(), part.start, part.end, part.confidence};
}

const char* text_at(const std::vector<std::string>& texts, std::size_t index) {
  return index < texts.size() ? texts[index].c_str() : nullptr;
}

}  // namespace

extern "C" {

const char* seben_version(void) { return SEBEN_VERSION; }

void seben_options_init(seben_options* options, size_t size) {
  if (options == nullptr) return;
  seben_options defaults{
      sizeof(seben_options), 0, "auto", seben::TranscriberOptions{}.overlap_seconds, "auto", "auto", ""};
  defaults.size = std::min(size, sizeof defaults);
  std::memcpy(options, &defaults, defaults.size);
}

seben_status seben_create(const char* bundle, const seben_options* options, seben_transcriber** transcriber,
                          char** error) {
  return guarded(error, [&] {
    require(bundle != nullptr, "seben_create: bundle");
    require(transcriber != nullptr, "seben_create: transcriber");
    *transcriber = nullptr;
    const seben_options given = complete(options);
    seben::TranscriberOptions wanted;
    wanted.threads = given.threads;
    wanted.precision = given.precision;
    wanted.overlap_seconds = given.overlap_seconds;
    wanted.correct = given.correct;
    wanted.decoder = given.decoder;
    wanted.whisper.language = given.language;
    *transcriber = new seben_transcriber{seben::Transcriber(seben::Bundle::open(bundle), wanted)};
  });
}

void seben_destroy(seben_transcriber* transcriber) { delete transcriber; }

seben_status seben_transcribe_file(const seben_transcriber* transcriber, const char* path,
                                   const seben_callbacks* callbacks, seben_transcript** result, char** error) {
  return guarded(error, [&] {
    require(transcriber != nullptr, "seben_transcribe_file: transcriber");
    require(path != nullptr, "seben_transcribe_file: path");
    require(result != nullptr, "seben_transcribe_file: result");
    *result = nullptr;
    *result = new seben_transcript{transcriber->transcriber.transcribe_file(path, adapt(callbacks))};
  });
}

seben_status seben_transcribe_samples(const seben_transcriber* transcriber, const float* samples, size_t count,
                                      const seben_callbacks* callbacks, seben_transcript** result, char** error) {
  return guarded(error, [&] {
    require(transcriber != nullptr, "seben_transcribe_samples: transcriber");
    require(samples != nullptr || count == 0, "seben_transcribe_samples: samples");
    require(result != nullptr, "seben_transcribe_samples: result");
    *result = nullptr;
    *result = new seben_transcript{transcriber->transcriber.transcribe_samples({samples, count}, adapt(callbacks))};
  });
}

const char* seben_text(const seben_transcript* transcript) { return transcript->transcript.text.c_str(); }
const char* seben_whisper_text(const seben_transcript* transcript) {
  return transcript->transcript.whisper ? transcript->transcript.whisper->text.c_str() : nullptr;
}
double seben_audio_seconds(const seben_transcript* transcript) { return transcript->transcript.audio_seconds; }
size_t seben_segment_count(const seben_transcript* transcript) { return transcript->transcript.segments.size(); }
size_t seben_word_count(const seben_transcript* transcript) { return transcript->transcript.words.size(); }
size_t seben_character_count(const seben_transcript* transcript) { return transcript->transcript.characters.size(); }

seben_span seben_segment(const seben_transcript* transcript, size_t index) {
  return span_at(transcript->transcript.segments, index);
}
seben_span seben_word(const seben_transcript* transcript, size_t index) {
  return span_at(transcript->transcript.words, index);
}
seben_span seben_character(const seben_transcript* transcript, size_t index) {
  return span_at(transcript->transcript.characters, index);
}
const char* seben_suspect(const seben_transcript* transcript, size_t index) {
  return text_at(transcript->transcript.suspect, index);
}
const char* seben_warning(const seben_transcript* transcript, size_t index) {
  return text_at(transcript->transcript.warnings, index);
}

void seben_free_transcript(seben_transcript* transcript) { delete transcript; }
void seben_free_text(char* text) { std::free(text); }
}
