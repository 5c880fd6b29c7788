// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/fallback.h"

#include <string>

#include "base/format.h"
#include "decode/whisper/deflate_size.h"
#include "decode/whisper/guards.h"
#include "seben/error.h"

namespace seben::generate {

double compression_ratio(std::string_view text) {
  return static_cast<double>(text.size()) / static_cast<double>(deflated_size(text));
}

std::string failure(const DecodeResult& result, const Thresholds& t) {
  if (t.repetition && ends_in_loop(result.tokens)) return "it ends in a loop";
  const bool improbable = t.logprob && result.avg_logprob < *t.logprob;
  if (improbable && t.no_speech && result.no_speech_prob > *t.no_speech) return {};  // silence
  if (improbable) {
    return base::format("log-probability {:.2f} a token, below {:.2f}", result.avg_logprob, *t.logprob);
  }
  if (t.compression_ratio && result.compression_ratio > *t.compression_ratio) {
    return base::format("compression ratio {:.2f}, above {:.2f}", result.compression_ratio, *t.compression_ratio);
  }
  return {};
}

namespace {

bool doubts_speech(const DecodeResult& result, const Thresholds& t) {
  return t.invention && result.no_speech_prob > *t.invention;
}

// Whether the text repeats itself where the decoder itself doubts that anybody speaks.
bool repeats_nothing(const DecodeResult& result, const Thresholds& t) {
  const bool repetitive = result.loops || (t.compression_ratio && result.compression_ratio > *t.compression_ratio);
  return repetitive && doubts_speech(result, t);
}

}  // namespace

bool settles(DecodeResult& result, const Thresholds& t, bool is_last) {
  // Other temperatures would draw until some nonsense passes.
  result.invented = repeats_nothing(result, t);
  if (result.invented) return true;
  result.failure = failure(result, t);
  if (result.failure.empty()) return true;
  result.invented = is_last && doubts_speech(result, t);
  return is_last;
}

void require_temperatures(std::span<const double> temperatures) {
  constexpr double kMaxTemperature = 10.0;
  for (const double temperature : temperatures) {
    if (temperature >= 0.0 && temperature <= kMaxTemperature) continue;
    throw Error(ErrorCategory::usage, "decoding: temperature", "0..10", std::to_string(temperature));
  }
  if (temperatures.empty()) throw Error(ErrorCategory::usage, "decoding: temperatures", "at least one", "none");
}

}  // namespace seben::generate
