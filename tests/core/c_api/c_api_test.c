/* SPDX-License-Identifier: Apache-2.0
 * The C interface used from C. usage: c_api_test [BUNDLE RECORDING]   (without them: only what must fail) */
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

static int segments_seen = 0;

static int on_segment(void* user, const seben_span* segment) {
  CHECK(user == &segments_seen);
  CHECK(segment->text != NULL && segment->end > segment->start);
  ++segments_seen;
  return 0;
}

static int stop(void* user, double done, double total) {
  (void)user;
  (void)done;
  (void)total;
  return 1;
}

/* What fails without any bundle. */
static void check_creation(void) {
  seben_transcriber* none = NULL;
  seben_options old;
  char* error = NULL;
  CHECK(seben_create("no-such-bundle", NULL, &none, &error) == SEBEN_NO_INPUT);
  CHECK(none == NULL && error != NULL && strstr(error, "no-such-bundle") != NULL && strchr(error, '\n') == NULL);
  seben_free_text(error);
  CHECK(seben_create(NULL, NULL, &none, NULL) == SEBEN_USAGE);
  CHECK(seben_create("no-such-bundle", NULL, NULL, NULL) == SEBEN_USAGE);
  /* A caller that was built when the structure ended after `threads`. */
  memset(&old, 0x55, sizeof old);
  seben_options_init(&old, offsetof(seben_options, precision));
  CHECK(old.size == offsetof(seben_options, precision) && old.threads == 0);
  CHECK(((unsigned char*)&old)[offsetof(seben_options, precision)] == 0x55);
  CHECK(seben_create("no-such-bundle", &old, &none, NULL) == SEBEN_NO_INPUT);
  seben_destroy(NULL);
  seben_free_transcript(NULL);
  seben_free_text(NULL);
}

static void check_failures(const seben_transcriber* transcriber) {
  seben_transcript* result = NULL;
  char* error = NULL;
  CHECK(seben_transcribe_file(transcriber, "no-such-file.wav", NULL, &result, &error) == SEBEN_NO_INPUT);
  CHECK(result == NULL && error != NULL && strstr(error, "no-such-file.wav") != NULL);
  seben_free_text(error);
  CHECK(seben_transcribe_samples(transcriber, NULL, 5, NULL, &result, NULL) == SEBEN_USAGE);
}

int main(int argc, char** argv) {
  seben_options options;
  seben_transcriber* transcriber = NULL;
  seben_transcript* result = NULL;
  seben_callbacks callbacks = {sizeof(seben_callbacks), NULL, on_segment, &segments_seen};
  char* error = NULL;
  size_t i;
  double before = 0.0;
  CHECK(argc == 1 || argc == 3);
  CHECK(strlen(seben_version()) >= 5);
  check_creation();
  if (argc == 1) return 0;
  seben_options_init(&options, sizeof options);
  options.threads = 1;
  CHECK(strcmp(options.correct, "auto") == 0);
  options.correct = "daring";
  CHECK(seben_create(argv[1], &options, &transcriber, &error) == SEBEN_USAGE && strstr(error, "daring") != NULL);
  seben_free_text(error);
  options.correct = "auto";
  options.decoder = "whisper";
  CHECK(seben_create(argv[1], &options, &transcriber, &error) == SEBEN_INCOMPLETE && strstr(error, "decoder") != NULL);
  seben_free_text(error);
  options.decoder = "ctc";
  options.correct = "conservative";
  if (seben_create(argv[1], &options, &transcriber, &error) != SEBEN_OK) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  if (seben_transcribe_file(transcriber, argv[2], &callbacks, &result, &error) != SEBEN_OK) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  CHECK(strlen(seben_text(result)) > 0);
  CHECK(seben_whisper_text(result) == NULL);
  CHECK((size_t)segments_seen == seben_segment_count(result));
  CHECK(seben_word_count(result) >= seben_segment_count(result));
  for (i = 0; i < seben_character_count(result); ++i) {
    const seben_span c = seben_character(result, i);
    CHECK(c.start >= before && c.end <= seben_audio_seconds(result) + 30.0);
    before = c.start;
  }
  CHECK(seben_word(result, seben_word_count(result)).text == NULL);
  CHECK(seben_warning(result, 1000) == NULL && seben_suspect(result, 1000) == NULL);
  puts(seben_text(result));
  seben_free_transcript(result);

  callbacks.progress = stop;
  CHECK(seben_transcribe_file(transcriber, argv[2], &callbacks, &result, &error) == SEBEN_CANCELLED);
  CHECK(result == NULL);
  seben_free_text(error);
  check_failures(transcriber);
  seben_destroy(transcriber);
  return 0;
}
