// SPDX-License-Identifier: Apache-2.0
#include "kernels/isa.h"
#include "quant/affine_ops.h"
#include "quant/rotation_ops.h"

namespace seben::quant {

extern const AffineOps affine_ops_plain;
extern const RotationOps rotation_ops_plain;
#if defined(__x86_64__)
extern const AffineOps affine_ops_avx2;
extern const AffineOps affine_ops_avx512;
extern const RotationOps rotation_ops_avx2;
extern const RotationOps rotation_ops_avx512;
#endif

const AffineOps& affine_ops() {
#if defined(__x86_64__)
  switch (kernels::best_isa()) {
    case kernels::Isa::avx512: return affine_ops_avx512;
    case kernels::Isa::avx2: return affine_ops_avx2;
    case kernels::Isa::plain: break;
  }
#endif
  return affine_ops_plain;
}

const RotationOps& rotation_ops() {
#if defined(__x86_64__)
  switch (kernels::best_isa()) {
    case kernels::Isa::avx512: return rotation_ops_avx512;
    case kernels::Isa::avx2: return rotation_ops_avx2;
    case kernels::Isa::plain: break;
  }
#endif
  return rotation_ops_plain;
}

}  // namespace seben::quant
