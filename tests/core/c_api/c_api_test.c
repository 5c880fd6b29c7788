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
  seben_transcript* result = NULL;
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
  /* One that was built before there were batches, and one that asks for too many. */
  seben_options_init(&old, offsetof(seben_options, batch_size));
  CHECK(seben_create("no-such-bundle", &old, &none, NULL) == SEBEN_NO_INPUT);
  seben_options_init(&old, sizeof old);
  CHECK(old.batch_size == 0);
  old.batch_size = 65;
  CHECK(seben_create("no-such-bundle", &old, &none, &error) == SEBEN_USAGE && strstr(error, "batch_size") != NULL);
  seben_free_text(error);
  /* One that was built before there were words. */
  seben_options_init(&old, offsetof(seben_options, words));
  CHECK(seben_create("no-such-bundle", &old, &none, NULL) == SEBEN_NO_INPUT);
  none = (seben_transcriber*)&old;
  CHECK(seben_create(NULL, NULL, &none, NULL) == SEBEN_USAGE && none == NULL);
  result = (seben_transcript*)&old;
  CHECK(seben_transcribe_file(NULL, "x.wav", NULL, &result, NULL) == SEBEN_USAGE && result == NULL);
  CHECK(strcmp(seben_text(NULL), "") == 0 && seben_word_count(NULL) == 0 && seben_warning(NULL, 0) == NULL);
  seben_destroy(NULL);
  seben_free_transcript(NULL);
  seben_free_text(NULL);
}

/* Callers of an older and of a newer header: every struct. */
struct newer_options {
  seben_options known;
  const char* later;
};
struct newer_callbacks {
  seben_callbacks known;
  void* later;
};
struct newer_span {
  seben_span known;
  double later;
};

static void check_process(void) {
  char* error = NULL;
  CHECK(seben_configure_ffmpeg(-9, 0, &error) == SEBEN_USAGE && strstr(error, "log level") != NULL);
  seben_free_text(error);
  CHECK(seben_configure_ffmpeg(57, 0, NULL) == SEBEN_USAGE);
  CHECK(seben_configure_ffmpeg(16, 4096, &error) == SEBEN_USAGE && strstr(error, "allocation") != NULL);
  seben_free_text(error);
  CHECK(seben_configure_ffmpeg(-8, (size_t)268435456, &error) == SEBEN_OK && error == NULL);
}

static void check_letters(void) {
  char* error = NULL;
  char* text = NULL;
  CHECK(seben_transliterate("i ni ce, 19?", "nko", &text, &error) == SEBEN_OK && error == NULL);
  CHECK(strcmp(text, "\xDF\x8C \xDF\xA3\xDF\x8C \xDF\x97\xDF\x8B\xDF\xB8 \xDF\x81\xDF\x89\xD8\x9F") == 0);
  {
    char* back = NULL;
    CHECK(seben_transliterate(text, "latin", &back, NULL) == SEBEN_OK && strcmp(back, "i ni ce, 19?") == 0);
    seben_free_text(back);
  }
  seben_free_text(text);
  CHECK(seben_transliterate("a", "greek", &text, &error) == SEBEN_USAGE && text == NULL);
  CHECK(strstr(error, "nko or latin") != NULL);
  seben_free_text(error);
  CHECK(seben_transliterate("a\xC3", "nko", &text, NULL) == SEBEN_BAD_DATA && text == NULL);
  CHECK(seben_transliterate(NULL, "nko", &text, NULL) == SEBEN_USAGE);
  CHECK(seben_transliterate("a", NULL, &text, NULL) == SEBEN_USAGE);
  CHECK(seben_transliterate("a", "nko", NULL, NULL) == SEBEN_USAGE);
}

static void check_sizes(const char* bundle, const char* recording) {
  struct newer_options options;
  struct newer_callbacks callbacks;
  struct newer_span span;
  seben_transcriber* transcriber = NULL;
  seben_transcript* result = NULL;
  char* error = NULL;
  memset(&options, 0x55, sizeof options);
  seben_options_init(&options.known, sizeof options);
  CHECK(options.known.size == sizeof options && options.later == NULL);
  options.later = "set";
  CHECK(seben_create(bundle, &options.known, &transcriber, &error) == SEBEN_USAGE &&
        strstr(error, "newer field") != NULL);
  seben_free_text(error);
  options.later = NULL;
  options.known.size = sizeof(seben_options) - 4; /* no header had so many */
  CHECK(seben_create(bundle, &options.known, &transcriber, NULL) == SEBEN_USAGE);
  options.known.size = 4;
  CHECK(seben_create(bundle, &options.known, &transcriber, &error) == SEBEN_USAGE && strstr(error, "size") != NULL);
  seben_free_text(error);
  options.known.size = sizeof options;
  CHECK(seben_create(bundle, &options.known, &transcriber, NULL) == SEBEN_OK);

  memset(&callbacks, 0, sizeof callbacks);
  callbacks.known.size = sizeof callbacks;
  callbacks.known.segment = on_segment;
  callbacks.known.user = &segments_seen;
  callbacks.later = &callbacks;
  CHECK(seben_transcribe_file(transcriber, recording, &callbacks.known, &result, &error) == SEBEN_USAGE);
  CHECK(result == NULL && strstr(error, "seben_callbacks") != NULL);
  seben_free_text(error);
  callbacks.known.size = 8; /* no header had so few */
  CHECK(seben_transcribe_file(transcriber, recording, &callbacks.known, &result, NULL) == SEBEN_USAGE);
  callbacks.known.size = sizeof callbacks;
  callbacks.later = NULL;
  CHECK(seben_transcribe_file(transcriber, recording, &callbacks.known, &result, NULL) == SEBEN_OK);

  memset(&span, 0x55, sizeof span);
  span.known.size = sizeof span;
  CHECK(seben_word(result, 0, &span.known) == SEBEN_OK);
  CHECK(span.known.size == sizeof span && span.known.text != NULL && span.later == 0.0);
  memset(&span, 0x55, sizeof span);
  span.known.size = offsetof(seben_span, channel); /* the header before channels */
  CHECK(seben_word(result, 0, &span.known) == SEBEN_OK && span.known.text != NULL);
  CHECK(((unsigned char*)&span)[offsetof(seben_span, channel)] == 0x55);
  span.known.size = 8;
  CHECK(seben_word(result, 0, &span.known) == SEBEN_USAGE);
  CHECK(seben_word(result, 0, NULL) == SEBEN_USAGE);
  seben_free_transcript(result);
  seben_destroy(transcriber);
}

static void check_channels(const char* bundle, const char* recording) {
  seben_transcriber* transcriber = NULL;
  seben_transcript* result = NULL;
  seben_options options;
  seben_span span;
  char* error = NULL;
  seben_options_init(&options, sizeof options);
  CHECK(strcmp(options.channels, "mix") == 0);
  options.channels = "left";
  CHECK(seben_create(bundle, &options, &transcriber, &error) == SEBEN_USAGE && strstr(error, "channels") != NULL);
  seben_free_text(error);
  options.channels = "split";
  CHECK(seben_create(bundle, &options, &transcriber, NULL) == SEBEN_OK);
  CHECK(seben_transcribe_file(transcriber, recording, NULL, &result, NULL) == SEBEN_OK);
  span.size = sizeof span;
  CHECK(seben_segment(result, 0, &span) == SEBEN_OK && span.channel == 1);
  seben_free_transcript(result);
  seben_destroy(transcriber);
}

static void check_words(const char* bundle, const char* recording) {
  const char* list = "c_api_words.txt";
  seben_transcriber* transcriber = NULL;
  seben_transcript* result = NULL;
  seben_options options;
  seben_span span;
  char* error = NULL;
  FILE* file = fopen(list, "w");
  CHECK(file != NULL && fputs("ko nin\nfaga\n", file) >= 0 && fclose(file) == 0);
  seben_options_init(&options, sizeof options);
  CHECK(strcmp(options.words, "") == 0 && strcmp(options.words_mode, "one") == 0 && options.words_threshold == 0.0);
  options.words = list;
  options.words_mode = "some";
  CHECK(seben_create(bundle, &options, &transcriber, &error) == SEBEN_USAGE && strstr(error, "words mode") != NULL);
  seben_free_text(error);
  options.words_mode = "one";
  options.words_threshold = -1.0;
  CHECK(seben_create(bundle, &options, &transcriber, NULL) == SEBEN_OK);
  CHECK(seben_transcribe_file(transcriber, recording, NULL, &result, NULL) == SEBEN_OK);
  CHECK(seben_choice_count(result) == 1);
  span.size = sizeof span;
  CHECK(seben_choice(result, 0, &span) == SEBEN_OK && strcmp(span.text, seben_text(result)) == 0);
  CHECK(span.confidence >= 0.0 && span.confidence <= 1.0);
  CHECK(seben_choice(result, 1, &span) == SEBEN_USAGE && seben_choice(NULL, 0, &span) == SEBEN_USAGE);
  CHECK(seben_choice_count(NULL) == 0);
  seben_free_transcript(result);
  seben_destroy(transcriber);
  CHECK(remove(list) == 0);
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
  seben_span span;
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
    seben_span c = {sizeof(seben_span), NULL, 0.0, 0.0, 0.0, 0};
    CHECK(seben_character(result, i, &c) == SEBEN_OK && c.text != NULL);
    CHECK(c.start >= before && c.end <= seben_audio_seconds(result) + 30.0);
    before = c.start;
  }
  span.size = sizeof span;
  CHECK(seben_word(result, seben_word_count(result), &span) == SEBEN_USAGE);
  CHECK(seben_warning(result, 1000) == NULL && seben_suspect(result, 1000) == NULL);
  puts(seben_text(result));
  seben_free_transcript(result);

  callbacks.progress = stop;
  CHECK(seben_transcribe_file(transcriber, argv[2], &callbacks, &result, &error) == SEBEN_CANCELLED);
  CHECK(result == NULL);
  seben_free_text(error);
  check_failures(transcriber);
  check_process();
  check_letters();
  check_sizes(argv[1], argv[2]);
  check_channels(argv[1], argv[2]);
  check_words(argv[1], argv[2]);
  seben_destroy(transcriber);
  return 0;
}
