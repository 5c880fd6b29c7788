// SPDX-License-Identifier: Apache-2.0
#include "audio/log_mel_simd.h"

namespace seben::frontend {

float log_mel_block_plain(const LogMelTables& tables, const float* samples, float* mel) {
  return LogMelSimd<2>::block(tables, samples, mel);
}

}  // namespace seben::frontend
