/* SPDX-License-Identifier: Apache-2.0 */
/* Writes what a recording says. usage: transcribe BUNDLE RECORDING */
#include <seben/seben.h>
#include <stdio.h>

int main(int count, char** words) {
  seben_options options;
  seben_transcriber* transcriber = NULL;
  seben_transcript* result = NULL;
  char* error = NULL;
  seben_status status;
  if (count != 3) {
    fprintf(stderr, "usage: %s BUNDLE RECORDING\n", words[0]);
    return SEBEN_USAGE;
  }
  seben_options_init(&options, sizeof options);
  status = seben_create(words[1], &options, &transcriber, &error);
  if (status == SEBEN_OK) status = seben_transcribe_file(transcriber, words[2], NULL, &result, &error);
  if (status == SEBEN_OK) {
    puts(seben_text(result));
  } else {
    fprintf(stderr, "%s\n", error != NULL ? error : "no memory for a message");
  }
  seben_free_text(error);
  seben_free_transcript(result);
  seben_destroy(transcriber);
  return status;
}
