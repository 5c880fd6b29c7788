// SPDX-License-Identifier: Apache-2.0
// ggml's own dequantisation for whisper_cpp_parity.py: blocks of one type on standard input, f32 on standard output.
//   cc -O2 ggml_tensors.c -IWHISPER/ggml/include BUILD/ggml/src/libggml-base.a -lm -lpthread -lstdc++ -fopenmp
//   usage: ggml_tensors q4_0|q4_1|q5_0|q5_1|q8_0 ELEMENTS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggml.h"

int main(int argc, char** argv) {
  static const enum ggml_type types[] = {GGML_TYPE_Q4_0, GGML_TYPE_Q4_1, GGML_TYPE_Q5_0, GGML_TYPE_Q5_1,
                                         GGML_TYPE_Q8_0};
  if (argc != 3) return fprintf(stderr, "usage: ggml_tensors TYPE ELEMENTS\n"), 64;
  struct ggml_init_params params = {1 << 16, NULL, true};
  struct ggml_context* context = ggml_init(params);  // fills ggml's table of f16 values
  const size_t count = strtoull(argv[2], NULL, 10);
  int status = 64;
  for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); ++t) {
    if (strcmp(argv[1], ggml_type_name(types[t])) != 0) continue;
    const size_t bytes = ggml_row_size(types[t], (int64_t)count);
    char* blocks = malloc(bytes);
    float* values = malloc(count * sizeof(float));
    if (blocks == NULL || values == NULL) return 70;
    if (fread(blocks, 1, bytes, stdin) != bytes) return fprintf(stderr, "ggml_tensors: input too short\n"), 65;
    ggml_get_type_traits(types[t])->to_float(blocks, values, (int64_t)count);
    status = fwrite(values, sizeof(float), count, stdout) == count ? 0 : 74;
    free(blocks);
    free(values);
  }
  ggml_free(context);
  return status;
}
