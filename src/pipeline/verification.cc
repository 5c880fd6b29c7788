// SPDX-License-Identifier: Apache-2.0
#include "pipeline/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "audio/decoder.h"
#include "audio/windows.h"
#include "ctc/blank_guard.h"
#include "ctc/greedy.h"
#include "kernels/linear.h"
#include "nko/utf8.h"
#include "pipeline/recogniser.h"
#include "seben/version.h"

namespace seben::pipeline {
namespace {

constexpr const char* kTool = "seben " SEBEN_VERSION;

std::vector<float> first_window(const std::string& path) {
  audio::AudioDecoder decoder = audio::AudioDecoder::open(path);
  std::vector<float> samples(audio::kWindowSamples);
  samples.resize(decoder.read(samples));
  return samples;
}

std::string read(const Recogniser& recogniser, ctc::LogProbsView log_probs) {
  const auto symbols = ctc::greedy(log_probs, recogniser.vocabulary().blank()).symbols;
  return nko::normalise(ctc::to_text(symbols, recogniser.vocabulary()), "decoded text");
}

// Sums over recordings of what two runs of one model differ by.
struct Deviation {
  double squared_error = 0.0, squared_norm = 0.0, largest_logit = 0.0;

  void add_features(std::span<const float> reference, std::span<const float> other) {
    for (std::size_t i = 0; i < reference.size(); ++i) {
      const double r = static_cast<double>(reference[i]), d = static_cast<double>(other[i]) - r;
      squared_error += d * d;
      squared_norm += r * r;
    }
  }
  // Log-probabilities of classes that neither run takes seriously may differ by anything.
  void add_log_probs(std::span<const float> reference, std::span<const float> other) {
    constexpr float kSerious = -6.9F;
    for (std::size_t i = 0; i < reference.size(); ++i) {
      if (reference[i] < kSerious && other[i] < kSerious) continue;
      largest_logit =
          std::max(largest_logit, std::abs(static_cast<double>(reference[i]) - static_cast<double>(other[i])));
    }
  }
  [[nodiscard]] double relative() const { return std::sqrt(squared_error / std::max(squared_norm, 1e-30)); }
};

double cer(const std::vector<nko::EditCounts>& counts) { return nko::error_rate(counts, 0).rate; }

std::span<const float> values(ctc::LogProbsView view) {
  return {view.data, static_cast<std::size_t>(view.frames * view.classes)};
}

}  // namespace

bundle::PrecisionRecord measure_precision(const bundle::Bundle& bundle, const std::string& precision,
                                          const std::vector<EvalRow>& rows, const PrecisionLimits& limits, int threads,
                                          const RowProgress& progress) {
  const auto wanted = kernels::parse_precision(precision);
  if (!wanted || *wanted == kernels::Precision::f32) {
    throw Error(ErrorCategory::usage, "precision", "bf16 or int8 (f32 is the reference)", precision);
  }
  if (kernels::kind_of(*wanted) == kernels::GemmKind::f32) {
    throw Error(ErrorCategory::incomplete, "precision " + precision, "a processor and library that multiply in it",
                "expansion to f32, which would prove nothing");
  }
  const Recogniser reference(bundle, {kernels::Precision::f32, threads, {}, false});
  const Recogniser other(bundle, {*wanted, threads, {}, false});
  const auto reference_memory = reference.make_memory(), other_memory = other.make_memory();
  Deviation deviation;
  std::vector<nko::EditCounts> before, after;
  bundle::PrecisionRecord record;
  Timings unused;
  for (const EvalRow& row : rows) {
    const std::vector<float> samples = first_window(row.audio);
    const auto expected = reference.features(samples, *reference_memory, unused);
    const auto found = other.features(samples, *other_memory, unused);
    deviation.add_features(expected, found);
    const auto expected_log_probs =
        reference.log_probs(expected, reference.feature_frames(), *reference_memory, unused);
    const auto found_log_probs = other.log_probs(found, other.feature_frames(), *other_memory, unused);
    deviation.add_log_probs(values(expected_log_probs), values(found_log_probs));
    const std::string expected_text = read(reference, expected_log_probs), found_text = read(other, found_log_probs);
    before.push_back(nko::count_edits(row.reference, expected_text, nko::Unit::code_point));
    after.push_back(nko::count_edits(row.reference, found_text, nko::Unit::code_point));
    record.outputs_changed += expected_text == found_text ? 0 : 1;
    if (progress) progress(before.size(), rows.size());
  }
  record.precision = precision;
  record.gates = {{std::string(bundle::kFeatureGate), deviation.relative(), limits.feature_error, true},
                  {std::string(bundle::kLogitGate), deviation.largest_logit, limits.logit_error, true},
                  {std::string(bundle::kDecodeGate), cer(after) - cer(before), limits.cer_change, true}};
  record.evaluation =
      fmt::format("{} recordings, CER {:.4f} in f32 and {:.4f} in {}", rows.size(), cer(before), cer(after), precision);
  record.utterances = static_cast<std::int64_t>(rows.size());
  record.tool = kTool;
  return record;
}

bundle::SkewRecord measure_skew(const bundle::Bundle& provides, const bundle::Bundle& requiring,
                                const std::vector<EvalRow>& rows, const bundle::SkewBounds& bounds, int threads,
                                const RowProgress& progress) {
  if (!provides.manifest().provides || !requiring.manifest().provides) {
    throw Error(ErrorCategory::usage, "verify skew", "two bundles with an encoder each",
                "one whose features come from outside");
  }
  const frontend::FeatureContract provided = provides.provided(kernels::Precision::f32);
  const frontend::FeatureContract& required = requiring.manifest().required;
  bundle::SkewMeter meter(required.dim);
  const Recogniser one(provides, {kernels::Precision::f32, threads, {}, false});
  const Recogniser two(requiring, {kernels::Precision::f32, threads, {}, false});
  const auto one_memory = one.make_memory(), two_memory = two.make_memory();
  std::vector<nko::EditCounts> with_provided, with_required;
  Timings unused;
  for (const EvalRow& row : rows) {
    const std::vector<float> samples = first_window(row.audio);
    const auto found = one.features(samples, *one_memory, unused);
    const auto expected = two.features(samples, *two_memory, unused);
    meter.add(found, expected);
    const auto text = [&](std::span<const float> features) {
      return read(two, two.log_probs(features, two.feature_frames(), *two_memory, unused));
    };
    with_required.push_back(nko::count_edits(row.reference, text(expected), nko::Unit::code_point));
    with_provided.push_back(nko::count_edits(row.reference, text(found), nko::Unit::code_point));
    if (progress) progress(with_required.size(), rows.size());
  }
  bundle::SkewRecord record = meter.record(provided, required, cer(with_provided) - cer(with_required), bounds);
  record.evaluation = fmt::format("{} recordings, CER {:.4f} with required and {:.4f} with provided features",
                                  rows.size(), cer(with_required), cer(with_provided));
  record.tool = kTool;
  return record;
}

std::string check_silence(const bundle::Bundle& bundle, int threads) {
  const Recogniser recogniser(bundle, {kernels::Precision::f32, threads, {}, true});
  if (!recogniser.has_encoder()) return {};
  const auto memory = recogniser.make_memory();
  Timings unused;
  const auto features = recogniser.features({}, *memory, unused);
  const auto log_probs = recogniser.log_probs(features, recogniser.feature_frames(), *memory, unused);
  return ctc::silence_mismatch(ctc::blank_statistics(log_probs, recogniser.vocabulary().blank()),
                               recogniser.vocabulary().blank());
}

}  // namespace seben::pipeline
