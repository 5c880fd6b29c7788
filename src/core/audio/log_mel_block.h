// SPDX-License-Identifier: Apache-2.0
// What the code for each instruction set shares: constant tables, and one block of frames.
// Plain data only: these files are compiled for different processors, so nothing of the standard library that could
// be emitted out of line and then be merged by the linker may be used through this header.
#pragma once

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

/// log10 of the mel power of a few neighbouring frames.
///   samples: frame j of the block is samples[160 j .. 160 j + 400)
///   mel:     frame j of filter m goes to mel[3000 m + j]
/// Returns the largest value written.
using LogMelBlock = float (*)(const LogMelTables& tables, const float* samples, float* mel);

float log_mel_block_plain(const LogMelTables& tables, const float* samples, float* mel);   // 2 frames
float log_mel_block_avx2(const LogMelTables& tables, const float* samples, float* mel);    // 4 frames
float log_mel_block_avx512(const LogMelTables& tables, const float* samples, float* mel);  // 8 frames

}  // namespace seben::frontend
