// SPDX-License-Identifier: Apache-2.0
#include "audio/log_mel_simd.h"

#if defined(__x86_64__)
namespace seben::frontend {

float log_mel_block_avx512(const LogMelTables& tables, const float* samples, float* mel) {
  return LogMelSimd<8>::block(tables, samples, mel);
}

}  // namespace seben::frontend
#endif
