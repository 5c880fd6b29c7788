// SPDX-License-Identifier: Apache-2.0
#include "evaluate/codec_eval.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "audio/decoder.h"
#include "engine/listen.h"
#include "engine/load_corrector.h"
#include "engine/recording.h"
#include "engine/stopwatch.h"
#include "evaluate/codec_meter.h"
#include "kernels/threads.h"
#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

constexpr double kOverlapSeconds = 4.0;

// One codec's part of the work.
struct Runner {
  Runner(const std::string& text, std::int64_t dim)
      : codec(quant::parse_feature_policy(text, "--codecs"), dim, "--codecs " + text) {
    row.name = text;
    row.policy = codec.policy();
  }
  quant::FeatureCodec codec;
  CodecRow row;
  CodecMeter meter;
  std::vector<nko::EditCounts> characters, corrected;
  std::vector<std::string> texts, corrected_texts;
  double encode = 0.0, decode = 0.0, correct = 0.0;
  Timings timings;
};

CodecChanges changes(const std::vector<std::string>& before, const std::vector<std::string>& after,
                     const std::vector<nko::EditCounts>& errors_before,
                     const std::vector<nko::EditCounts>& errors_after) {
  CodecChanges out;
  for (std::size_t i = 0; i < before.size(); ++i) {
    out.changed += before[i] != after[i] ? 1 : 0;
    const auto gain = errors_before[i].errors() - errors_after[i].errors();
    out.better += gain > 0 ? 1 : 0;
    out.same += gain == 0 ? 1 : 0;
    out.worse += gain < 0 ? 1 : 0;
  }
  return out;
}

using Runners = std::vector<std::unique_ptr<Runner>>;

Runners make_runners(const bundle::Bundle& bundle, const CodecOptions& options) {
  const std::int64_t dim = bundle.required().dim;
  Runners runners;
  runners.push_back(std::make_unique<Runner>("f32", dim));
  for (const std::string& text : options.codecs) {
    if (text != "f32") runners.push_back(std::make_unique<Runner>(text, dim));
  }
  return runners;
}

std::optional<CorrectionStage> load_stage(const bundle::Bundle& bundle, const CodecOptions& options) {
  require_encoder(bundle);
  if (options.mode == "off" || (options.correction.ranker.empty() && !has_ranker(bundle))) return std::nullopt;
  CorrectorOptions correction = options.correction;
  correction.mode = options.mode;
  return load_correction(bundle, correction);
}

// What was asked for is read in the order of the members: the weights, which take the most time, after all the rest.
class CodecRun {
 public:
  CodecRun(const bundle::Bundle& bundle, const CodecOptions& options)
      : precision_(choose_precision(bundle, {options.precision})),
        decoding_(CtcOptions{}, bundle.vocabulary()),
        stage_(load_stage(bundle, options)),
        runners_(make_runners(bundle, options)),
        recogniser_(bundle, {precision_, kernels::thread_count(options.threads), {}, true}),
        memory_(recogniser_.make_memory()),
        overlap_(overlap_samples(recogniser_.output_frames(), kOverlapSeconds)) {
    out_.bundle = bundle.manifest().name;
    out_.bundle_digest = bundle.digest();
    out_.precision = kernels::to_string(precision_);
    out_.mode = stage_ ? options.mode : "off";
    out_.corrected = stage_.has_value();
  }

  void add(const EvalRow& row) {
    try {
      encode(row);
    } catch (const Error& error) {
      if (error.category() == ErrorCategory::internal || error.category() == ErrorCategory::usage) throw;
      out_.failures.emplace_back(error.what());
    }
  }

  CodecEvaluation finish();

 private:
  void encode(const EvalRow& row);
  void window(Runner& runner, std::span<const float> features, std::int64_t heard);
  void finish_row(Runner& runner);

  kernels::Precision precision_;
  Decoding decoding_;
  std::optional<CorrectionStage> stage_;
  Runners runners_;
  Recogniser recogniser_;
  std::unique_ptr<WindowMemory> memory_;
  std::size_t overlap_;
  std::vector<float> restored_, reference_log_probs_;
  CodecEvaluation out_;
};

// The features of one window through one codec; the log-probabilities are left in memory_.
void CodecRun::window(Runner& r, std::span<const float> features, std::int64_t heard) {
  quant::FeatureEncoder encoder(r.codec, "features");
  std::vector<quant::FeatureEncoder::Block> blocks;
  {
    const Stopwatch watch(r.encode);
    encoder.push(features);
    encoder.end_window();
    blocks = encoder.take();
  }
  restored_.clear();
  std::size_t bytes = 0;
  {
    const Stopwatch watch(r.decode);
    for (const auto& block : blocks) r.codec.decode_block(block.bytes, block.frames, restored_, "features");
  }
  for (const auto& block : blocks) bytes += block.bytes.size();
  r.meter.add_features(features, restored_, recogniser_.head().config().input_dim, heard, bytes);
  const auto log_probs = recogniser_.log_probs(restored_, recogniser_.feature_frames(), *memory_, r.timings);
  const auto size = static_cast<std::size_t>(log_probs.frames * log_probs.classes);
  if (&r == runners_.front().get()) reference_log_probs_.assign(log_probs.data, log_probs.data + size);
  r.meter.add_log_probs({reference_log_probs_.data(), log_probs.frames, log_probs.classes}, log_probs,
                        recogniser_.vocabulary().blank());
}

void CodecRun::encode(const EvalRow& row) {
  audio::AudioDecoder decoder = audio::AudioDecoder::open(row.audio);
  const Callbacks none;
  std::vector<std::unique_ptr<Recording>> bare, corrected;
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    bare.push_back(std::make_unique<Recording>(recogniser_, decoding_, nullptr, none, kWindowSeconds));
    if (stage_)
      corrected.push_back(std::make_unique<Recording>(recogniser_, decoding_, &*stage_, none, kWindowSeconds));
  }
  const auto hop = static_cast<std::int64_t>(audio::kWindowSamples) / recogniser_.output_frames();
  audio::WindowReader windows([&](std::span<float> out) { return decoder.read(out); }, overlap_);
  Timings unused;
  while (const auto w = windows.next()) {
    const auto features = recogniser_.features(w->samples.first(w->valid), *memory_, unused);
    const auto heard = static_cast<std::int64_t>(w->valid) * recogniser_.feature_frames() /
                       static_cast<std::int64_t>(audio::kWindowSamples);
    for (std::size_t i = 0; i < runners_.size(); ++i) {
      window(*runners_[i], features, heard);
      const ctc::LogProbsView log_probs = memory_->log_probs.view();
      bare[i]->add_window(log_probs, w->start / hop, memory_->correction);
      const Stopwatch watch(runners_[i]->correct);
      if (stage_) corrected[i]->add_window(log_probs, w->start / hop, memory_->correction);
    }
    ++out_.windows;
  }
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    Runner& r = *runners_[i];
    r.texts.push_back(nko::normalise(bare[i]->finish().text, "transcript"));
    r.characters.push_back(nko::count_edits(row.reference, r.texts.back(), nko::Unit::code_point));
    if (!stage_) continue;
    r.corrected_texts.push_back(nko::normalise(corrected[i]->finish().text, "transcript"));
    r.corrected.push_back(nko::count_edits(row.reference, r.corrected_texts.back(), nko::Unit::code_point));
  }
  ++out_.utterances;
}

void CodecRun::finish_row(Runner& r) {
  const Runner& f32 = *runners_.front();
  CodecRow& row = r.row;
  row.cer = nko::error_rate(r.characters);
  row.change = nko::rate_change(f32.characters, r.characters);
  row.changes = changes(f32.texts, r.texts, f32.characters, r.characters);
  if (stage_) {
    row.corrected_cer = nko::error_rate(r.corrected);
    row.corrected_change = nko::rate_change(f32.corrected, r.corrected);
    row.corrected_changes = changes(f32.corrected_texts, r.corrected_texts, f32.corrected, r.corrected);
  }
  r.meter.finish(row);
  const double windows = static_cast<double>(out_.windows) / 1000.0;
  row.encode_ms = r.encode / windows;
  row.decode_ms = r.decode / windows;
  row.head_ms = r.timings.head / windows;
  row.correct_ms = r.correct / windows;
  out_.rows.push_back(std::move(row));
}

CodecEvaluation CodecRun::finish() {
  if (out_.utterances == 0) {
    throw Error(ErrorCategory::incomplete, "evaluation", "at least one transcribed recording",
                out_.failures.empty() ? "none" : out_.failures.front());
  }
  out_.feature_variance = runners_.front()->meter.mean_square();
  for (const auto& r : runners_) finish_row(*r);
  return std::move(out_);
}

nlohmann::json changes_json(const nko::RateChange& change, const CodecChanges& c) {
  return {{"points", 100 * change.change},
          {"low", 100 * change.low},
          {"high", 100 * change.high},
          {"changed", c.changed},
          {"better", c.better},
          {"same", c.same},
          {"worse", c.worse}};
}

}  // namespace

CodecEvaluation evaluate_codecs(const bundle::Bundle& bundle, const CodecOptions& options,
                                const std::vector<EvalRow>& rows,
                                const std::function<void(std::size_t done)>& progress) {
  CodecRun run(bundle, options);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    run.add(rows[i]);
    if (progress) progress(i + 1);
  }
  return run.finish();
}

nlohmann::json to_json(const CodecEvaluation& e) {
  nlohmann::json rows = nlohmann::json::array();
  for (const CodecRow& r : e.rows) {
    nlohmann::json row = {
        {"codec", r.name},
        {"policy", quant::to_json(r.policy)},
        {"cer", r.cer.rate},
        {"change", changes_json(r.change, r.changes)},
        {"bytes_per_window", r.bytes_per_window},
        {"bits_per_value", r.bits_per_value},
        {"compression_of_fp16", r.compression},
        {"feature_mse", r.feature_mse},
        {"relative_mse", r.relative_mse},
        {"logit_rms", r.logit_rms},
        {"divergence", r.divergence},
        {"blank_shift", r.blank_shift},
        {"recall_at_10", r.recall},
        {"ms_per_window",
         {{"encode", r.encode_ms}, {"decode", r.decode_ms}, {"head", r.head_ms}, {"correct", r.correct_ms}}}};
    if (e.corrected) {
      row["corrected_cer"] = r.corrected_cer.rate;
      row["corrected_change"] = changes_json(r.corrected_change, r.corrected_changes);
    }
    rows.push_back(std::move(row));
  }
  return {{"bundle", e.bundle},
          {"bundle_digest", e.bundle_digest},
          {"precision", e.precision},
          {"correction", e.mode},
          {"utterances", e.utterances},
          {"windows", e.windows},
          {"feature_mean_square", e.feature_variance},
          {"codecs", std::move(rows)},
          {"failures", e.failures}};
}

}  // namespace seben::pipeline
