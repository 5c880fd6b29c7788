// SPDX-License-Identifier: Apache-2.0
// ggml's q4_0 and q8_0 over features [1500, 1280] on one core, beside bench_quant. Built by hand:
//   c++ -O3 -std=c++20 -I WHISPER/ggml/include bench/peers/contender_ggml_blocks.cc -o contender_ggml_blocks
//     WHISPER/build/ggml/src/libggml-base.a -lpthread -fopenmp -ldl
#include <ggml.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

constexpr std::int64_t kRows = 1500, kWidth = 1280;

template <typename Work>
double median_ms(Work work) {
  std::vector<double> times;
  for (int i = 0; i < 41; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

}  // namespace

int main() {
  std::vector<float> x(kRows * kWidth), y(x.size());
  std::uint32_t state = 1;
  for (float& v : x) {
    v = -3.0F;
    for (int i = 0; i < 6; ++i) {
      state = state * 1664525U + 1013904223U;
      v += static_cast<float>(state >> 8) / 16777216.0F;
    }
  }
  for (const ggml_type type : {GGML_TYPE_Q4_0, GGML_TYPE_Q8_0}) {
    std::vector<std::uint8_t> codes(ggml_row_size(type, kWidth) * kRows);
    const double encode =
        median_ms([&] { ggml_quantize_chunk(type, x.data(), codes.data(), 0, kRows, kWidth, nullptr); });
    const double decode =
        median_ms([&] { ggml_get_type_traits(type)->to_float(codes.data(), y.data(), kRows * kWidth); });
    std::printf("%s encode %.2f ms, decode %.2f ms\n", ggml_type_name(type), encode, decode);
  }
}
