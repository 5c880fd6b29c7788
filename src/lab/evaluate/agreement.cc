// SPDX-License-Identifier: Apache-2.0
#include "evaluate/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <span>

#include "audio/windows.h"
#include "base/counted.h"
#include "decode/whisper/fallback.h"
#include "evaluate/deviation.h"
#include "evaluate/text_side.h"
#include "kernels/linear.h"
#include "seben/error.h"
#include "seben/version.h"

namespace seben::pipeline {
namespace {

// What f32 made of a clip.
struct ReferenceHeard {
  std::vector<float> features;
  generate::DecodeResult text;
  std::vector<float> scores;  // [tokens, vocabulary]
};

kernels::Precision faster_arithmetic(const std::string& name) {
  const auto wanted = kernels::parse_precision(name);
  if (!wanted || *wanted == kernels::Precision::f32) {
    throw Error(ErrorCategory::usage, "precision", "bf16 or int8", name);
  }
  if (kernels::kind_of(*wanted) == kernels::GemmKind::f32) {
    throw Error(ErrorCategory::incomplete, "precision " + name, "a processor and library that multiply in it",
                "expansion to f32, which would prove nothing");
  }
  return *wanted;
}

// How far two distributions over one vocabulary are apart, token by token.
struct Choices {
  std::int64_t tokens = 0;
  std::int64_t changed = 0;
  double divergence = 0.0;

  void add(std::span<const float> reference, std::span<const float> other) {
    ++tokens;
    const auto best = [](std::span<const float> row) { return std::ranges::max_element(row) - row.begin(); };
    changed += best(reference) == best(other) ? 0 : 1;
    constexpr float kNothing = -23.0F;  // e^-23 of the probability adds nothing
    for (std::size_t i = 0; i < reference.size(); ++i) {
      if (reference[i] < kNothing) continue;
      const double p = reference[i], q = other[i];
      divergence += std::exp(p) * (p - q);
    }
  }
};

struct Reference {
  std::string decoder;
  std::vector<ReferenceHeard> clips;
  bundle::AgreementBasis basis;
};

class AgreementProgress {
 public:
  AgreementProgress(const AgreementRequest& request, std::size_t clips)
      : request_(request), total_(clips * (request.precisions.size() + 1)) {}
  void operator()() {
    if (request_.progress) request_.progress(++done_, total_);
  }

 private:
  const AgreementRequest& request_;
  std::size_t total_, done_ = 0;
};

WhisperOptions options_of(const AgreementRequest& request) {
  WhisperOptions options;
  options.decoder = request.decoder;
  return options;
}

// Whether the reference itself makes nothing of what it heard. Low probability is left to a gate: speech of a language
// that a model hardly knows is speech.
bool is_thrown_away(const generate::DecodeResult& text) {
  generate::Thresholds thresholds;
  const bool is_silence = text.avg_logprob < *thresholds.logprob && text.no_speech_prob > *thresholds.no_speech;
  thresholds.logprob.reset();
  thresholds.repetition = true;
  return is_silence || !generate::failure(text, thresholds).empty();
}

Reference read_in_f32(const bundle::Bundle& bundle, const Speech& speech, const AgreementRequest& request,
                      AgreementProgress& progress) {
  TextSide side(bundle, text_plan(bundle, options_of(request), request.threads), kernels::Precision::f32,
                request.threads);
  Reference out;
  out.decoder = side.name();
  double log_prob = 0.0;
  for (const Clip& clip : speech.clips) {
    const auto features = side.encode(clip.samples);
    ReferenceHeard& heard = out.clips.emplace_back();
    heard.features.assign(features.begin(), features.end());
    heard.text = side.write();
    if (!heard.text.tokens.empty()) heard.scores = side.score(heard.text);
    const std::size_t tokens = heard.text.tokens.size();
    progress();
    if (tokens == 0 || is_thrown_away(heard.text)) continue;
    const std::size_t vocabulary = heard.scores.size() / tokens;
    for (std::size_t i = 0; i < tokens; ++i) {
      log_prob += static_cast<double>(heard.scores[i * vocabulary + static_cast<std::size_t>(heard.text.tokens[i])]);
    }
    out.basis.tokens += static_cast<std::int64_t>(tokens);
    out.basis.seconds += clip.speech;
  }
  if (out.basis.tokens > 0) out.basis.reference_log_prob = log_prob / static_cast<double>(out.basis.tokens);
  return out;
}

bundle::PrecisionRecord compare_with(const Reference& reference, const bundle::Bundle& bundle, const Speech& speech,
                                     const std::string& precision, const AgreementRequest& request,
                                     AgreementProgress& progress) {
  TextSide side(bundle, text_plan(bundle, options_of(request), request.threads), faster_arithmetic(precision),
                request.threads);
  Deviation deviation;
  Choices choices;
  bundle::PrecisionRecord record;
  for (std::size_t c = 0; c < speech.clips.size(); ++c) {
    const ReferenceHeard& expected = reference.clips[c];
    deviation.add_features(expected.features, side.encode(speech.clips[c].samples));
    record.outputs_changed += side.write().text == expected.text.text ? 0 : 1;
    const std::size_t tokens = expected.text.tokens.size();
    if (tokens > 0) {
      const std::vector<float> found = side.score(expected.text);
      const std::size_t vocabulary = found.size() / tokens;
      for (std::size_t i = 0; i < tokens; ++i) {
        choices.add(std::span(expected.scores).subspan(i * vocabulary, vocabulary),
                    std::span(found).subspan(i * vocabulary, vocabulary));
      }
    }
    progress();
  }
  const double tokens = static_cast<double>(std::max<std::int64_t>(choices.tokens, 1));
  record.precision = precision;
  record.gates = {{std::string(bundle::kFeatureGate), deviation.relative(), request.limits.feature_error, true},
                  {std::string(bundle::kDivergenceGate), choices.divergence / tokens, request.limits.divergence, true},
                  {std::string(bundle::kTokenGate), static_cast<double>(choices.changed) / tokens,
                   request.limits.token_change, true}};
  std::ranges::copy(bundle::agreement_gates(reference.basis, request.limits.basis), std::back_inserter(record.gates));
  record.evaluation = fmt::format(
      "decoder {}: agreement with f32 on {:.1f} s of speech in {}, {} of {} tokens chosen otherwise", reference.decoder,
      reference.basis.seconds, base::counted(static_cast<std::int64_t>(speech.recordings), "recording"),
      choices.changed, choices.tokens);
  record.utterances = static_cast<std::int64_t>(speech.clips.size());
  record.tool = "seben " SEBEN_VERSION;
  return record;
}

}  // namespace

std::vector<bundle::PrecisionRecord> measure_agreement(const bundle::Bundle& bundle, const Speech& speech,
                                                       const AgreementRequest& request) {
  if (!bundle.weight_codec().empty()) {
    throw Error(ErrorCategory::usage, bundle.folder(), "weights that are not coded (seben verify precision --against)",
                bundle.weight_codec());
  }
  for (const std::string& precision : request.precisions) (void)faster_arithmetic(precision);
  for (const Clip& clip : speech.clips) {
    if (clip.samples.size() <= audio::kWindowSamples) continue;
    throw Error(ErrorCategory::usage, clip.name, "at most 30 s of speech", "more");
  }
  require_encoder(bundle);
  AgreementProgress progress(request, speech.clips.size());
  const Reference reference = read_in_f32(bundle, speech, request, progress);
  std::vector<bundle::PrecisionRecord> records;
  for (const std::string& precision : request.precisions) {
    records.push_back(compare_with(reference, bundle, speech, precision, request, progress));
  }
  return records;
}

}  // namespace seben::pipeline
