// SPDX-License-Identifier: Apache-2.0
// Code that exists once for each instruction set, and the choice between them: one scheme for every folder.
//
// NAME_impl.h holds the code, in namespace SEBEN_SIMD_NAMESPACE of its folder's, and ends with a table of functions
// that has the namespace's scope. cmake/SebenTargets.cmake compiles it once for each set, with SEBEN_SIMD_NAMESPACE
// (plain, avx2, avx512), SEBEN_SIMD_BYTES (of a vector) and SEBEN_SIMD_NAME (the same as a text) defined; nothing else
// is compiled for more than the least processor. Such files use no inline function of the standard library: the linker
// keeps one copy of those, which may be the one for a processor that is not there.
//
// A further set is a value of base::Isa, a row in cmake/SebenTargets.cmake and a case here. On ARM `plain` is what the
// compiler makes of vectors of 16 bytes, which is NEON already; hand-written NEON would be a set of its own.
#pragma once

#include "base/isa.h"

#if defined(__x86_64__)
/// Defines `const Type& table(base::Isa)` over the tables of that name, one a set.
#define SEBEN_DISPATCH(Type, table)                          \
  namespace plain {                                          \
  extern const Type table;                                   \
  }                                                          \
  namespace avx2 {                                           \
  extern const Type table;                                   \
  }                                                          \
  namespace avx512 {                                         \
  extern const Type table;                                   \
  }                                                          \
  const Type& table(::seben::base::Isa isa) {                \
    switch (isa) {                                           \
      case ::seben::base::Isa::avx512: return avx512::table; \
      case ::seben::base::Isa::avx2: return avx2::table;     \
      case ::seben::base::Isa::plain: break;                 \
    }                                                        \
    return plain::table;                                     \
  }
#else
#define SEBEN_DISPATCH(Type, table) \
  namespace plain {                 \
  extern const Type table;          \
  }                                 \
  const Type& table(::seben::base::Isa) { return plain::table; }
#endif
