// SPDX-License-Identifier: Apache-2.0
// The inner loop of log_mel.h, chosen for the processor at run time: constant tables, and one block of frames.
#pragma once

#include "base/isa.h"

namespace seben::frontend {

struct ComplexTable {
  double re;
  double im;
};

/// Constants of the transform and the filter bank. 200 = 8 * 25 and 25 = 5 * 5 are the factors of the complex FFT.
struct LogMelTables {
  double window[400];              ///< periodic Hann, halved (see power_spectrum)
  ComplexTable twiddle25[5][5];    ///< exp(-2 pi i b c / 25)
  ComplexTable twiddle200[8][25];  ///< exp(-2 pi i n2 k1 / 200)
  ComplexTable twiddle400[101];    ///< exp(-2 pi i k / 400)
  const int* filter_first;         ///< [n_mels]
  const int* filter_offset;        ///< [n_mels + 1]
  const double* weights;
  int n_mels;
};

struct LogMelOps {
  const char* name;
  int lanes;  ///< frames of a block; divides 3000
  /// log10 of the mel power of `lanes` neighbouring frames.
  ///   samples: frame j of the block is samples[160 j .. 160 j + 400)
  ///   mel:     frame j of filter m goes to mel[3000 m + j]
  /// Returns the largest value written.
  float (*block)(const LogMelTables& tables, const float* samples, float* mel);
};

/// The loop for one instruction set, which the processor must have.
[[nodiscard]] const LogMelOps& log_mel_ops(base::Isa isa = base::best_isa());

}  // namespace seben::frontend
