// SPDX-License-Identifier: Apache-2.0
#include "generate/fallback.h"

#include <zlib.h>

#include <string>
#include <vector>

#include "generate/guards.h"
#include "seben/error.h"

namespace seben::generate {

double compression_ratio(std::string_view text) {
  constexpr std::size_t kMaxText = std::size_t{64} << 20;
  if (text.size() > kMaxText) {
    throw Error(ErrorCategory::usage, "decoding: text", "at most " + std::to_string(kMaxText) + " bytes",
                std::to_string(text.size()));
  }
  uLongf size = compressBound(static_cast<uLong>(text.size()));
  std::vector<Bytef> out(size);
  const int status = compress2(out.data(), &size, reinterpret_cast<const Bytef*>(text.data()),
                               static_cast<uLong>(text.size()), Z_DEFAULT_COMPRESSION);
  if (status != Z_OK) throw Error(ErrorCategory::internal, "zlib: compress", "success", std::to_string(status));
  return static_cast<double>(text.size()) / static_cast<double>(size);
}

bool failed(const DecodeResult& result, const Thresholds& t) {
  if (t.repetition && ends_in_loop(result.tokens)) return true;
  const bool improbable = t.logprob && result.avg_logprob < *t.logprob;
  if (improbable && t.no_speech && result.no_speech_prob > *t.no_speech) return false;  // silence
  return improbable || (t.compression_ratio && result.compression_ratio > *t.compression_ratio);
}

DecodeResult with_fallback(const DecodeOptions& options,
                           const std::function<DecodeResult(double temperature)>& decode) {
  constexpr double kMaxTemperature = 10.0;
  for (const double temperature : options.temperatures) {
    if (temperature >= 0.0 && temperature <= kMaxTemperature) continue;
    throw Error(ErrorCategory::usage, "decoding: temperature", "0..10", std::to_string(temperature));
  }
  if (options.temperatures.empty()) throw Error(ErrorCategory::usage, "decoding: temperatures", "at least one", "none");
  DecodeResult result;
  std::int64_t tried = 0;
  for (const double temperature : options.temperatures) {
    result = decode(temperature);
    result.decodings = ++tried;
    if (!failed(result, options.thresholds)) break;
  }
  return result;
}

}  // namespace seben::generate
