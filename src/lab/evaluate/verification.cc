// SPDX-License-Identifier: Apache-2.0
#include "evaluate/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "audio/windows.h"
#include "base/json.h"
#include "codecs/feature_codec.h"
#include "decode/ctc/blank_guard.h"
#include "decode/ctc/greedy.h"
#include "engine/recogniser.h"
#include "evaluate/deviation.h"
#include "kernels/linear.h"
#include "seben/error.h"
#include "seben/version.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

constexpr const char* kTool = "seben " SEBEN_VERSION;

std::string read(const Recogniser& recogniser, ctc::LogProbsView log_probs) {
  const auto symbols = ctc::greedy(log_probs, recogniser.vocabulary().blank()).symbols;
  return nko::normalise(ctc::to_text(symbols, recogniser.vocabulary()), "decoded text");
}

double cer(const std::vector<nko::EditCounts>& counts) { return nko::error_rate(counts, 0).rate; }

std::span<const float> values(ctc::LogProbsView view) {
  return {view.data, static_cast<std::size_t>(view.frames * view.classes)};
}

}  // namespace

const bundle::Bundle& source_of(const bundle::Bundle& coded, const bundle::Bundle* against) {
  if (against == nullptr) {
    throw Error(ErrorCategory::usage, coded.folder() + ": " + coded.weight_codec() + " weights",
                "--against, the bundle that they were made from", "nothing");
  }
  if (!against->weight_codec().empty() || against->manifest().provides != coded.manifest().provides) {
    throw Error(ErrorCategory::bad_data, against->folder(), "the bundle that the coded one was made from",
                against->weight_codec().empty() ? "another extractor" : "coded weights as well");
  }
  return *against;
}

namespace {

// What one side of a comparison makes of a window.
struct Reading {
  std::span<const float> features;
  ctc::LogProbsView log_probs;
};
using Side = std::function<Reading(std::span<const float> samples)>;

struct Named {
  std::string name;
  const PrecisionLimits& limits;
};

bundle::PrecisionRecord compare(const Named& what, const Side& reference, const Side& other, const Recogniser& reader,
                                const std::vector<EvalRow>& rows, const RowProgress& progress) {
  Deviation deviation;
  std::vector<nko::EditCounts> before, after;
  bundle::PrecisionRecord record;
  for (const EvalRow& row : rows) {
    const std::vector<float> samples = audio::first_window(row.audio);
    const Reading expected = reference(samples), found = other(samples);
    deviation.add_features(expected.features, found.features);
    deviation.add_log_probs(values(expected.log_probs), values(found.log_probs));
    const std::string expected_text = read(reader, expected.log_probs), found_text = read(reader, found.log_probs);
    before.push_back(nko::count_edits(row.reference, expected_text, nko::Unit::code_point));
    after.push_back(nko::count_edits(row.reference, found_text, nko::Unit::code_point));
    record.outputs_changed += expected_text == found_text ? 0 : 1;
    if (progress) progress(before.size(), rows.size());
  }
  record.precision = what.name;
  record.gates = {{std::string(bundle::kFeatureGate), deviation.relative(), what.limits.feature_error, true},
                  {std::string(bundle::kLogitGate), deviation.largest_logit, what.limits.logit_error, true},
                  {std::string(bundle::kDecodeGate), cer(after) - cer(before), what.limits.cer_change, true}};
  record.evaluation =
      fmt::format("{} recordings, CER {:.4f} in f32 and {:.4f} in {}", rows.size(), cer(before), cer(after), what.name);
  record.utterances = static_cast<std::int64_t>(rows.size());
  record.tool = kTool;
  return record;
}

// A recogniser with a memory of its own.
class OneSide {
 public:
  OneSide(const bundle::Bundle& bundle, kernels::Precision precision, int threads)
      : recogniser_(bundle, {precision, threads, {}, false}), memory_(recogniser_.make_memory()) {}

  [[nodiscard]] const Recogniser& recogniser() const noexcept { return recogniser_; }
  Reading hear(std::span<const float> samples, const FeatureChange& change = {}) {
    Timings unused;
    const auto features = recogniser_.features(samples, *memory_, unused);
    if (!change) return score(features);
    changed_.assign(features.begin(), features.end());
    change(changed_);
    return score(changed_);
  }

 private:
  Reading score(std::span<const float> features) {
    Timings unused;
    return {features, recogniser_.log_probs(features, recogniser_.feature_frames(), *memory_, unused)};
  }
  Recogniser recogniser_;
  std::unique_ptr<WindowMemory> memory_;
  std::vector<float> changed_;
};

bundle::PrecisionRecord measure_weights(const bundle::Bundle& bundle, kernels::Precision precision,
                                        const std::vector<EvalRow>& rows, const PrecisionGates& gates, int threads,
                                        const RowProgress& progress, const bundle::Bundle* against) {
  OneSide reference(source_of(bundle, against), kernels::Precision::f32, threads), other(bundle, precision, threads);
  return compare(
      {bundle.precision_name(precision), gates.weights}, [&](auto samples) { return reference.hear(samples); },
      [&](auto samples) { return other.hear(samples); }, reference.recogniser(), rows, progress);
}

PrecisionLimits limits_from(const base::JsonReader& json) {
  json.refuse_unknown_keys({"feature_error", "logit_error", "cer_change"});
  const auto number = [&](const char* key) {
    const double v = json.number(key);
    if (!(v >= 0.0)) json.fail(key, "0 or more", std::to_string(v));
    return v;
  };
  return {number("feature_error"), number("logit_error"), number("cer_change")};
}

}  // namespace

PrecisionGates read_precision_gates(const std::string& path) {
  const nlohmann::json json = base::read_json(path, {std::size_t{1} << 16, 8, 1000});
  const base::JsonReader reader(json, path);
  reader.refuse_unknown_keys({"schema", "version", "arithmetic", "codec", "weights"});
  if (reader.string("schema") != "seben.gates.precision") {
    reader.fail("schema", "seben.gates.precision", reader.string("schema"));
  }
  (void)reader.integer("version", 1, 1);
  return {limits_from(reader.object("arithmetic")), limits_from(reader.object("codec")),
          limits_from(reader.object("weights"))};
}

bundle::PrecisionRecord measure_change(const bundle::Bundle& bundle, const std::string& name,
                                       const FeatureChange& change, const std::vector<EvalRow>& rows,
                                       const PrecisionLimits& limits, int threads, const RowProgress& progress) {
  OneSide reference(bundle, kernels::Precision::f32, threads), other(bundle, kernels::Precision::f32, threads);
  return compare(
      {name, limits}, [&](auto samples) { return reference.hear(samples); },
      [&](auto samples) { return other.hear(samples, change); }, reference.recogniser(), rows, progress);
}

bundle::PrecisionRecord measure_precision(const bundle::Bundle& bundle, const std::string& precision,
                                          const std::vector<EvalRow>& rows, const PrecisionGates& gates, int threads,
                                          const RowProgress& progress, const bundle::Bundle* against) {
  const auto wanted = kernels::parse_precision(precision);
  if (!wanted) {
    const quant::FeatureCodec codec(quant::parse_feature_policy(precision, "--precision"), bundle.required().dim,
                                    "--precision " + precision);
    return measure_change(
        bundle, quant::record_name(codec.policy()),
        [&](std::span<float> features) { (void)quant::restore_window(codec, features, "features"); }, rows, gates.codec,
        threads, progress);
  }
  const bool coded = !bundle.weight_codec().empty();
  if (*wanted == kernels::Precision::f32 && !coded) {
    throw Error(ErrorCategory::usage, "precision", "bf16 or int8 (f32 is the reference), or a feature codec",
                precision);
  }
  if (*wanted != kernels::Precision::f32 && kernels::kind_of(*wanted) == kernels::GemmKind::f32) {
    throw Error(ErrorCategory::incomplete, "precision " + precision, "a processor and library that multiply in it",
                "expansion to f32, which would prove nothing");
  }
  if (coded) return measure_weights(bundle, *wanted, rows, gates, threads, progress, against);
  OneSide reference(bundle, kernels::Precision::f32, threads), other(bundle, *wanted, threads);
  return compare(
      {precision, gates.arithmetic}, [&](auto samples) { return reference.hear(samples); },
      [&](auto samples) { return other.hear(samples); }, reference.recogniser(), rows, progress);
}

bundle::SkewRecord measure_skew(const bundle::Bundle& provides, const bundle::Bundle& requiring,
                                const std::vector<EvalRow>& rows, const bundle::SkewBounds& bounds, int threads,
                                const RowProgress& progress) {
  if (!provides.manifest().provides || !requiring.manifest().provides) {
    throw Error(ErrorCategory::usage, "verify skew", "two bundles with an encoder each",
                "one whose features come from outside");
  }
  const frontend::FeatureContract provided = provides.provided(kernels::Precision::f32);
  const frontend::FeatureContract& required = requiring.required();
  bundle::SkewMeter meter(required.dim);
  const Recogniser one(provides, {kernels::Precision::f32, threads, {}, false});
  const Recogniser two(requiring, {kernels::Precision::f32, threads, {}, false});
  const auto one_memory = one.make_memory(), two_memory = two.make_memory();
  std::vector<nko::EditCounts> with_provided, with_required;
  Timings unused;
  for (const EvalRow& row : rows) {
    const std::vector<float> samples = audio::first_window(row.audio);
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
  const Recogniser recogniser(bundle, {kernels::Precision::f32, threads, {}, false});
  if (!recogniser.has_encoder()) return {};
  const auto memory = recogniser.make_memory();
  Timings unused;
  const auto features = recogniser.features({}, *memory, unused);
  const auto log_probs = recogniser.log_probs(features, recogniser.feature_frames(), *memory, unused);
  return ctc::silence_mismatch(ctc::blank_statistics(log_probs, recogniser.vocabulary().blank()),
                               recogniser.vocabulary().blank());
}

}  // namespace seben::pipeline
