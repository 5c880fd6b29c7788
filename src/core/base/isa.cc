// SPDX-License-Identifier: Apache-2.0
#include "base/isa.h"

#include <cstdlib>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace seben::base {
namespace {

#if defined(__x86_64__)
// Leaf 1, ECX: a name that clang 14's __builtin_cpu_supports does not know.
bool has_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
#endif

Isa of_processor() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni") &&
      __builtin_cpu_supports("avx512bf16")) {
    return Isa::avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2") && has_f16c()) {
    return Isa::avx2;
  }
#endif
  return Isa::plain;
}

Isa of_environment() {
  const char* limit = std::getenv("ONEDNN_MAX_CPU_ISA");
  if (limit == nullptr) return Isa::avx512;
  const std::string_view name = limit;
  if (name == "SSE41" || name == "AVX") return Isa::plain;
  if (name.starts_with("AVX2")) return Isa::avx2;
  if (name == "AVX512_CORE" || name == "AVX512_CORE_VNNI") return Isa::avx2;  // our AVX-512 code needs BF16 too
  return Isa::avx512;
}

#if defined(__x86_64__)
bool processor_has_sha() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSE4_1) == 0 || (c & bit_SSSE3) == 0) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}
#else
bool processor_has_sha() { return false; }
#endif

}  // namespace

bool has_sha_instructions() {
  static const bool has = processor_has_sha() && of_environment() > Isa::plain;
  return has;
}

Isa best_isa() {
  static const Isa best = of_processor() < of_environment() ? of_processor() : of_environment();
  return best;
}

}  // namespace seben::base
