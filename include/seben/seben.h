/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/*
 * Seben's C interface: speech to N'Ko text, offline.
 *
 * Conventions. Functions that can fail return seben_status; 0 is success, other values are the categories of
 * docs/errors.md. On failure *error (when error is not NULL) receives a message of one line that the caller frees with
 * seben_free_text. Texts are UTF-8, in logical order, zero-terminated. Handles are opaque.
 *
 * Versions. Every struct begins with its size: that of the header that the program was built with. A newer library fills
 * and reads only what that header knows; an older library refuses fields that it does not know unless they are zero.
 * Functions are never removed and structs only grow at their end, as long as the library is called libseben.so.0.
 *
 * Threads. A seben_transcriber may be used from several threads at once; each call in flight has memory of its own.
 * Creating and destroying are not calls in flight: destroy a handle only when no call uses it. Callbacks run on the
 * calling thread and must not throw or jump out; their `user` is passed through untouched. After fork() only the parent
 * may go on: the child lacks the threads that the matrix products wait for.
 *
 *     seben_options options;
 *     seben_transcriber* transcriber = NULL;
 *     seben_transcript* result = NULL;
 *     seben_options_init(&options, sizeof options);
 *     if (seben_create("bundles/demo-nko", &options, &transcriber, NULL) == SEBEN_OK &&
 *         seben_transcribe_file(transcriber, "speech.wav", NULL, &result, NULL) == SEBEN_OK) {
 *       puts(seben_text(result));
 *     }
 *     seben_free_transcript(result);
 *     seben_destroy(transcriber);
 */
/* clang-format on */
#ifndef SEBEN_SEBEN_H
#define SEBEN_SEBEN_H

#include <stddef.h>
#include <stdint.h>

#include "seben/export.h"
#include "seben/version.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum seben_status {
  SEBEN_OK = 0,
  SEBEN_USAGE = 64,
  SEBEN_BAD_DATA = 65,
  SEBEN_NO_INPUT = 66,
  SEBEN_INTERNAL = 70,
  SEBEN_MEMORY = 71,
  SEBEN_IO = 74,
  SEBEN_DEVICE_BLOCKED = 76,
  SEBEN_INCOMPLETE = 78,
  SEBEN_CANCELLED = 130 /* a callback asked to stop */
} seben_status;

typedef struct seben_transcriber seben_transcriber;
typedef struct seben_transcript seben_transcript;
typedef struct seben_stream seben_stream;

/* Initialise with seben_options_init: it sets `size` and the defaults. */
typedef struct seben_options {
  size_t size;
  int threads;            /* of one window; 0: one a processor */
  const char* precision;  /* "auto", "f32", "bf16", "int8" */
  double overlap_seconds; /* between neighbouring 30 s windows, 1..15; 0: the default */
  const char* correct;    /* "auto" (balanced when the bundle has a ranker), "off", or a mode of docs/correction.md */
  const char* decoder;    /* who writes: "auto" (the head if there is one), "ctc", "whisper", "both" */
  const char* language;   /* of Whisper's decoder: a code such as "fr", or "" to detect it */
  const char* channels;   /* of a recording: "mix", "split" (each alone, merged by time), or a number from "1" on */
  size_t batch_size;      /* windows decoded together by Whisper, 1..64, none told the text before it; 0: one by one */
  const char* words;      /* forced choice: path of the only words that are written (docs/words.md); "": any text */
  const char* words_mode; /* a recording is "one" of them, or a "sequence" of them */
  double words_threshold; /* confidence below which it is none, up to 1; 0: the default; below 0: never none */
  const char* language_guard; /* sound that is not of the head's language: "auto" (left out), "mark", "off" */
} seben_options;

typedef struct seben_span {
  size_t size; /* sizeof(seben_span) */
  const char* text;
  double start; /* s from the start of the recording */
  double end;
  double confidence; /* 0..1 */
  int channel;       /* from 1 on with "split", else 0 */
} seben_span;

/* Zero what you do not set, functions may be NULL. A return value other than 0 stops the work: the call returns
 * SEBEN_CANCELLED. */
typedef struct seben_callbacks {
  size_t size;                                                            /* sizeof(seben_callbacks) */
  int (*progress)(void* user, double done_seconds, double total_seconds); /* total 0: the length is not known */
  int (*segment)(void* user, const seben_span* segment);                  /* valid during the call only */
  void* user;
} seben_callbacks;

/* "0.1.0" */
SEBEN_API const char* seben_version(void);

/* FFmpeg's log and its allocations belong to the whole process, so the library leaves both alone. A program that has no
 * FFmpeg of its own calls this once, before its first recording. `log_level` is FFmpeg's: -8 nothing (what is wrong
 * comes back as warnings and errors), 16 errors, 24 warnings, 32 its default, 56 everything. `most_bytes` is the
 * largest single allocation, against hostile headers, 65536 or more; 268435456 suits every recording; 0 leaves it as it
 * is. A library that was built without FFmpeg has nothing to do. Since 0.1. */
SEBEN_API seben_status seben_configure_ffmpeg(int log_level, size_t most_bytes, char** error);

/* `size` is sizeof(seben_options); below 8 and above 4096 nothing is written. */
SEBEN_API void seben_options_init(seben_options* options, size_t size);

/* Opens the bundle, loads and packs its weights. `options` may be NULL for the defaults. */
SEBEN_API seben_status seben_create(const char* bundle, const seben_options* options, seben_transcriber** transcriber,
                                    char** error);
SEBEN_API void seben_destroy(seben_transcriber* transcriber);

/* A recording of any container that FFmpeg reads, or "-" for standard input. `callbacks` may be NULL. */
SEBEN_API seben_status seben_transcribe_file(const seben_transcriber* transcriber, const char* path,
                                             const seben_callbacks* callbacks, seben_transcript** result, char** error);
/* Mono samples at 16 kHz in [-1, 1]. */
SEBEN_API seben_status seben_transcribe_samples(const seben_transcriber* transcriber, const float* samples,
                                                size_t count, const seben_callbacks* callbacks,
                                                seben_transcript** result, char** error);

/* What these return belongs to the transcript; a NULL transcript reads as an empty one. */
SEBEN_API const char* seben_text(const seben_transcript* transcript);
/* What Whisper's decoder wrote, NULL when it did not. With "whisper" it is seben_text as well. */
SEBEN_API const char* seben_whisper_text(const seben_transcript* transcript);
SEBEN_API double seben_audio_seconds(const seben_transcript* transcript);
SEBEN_API size_t seben_segment_count(const seben_transcript* transcript);
SEBEN_API size_t seben_word_count(const seben_transcript* transcript);
SEBEN_API size_t seben_character_count(const seben_transcript* transcript);
/* Fill *span, whose `size` the caller has set, and return SEBEN_OK; SEBEN_USAGE for an index that is not below the
 * count and for a size that no header had. */
SEBEN_API seben_status seben_segment(const seben_transcript* transcript, size_t index, seben_span* span);
SEBEN_API seben_status seben_word(const seben_transcript* transcript, size_t index, seben_span* span);
SEBEN_API seben_status seben_character(const seben_transcript* transcript, size_t index, seben_span* span);
/* With words of a list, what was chosen: those that were refused are not there, seben_suspect names them. `confidence`
 * is the choice's. Since 0.1. */
SEBEN_API size_t seben_choice_count(const seben_transcript* transcript);
SEBEN_API seben_status seben_choice(const seben_transcript* transcript, size_t index, seben_span* span);
/* Why the result must not be trusted, or warnings about the input; NULL behind the last one. */
SEBEN_API const char* seben_suspect(const seben_transcript* transcript, size_t index);
SEBEN_API const char* seben_warning(const seben_transcript* transcript, size_t index);

/* Live recognition. Sound is pushed as it is recorded; seben_stream_advance does the work and tells what came of it.
 * seben/stream.h and docs/live.md say what the options and events mean. All since 0.1. */
typedef struct seben_stream_options {
  size_t size;
  int sample_rate;              /* of what is pushed, 8000..48000 */
  double step_seconds;          /* of new sound between two readings */
  double silence_seconds;       /* that end an utterance */
  double pre_roll_seconds;      /* before its beginning that belong to it */
  double longest_seconds;       /* of an utterance */
  double commit_margin_seconds; /* between a committed word and the newest sound */
  double sure_confidence;       /* from which one reading is enough to commit a word; above 1: always two */
  const char* vad;              /* "auto", "energy", the path of Silero's weights, or "off" */
  int no_partials;              /* 1: no events of that kind */
} seben_stream_options;

typedef enum seben_event_kind {
  SEBEN_SPEECH_START = 1,
  SEBEN_SPEECH_END = 2,
  SEBEN_PARTIAL = 3,   /* what stands behind the committed words for now */
  SEBEN_COMMIT = 4,    /* further words, which stay */
  SEBEN_FINAL_TEXT = 5 /* the whole utterance, corrected; replaces its committed words */
} seben_event_kind;

/* Valid during the call of the function that gets it. */
typedef struct seben_event {
  size_t size;   /* that of the library's struct */
  int kind;      /* a seben_event_kind; pass over those that you do not know */
  uint64_t item; /* the utterance, from 1 on */
  double seconds;
  const char* text;
  size_t word_count;
  const void* words; /* for seben_event_word */
} seben_event;

/* `size` is sizeof(seben_stream_options); below 8 and above 4096 nothing is written. */
SEBEN_API void seben_stream_options_init(seben_stream_options* options, size_t size);
/* `options` may be NULL for the defaults. Any number of streams may share a transcriber, which may be destroyed before
 * them. One thread may push, commit and finish while another advances; all else is for one thread at a time. */
SEBEN_API seben_status seben_stream_open(const seben_transcriber* transcriber, const seben_stream_options* options,
                                         seben_stream** stream, char** error);
/* Mono samples in [-1, 1]; they are copied. */
SEBEN_API seben_status seben_stream_push(seben_stream* stream, const float* samples, size_t count, char** error);
/* The utterance ends with the sound pushed so far. */
SEBEN_API seben_status seben_stream_commit(seben_stream* stream, char** error);
/* No more sound comes; seben_stream_advance until seben_stream_done. */
SEBEN_API seben_status seben_stream_finish(seben_stream* stream, char** error);
/* Forgets everything but the model. */
SEBEN_API seben_status seben_stream_reset(seben_stream* stream, char** error);
/* Reads at most once and calls `event` (may be NULL) for each event in order. A return value other than 0 stops: the
 * call returns SEBEN_CANCELLED, and the events behind that one come with the next call. */
SEBEN_API seben_status seben_stream_advance(seben_stream* stream, int (*event)(void* user, const seben_event* event),
                                            void* user, char** error);
/* 1: seben_stream_advance has something to do; after finishing, everything was told. NULL: 0. */
SEBEN_API int seben_stream_ready(const seben_stream* stream);
SEBEN_API int seben_stream_done(const seben_stream* stream);
/* Of sound that was pushed and not taken yet. */
SEBEN_API double seben_stream_behind_seconds(const seben_stream* stream);
/* As seben_word; of a commit and a final text, with times from the stream's beginning. */
SEBEN_API seben_status seben_event_word(const seben_event* event, size_t index, seben_span* span);
/* NULL is allowed. */
SEBEN_API void seben_stream_close(seben_stream* stream);

/* N'Ko letters as Latin ones or back, as seben/transliterate.h says: `script` is "nko" or "latin". The caller frees
 * *result with seben_free_text. Since 0.1. */
SEBEN_API seben_status seben_transliterate(const char* text, const char* script, char** result, char** error);

/* NULL is allowed. */
SEBEN_API void seben_free_transcript(seben_transcript* transcript);
SEBEN_API void seben_free_text(char* text);

#ifdef __cplusplus
}
#endif

#endif
