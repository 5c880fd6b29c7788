/* SPDX-License-Identifier: Apache-2.0
 * Streams used from C. usage: c_stream_test [BUNDLE WAV]   (without them: only what must fail; 16-bit mono 16 kHz) */
#include <seben/seben.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) {                                                     \
      fprintf(stderr, "line %d: %s does not hold\n", __LINE__, #condition); \
      exit(1);                                                              \
    }                                                                       \
  } while (0)

struct seen {
  int starts, ends, partials, commits, finals, stop;
  size_t words;
  char text[65536];
};

static int on_event(void* user, const seben_event* event) {
  struct seen* seen = user;
  seben_span span;
  size_t i;
  CHECK(event->size == sizeof *event && event->item >= 1 && event->text != NULL && event->seconds >= 0.0);
  seen->starts += event->kind == SEBEN_SPEECH_START;
  seen->ends += event->kind == SEBEN_SPEECH_END;
  seen->partials += event->kind == SEBEN_PARTIAL;
  seen->commits += event->kind == SEBEN_COMMIT;
  if (event->kind == SEBEN_FINAL_TEXT) {
    ++seen->finals;
    seen->words += event->word_count;
    CHECK(strlen(seen->text) + strlen(event->text) + 2 < sizeof seen->text);
    strcat(strcat(seen->text, event->text), "\n");
  }
  for (i = 0; i < event->word_count; ++i) {
    memset(&span, 0x55, sizeof span);
    span.size = sizeof span;
    CHECK(seben_event_word(event, i, &span) == SEBEN_OK && span.text[0] != '\0' && span.end >= span.start);
    span.size = offsetof(seben_span, channel); /* an older header */
    CHECK(seben_event_word(event, i, &span) == SEBEN_OK && span.size == offsetof(seben_span, channel));
    span.size = 8;
    CHECK(seben_event_word(event, i, &span) == SEBEN_USAGE);
  }
  span.size = sizeof span;
  CHECK(seben_event_word(event, event->word_count, &span) == SEBEN_USAGE);
  CHECK(seben_event_word(event, 0, NULL) == SEBEN_USAGE && seben_event_word(NULL, 0, &span) == SEBEN_USAGE);
  return seen->stop;
}

struct newer_options {
  seben_stream_options known;
  const char* later;
};

static void check_nothing(void) {
  seben_stream* stream = (seben_stream*)&stream;
  char* error = NULL;
  CHECK(seben_stream_open(NULL, NULL, &stream, &error) == SEBEN_USAGE && stream == NULL && error != NULL);
  seben_free_text(error);
  CHECK(seben_stream_open(NULL, NULL, NULL, NULL) == SEBEN_USAGE);
  CHECK(seben_stream_push(NULL, NULL, 0, NULL) == SEBEN_USAGE && seben_stream_commit(NULL, NULL) == SEBEN_USAGE);
  CHECK(seben_stream_finish(NULL, NULL) == SEBEN_USAGE && seben_stream_reset(NULL, NULL) == SEBEN_USAGE);
  CHECK(seben_stream_advance(NULL, NULL, NULL, NULL) == SEBEN_USAGE);
  CHECK(seben_stream_ready(NULL) == 0 && seben_stream_done(NULL) == 0 && seben_stream_behind_seconds(NULL) == 0.0);
  seben_stream_close(NULL);
}

static void check_options(const seben_transcriber* transcriber) {
  struct newer_options options;
  seben_stream* stream = NULL;
  char* error = NULL;
  memset(&options, 0x55, sizeof options);
  seben_stream_options_init(&options.known, sizeof options);
  CHECK(options.known.size == sizeof options && options.later == NULL && options.known.sample_rate == 16000);
  CHECK(strcmp(options.known.vad, "auto") == 0 && options.known.step_seconds == 0.5);
  options.later = "set";
  CHECK(seben_stream_open(transcriber, &options.known, &stream, &error) == SEBEN_USAGE);
  CHECK(stream == NULL && strstr(error, "newer field") != NULL);
  seben_free_text(error);
  options.later = NULL;
  options.known.size = 8;
  CHECK(seben_stream_open(transcriber, &options.known, &stream, NULL) == SEBEN_USAGE);
  options.known.size = sizeof options;
  options.known.sample_rate = 96000;
  CHECK(seben_stream_open(transcriber, &options.known, &stream, &error) == SEBEN_USAGE);
  CHECK(strstr(error, "48000 Hz") != NULL && strchr(error, '\n') == NULL);
  seben_free_text(error);
}

static size_t read_wav(const char* path, float* samples, size_t most) {
  unsigned char bytes[2];
  size_t count = 0;
  FILE* file = fopen(path, "rb");
  CHECK(file != NULL && fseek(file, 44, SEEK_SET) == 0);
  while (count < most && fread(bytes, 1, 2, file) == 2) {
    const int value = bytes[0] + 256 * bytes[1];
    samples[count++] = (float)(value >= 32768 ? value - 65536 : value) / 32768.0F;
  }
  fclose(file);
  return count;
}

static void hear(seben_stream* stream, const float* samples, size_t count, struct seen* seen) {
  size_t at;
  for (at = 0; at < count; at += 3200) {
    CHECK(seben_stream_push(stream, samples + at, count - at < 3200 ? count - at : 3200, NULL) == SEBEN_OK);
    while (seben_stream_ready(stream) == 1) {
      const seben_status status = seben_stream_advance(stream, on_event, seen, NULL);
      CHECK(status == (seen->stop != 0 ? SEBEN_CANCELLED : SEBEN_OK) || status == SEBEN_OK);
    }
  }
  CHECK(seben_stream_finish(stream, NULL) == SEBEN_OK);
  while (seben_stream_done(stream) == 0) (void)seben_stream_advance(stream, on_event, seen, NULL);
}

int main(int argc, char** argv) {
  enum { most = 16000 * 60 };
  static float samples[most];
  static struct seen first, second, stopped;
  seben_options options;
  seben_transcriber* transcriber = NULL;
  seben_stream* stream = NULL;
  size_t count;
  float bad = 0.0F;
  CHECK(argc == 1 || argc == 3);
  check_nothing();
  if (argc == 1) return 0;
  seben_options_init(&options, sizeof options);
  options.threads = 1;
  CHECK(seben_create(argv[1], &options, &transcriber, NULL) == SEBEN_OK);
  check_options(transcriber);
  CHECK(seben_stream_open(transcriber, NULL, &stream, NULL) == SEBEN_OK);
  seben_destroy(transcriber); /* the stream keeps what it needs */
  count = read_wav(argv[2], samples, most);
  CHECK(count > 16000);
  hear(stream, samples, count, &first);
  CHECK(first.starts > 0 && first.starts == first.ends && first.starts == first.finals);
  CHECK(first.commits > 0 && first.partials > 0 && first.words > 0);
  CHECK(seben_stream_push(stream, samples, 1, NULL) == SEBEN_USAGE); /* after the end */
  CHECK(seben_stream_reset(stream, NULL) == SEBEN_OK && seben_stream_done(stream) == 0);
  hear(stream, samples, count, &second);
  CHECK(strcmp(first.text, second.text) == 0 && first.commits == second.commits);
  CHECK(seben_stream_reset(stream, NULL) == SEBEN_OK);
  stopped.stop = 1; /* after every event: none is lost */
  hear(stream, samples, count, &stopped);
  CHECK(strcmp(first.text, stopped.text) == 0 && first.commits == stopped.commits);
  CHECK(seben_stream_reset(stream, NULL) == SEBEN_OK);
  bad = bad / bad;
  CHECK(seben_stream_push(stream, &bad, 1, NULL) == SEBEN_BAD_DATA);
  CHECK(seben_stream_push(stream, samples, 8000, NULL) == SEBEN_OK && seben_stream_commit(stream, NULL) == SEBEN_OK);
  seben_stream_close(stream); /* with sound that nobody took */
  fputs(first.text, stdout);
  return 0;
}
