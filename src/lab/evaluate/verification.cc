// SPDX-License-Identifier: Apache-2.0
#include "evaluate/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "codecs/feature_codec.h"
#include "decode/ctc/blank_guard.h"
#include "engine/decoding.h"
#include "engine/listen.h"
#include "engine/recogniser.h"
#include "engine/recording.h"
#include "evaluate/deviation.h"
#include "evaluate/evaluation_windows.h"
#include "evaluate/verification_basis.h"
#include "kernels/linear.h"
#include "seben/error.h"
#include "seben/version.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

constexpr const char* kTool = "seben " SEBEN_VERSION;

constexpr double kVerificationOverlap = 4.0;  // as an evaluation has it, so that both find the same error rates

// Reads whole recordings twice, each window once from either side.
class TwoReadings {
 public:
  explicit TwoReadings(const Recogniser& reader)
      : reader_(reader),
        decoding_(CtcOptions{}, reader.vocabulary()),
        overlap_(overlap_samples(reader.output_frames(), kVerificationOverlap)),
        hop_(static_cast<std::int64_t>(audio::kWindowSamples) / reader.output_frames()) {}

  // What a side writes of the window that is being heard.
  using Write = std::function<void(ctc::LogProbsView log_probs)>;
  using Hear = std::function<void(std::span<const float> samples, const Write& first, const Write& second)>;

  void add(const EvalRow& row, const Hear& encode) {
    Recording first = recording(), second = recording();
    for_each_window(row.audio, overlap_, [&](const audio::Window& w) {
      const std::int64_t frame = w.start / hop_;
      encode(
          w.samples.first(w.valid), [&](ctc::LogProbsView l) { first.add_window(l, frame, unused_); },
          [&](ctc::LogProbsView l) { second.add_window(l, frame, unused_); });
    });
    const std::string before = text(first), after = text(second);
    before_.push_back(nko::count_edits(row.reference, before, nko::Unit::code_point));
    after_.push_back(nko::count_edits(row.reference, after, nko::Unit::code_point));
    changed_ += before == after ? 0 : 1;
  }

  [[nodiscard]] double before() const { return nko::error_rate(before_, 0).rate; }
  [[nodiscard]] double after() const { return nko::error_rate(after_, 0).rate; }
  [[nodiscard]] std::int64_t changed() const noexcept { return changed_; }
  [[nodiscard]] std::size_t done() const noexcept { return before_.size(); }

 private:
  [[nodiscard]] Recording recording() const { return {reader_, decoding_, nullptr, none_, kWindowSeconds}; }
  [[nodiscard]] static std::string text(Recording& recording) {
    return nko::normalise(recording.finish().text, "decoded text");
  }

  const Recogniser& reader_;
  Decoding decoding_;
  Callbacks none_;
  std::size_t overlap_;
  std::int64_t hop_;
  correction::Proposals unused_;
  std::vector<nko::EditCounts> before_, after_;
  std::int64_t changed_ = 0;
};

std::span<const float> values(ctc::LogProbsView view) {
  return {view.data, static_cast<std::size_t>(view.frames * view.classes)};
}

}  // namespace

const bundle::Bundle& source_of(const bundle::Bundle& coded, const bundle::Bundle* against,
                                const std::string* text_decoder) {
  const auto codec_of = [&](const bundle::Bundle& bundle) {
    return text_decoder == nullptr ? bundle.weight_codec() : bundle.weight_codec(bundle.decoder(*text_decoder));
  };
  if (against == nullptr) {
    throw Error(ErrorCategory::usage, coded.folder() + ": " + codec_of(coded) + " weights",
                "--against, the bundle that they were made from", "nothing");
  }
  const std::string found = codec_of(*against);
  if (!found.empty() || against->manifest().provides != coded.manifest().provides) {
    throw Error(ErrorCategory::bad_data, against->folder(), "the bundle that the coded one was made from",
                found.empty() ? "another extractor" : "coded weights as well");
  }
  return *against;
}

namespace {

// What one side of a comparison makes of a window.
struct Heard {
  std::span<const float> features;
  ctc::LogProbsView log_probs;
};
using Side = std::function<Heard(std::span<const float> samples)>;

struct Named {
  std::string name;
  const PrecisionLimits& limits;
  const bundle::BasisLimits& basis;
};

bundle::PrecisionRecord compare(const Named& what, const Side& reference, const Side& other, const Recogniser& reader,
                                const std::vector<EvalRow>& rows, const RowProgress& progress) {
  Deviation deviation;
  TwoReadings texts(reader);
  for (const EvalRow& row : rows) {
    texts.add(row, [&](std::span<const float> samples, const auto& first, const auto& second) {
      const Heard expected = reference(samples), found = other(samples);
      deviation.add_features(expected.features, found.features);
      deviation.add_log_probs(values(expected.log_probs), values(found.log_probs));
      first(expected.log_probs);
      second(found.log_probs);
    });
    if (progress) progress(texts.done(), rows.size());
  }
  bundle::PrecisionRecord record;
  record.precision = what.name;
  record.gates = gates_of(what.limits, deviation, texts.after() - texts.before());
  std::ranges::copy(bundle::gates_of(basis_of(rows, texts.before()), what.basis), std::back_inserter(record.gates));
  record.evaluation = fmt::format("{} recordings, CER {:.4f} in f32 and {:.4f} in {}", rows.size(), texts.before(),
                                  texts.after(), what.name);
  record.utterances = static_cast<std::int64_t>(rows.size());
  record.outputs_changed = texts.changed();
  record.tool = kTool;
  return record;
}

// A recogniser with a memory of its own.
class OneSide {
 public:
  OneSide(const bundle::Bundle& bundle, kernels::Precision precision, int threads)
      : recogniser_(bundle, {precision, threads, {}, false}), memory_(recogniser_.make_memory()) {}

  [[nodiscard]] const Recogniser& recogniser() const noexcept { return recogniser_; }
  Heard encode(std::span<const float> samples, const FeatureChange& change = {}) {
    Timings unused;
    const auto features = recogniser_.features(samples, *memory_, unused);
    if (!change) return score(features);
    changed_.assign(features.begin(), features.end());
    change(changed_);
    return score(changed_);
  }

 private:
  Heard score(std::span<const float> features) {
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
      {bundle.precision_name(precision), gates.weights, gates.basis},
      [&](auto samples) { return reference.encode(samples); }, [&](auto samples) { return other.encode(samples); },
      reference.recogniser(), rows, progress);
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

bundle::BasisLimits basis_from(const base::JsonReader& json) {
  json.refuse_unknown_keys({"recordings", "characters", "reference_cer"});
  constexpr std::int64_t kMost = 1'000'000'000'000;
  const double reference_cer = json.number("reference_cer");
  if (!(reference_cer >= 0.0 && reference_cer <= bundle::kLoosestBasis.reference_cer)) {
    json.fail("reference_cer", fmt::format("0..{}", bundle::kLoosestBasis.reference_cer),
              fmt::format("{}", reference_cer));
  }
  return {json.integer("recordings", bundle::kLoosestBasis.recordings, kMost),
          json.integer("characters", bundle::kLoosestBasis.characters, kMost), reference_cer};
}

}  // namespace

std::vector<bundle::Gate> gates_of(const PrecisionLimits& limits, const Deviation& deviation, double cer_change) {
  return {{std::string(bundle::kFeatureGate), deviation.relative(), limits.feature_error, true},
          {std::string(bundle::kLogitGate), deviation.largest_logit, limits.logit_error, true},
          {std::string(bundle::kDecodeGate), cer_change, limits.cer_change, true}};
}

PrecisionGates read_precision_gates(const std::string& path) {
  const nlohmann::json json = base::read_json(path, {std::size_t{1} << 16, 8, 1000});
  const base::JsonReader reader(json, path);
  reader.refuse_unknown_keys({"schema", "version", "arithmetic", "codec", "weights", "basis"});
  if (reader.string("schema") != "seben.gates.precision") {
    reader.fail("schema", "seben.gates.precision", reader.string("schema"));
  }
  (void)reader.integer("version", 1, 1);
  PrecisionGates gates{limits_from(reader.object("arithmetic")),
                       limits_from(reader.object("codec")),
                       limits_from(reader.object("weights")),
                       {}};
  if (reader.has("basis")) gates.basis = basis_from(reader.object("basis"));
  return gates;
}

bundle::PrecisionRecord measure_change(const bundle::Bundle& bundle, const std::string& name,
                                       const FeatureChange& change, const std::vector<EvalRow>& rows,
                                       const PrecisionLimits& limits, const bundle::BasisLimits& basis, int threads,
                                       const RowProgress& progress) {
  require_enough(rows, basis);
  OneSide reference(bundle, kernels::Precision::f32, threads), other(bundle, kernels::Precision::f32, threads);
  return compare(
      {name, limits, basis}, [&](auto samples) { return reference.encode(samples); },
      [&](auto samples) { return other.encode(samples, change); }, reference.recogniser(), rows, progress);
}

bundle::PrecisionRecord measure_precision(const bundle::Bundle& bundle, const std::string& precision,
                                          const std::vector<EvalRow>& rows, const PrecisionGates& gates, int threads,
                                          const RowProgress& progress, const bundle::Bundle* against) {
  require_encoder(bundle);
  const auto wanted = kernels::parse_precision(precision);
  if (!wanted) {
    const quant::FeatureCodec codec(quant::parse_feature_policy(precision, "--precision"), bundle.required().dim,
                                    "--precision " + precision);
    return measure_change(
        bundle, quant::record_name(codec.policy()),
        [&](std::span<float> features) { (void)quant::restore_window(codec, features, "features"); }, rows, gates.codec,
        gates.basis, threads, progress);
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
  if (coded) (void)source_of(bundle, against);  // what was asked comes before what it is measured on
  require_enough(rows, gates.basis);
  if (coded) return measure_weights(bundle, *wanted, rows, gates, threads, progress, against);
  OneSide reference(bundle, kernels::Precision::f32, threads), other(bundle, *wanted, threads);
  return compare(
      {precision, gates.arithmetic, gates.basis}, [&](auto samples) { return reference.encode(samples); },
      [&](auto samples) { return other.encode(samples); }, reference.recogniser(), rows, progress);
}

bundle::SkewRecord measure_skew(const bundle::Bundle& provides, const bundle::Bundle& requiring,
                                const std::vector<EvalRow>& rows, const bundle::SkewBounds& bounds,
                                const bundle::BasisLimits& basis, int threads, const RowProgress& progress) {
  if (!provides.manifest().provides || !requiring.manifest().provides) {
    throw Error(ErrorCategory::usage, "verify skew", "two bundles with an encoder each",
                "one whose features come from outside");
  }
  require_enough(rows, basis);
  const frontend::FeatureContract provided = provides.provided(kernels::Precision::f32);
  const frontend::FeatureContract& required = requiring.required();
  bundle::SkewMeter meter(required.dim);
  const Recogniser one(provides, {kernels::Precision::f32, threads, {}, false});
  const Recogniser two(requiring, {kernels::Precision::f32, threads, {}, false});
  const auto one_memory = one.make_memory(), two_memory = two.make_memory();
  TwoReadings texts(two);
  Timings unused;
  for (const EvalRow& row : rows) {
    texts.add(row, [&](std::span<const float> samples, const auto& with_required, const auto& with_provided) {
      const auto found = one.features(samples, *one_memory, unused);
      const auto expected = two.features(samples, *two_memory, unused);
      meter.add(found, expected);
      with_required(two.log_probs(expected, two.feature_frames(), *two_memory, unused));
      with_provided(two.log_probs(found, two.feature_frames(), *two_memory, unused));
    });
    if (progress) progress(texts.done(), rows.size());
  }
  bundle::SkewRecord record = meter.record(provided, required, texts.after() - texts.before(), bounds,
                                           bundle::gates_of(basis_of(rows, texts.before()), basis));
  record.evaluation = fmt::format("{} recordings, CER {:.4f} with required and {:.4f} with provided features",
                                  rows.size(), texts.before(), texts.after());
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
