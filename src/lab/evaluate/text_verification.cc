// SPDX-License-Identifier: Apache-2.0
#include "evaluate/text_verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "decode/whisper/prompt.h"
#include "engine/recogniser.h"
#include "engine/text_stage.h"
#include "evaluate/deviation.h"
#include "evaluate/evaluation_windows.h"
#include "evaluate/verification_basis.h"
#include "kernels/row_ops.h"
#include "seben/error.h"
#include "seben/version.h"
#include "text/nko/metrics.h"

namespace seben::pipeline {
namespace {

// Texts are compared as a decoder writes them when nothing is drawn and no time is asked for.
TextPlan plan_of(const bundle::Bundle& bundle, WhisperOptions options, int threads) {
  options.timestamps = false;
  options.temperatures = {0.0};
  options.beam_size.reset();
  options.patience.reset();
  return {bundle, options, threads};
}

// Encoder and decoder in one arithmetic.
class TextSide {
 public:
  TextSide(const bundle::Bundle& bundle, TextPlan plan, kernels::Precision precision, int threads)
      : recogniser_(bundle, {precision, threads, {}, false, nullptr, false}),
        memory_(recogniser_.make_memory()),
        stage_(bundle, std::move(plan), {precision, threads, {}}),
        decoder_(stage_.make_decoder()),
        decode_(stage_.plan().transcribe_options().decode) {}

  std::span<const float> encode(std::span<const float> samples) {
    Timings unused;
    const auto features = recogniser_.encode(samples, stage_.plan().framing().padding, *memory_, unused);
    decoder_.encode(features, frames(), decode_.threads);
    return features;
  }
  [[nodiscard]] generate::DecodeResult write() { return decoder_.decode(decode_); }

  // Log-probabilities [tokens, vocabulary] of each token of a text, given those before it.
  [[nodiscard]] std::vector<float> score(const generate::DecodeResult& text) {
    generate::DecodeOptions options = decode_;
    generate::Prompt prompt = generate::build_prompt(decoder_.tokenizer(), decoder_.limits(), text.language, options);
    std::vector<std::int64_t> rows;
    for (std::size_t i = 0; i < text.tokens.size(); ++i) {
      rows.push_back(static_cast<std::int64_t>(prompt.tokens.size() + i) - 1);
    }
    prompt.tokens.insert(prompt.tokens.end(), text.tokens.begin(), text.tokens.end());
    std::vector<float> out;
    whisper::PromptRequest request;
    request.rows = rows;
    request.logits = [&](std::int64_t, std::span<float> logits) {
      kernels::row_ops().log_softmax(logits.data(), static_cast<std::int64_t>(logits.size()));
      out.insert(out.end(), logits.begin(), logits.end());
    };
    decoder_.force(prompt.tokens, request, decode_.threads);
    return out;
  }

  [[nodiscard]] const std::string& name() const noexcept { return stage_.plan().name(); }

 private:
  [[nodiscard]] std::int64_t frames() const { return recogniser_.encoder().config().positions; }

  Recogniser recogniser_;
  std::unique_ptr<WindowMemory> memory_;
  TextStage stage_;
  generate::TextDecoder decoder_;
  generate::DecodeOptions decode_;
};

double cer(const std::vector<nko::EditCounts>& counts) { return nko::error_rate(counts, 0).rate; }

void append(std::string& text, const std::string& more) {
  if (!text.empty() && !more.empty() && text.back() != ' ' && more.front() != ' ') text += ' ';
  text += more;
}

// Both sides over one window: what they write, and how far their log-probabilities are apart.
void compare(TextSide& reference, TextSide& other, std::span<const float> samples, Deviation& deviation,
             std::string& before, std::string& after) {
  deviation.add_features(reference.encode(samples), other.encode(samples));
  const generate::DecodeResult expected = reference.write(), found = other.write();
  const std::vector<float> before_scores = reference.score(expected), after_scores = other.score(expected);
  deviation.add_log_probs(before_scores, after_scores);
  for (std::size_t i = 0; i < expected.tokens.size(); ++i) {  // however improbable what was written is
    const std::size_t at =
        i * before_scores.size() / expected.tokens.size() + static_cast<std::size_t>(expected.tokens[i]);
    deviation.add_log_prob(before_scores[at], after_scores[at]);
  }
  append(before, expected.text);
  append(after, found.text);
}

}  // namespace

bundle::PrecisionRecord measure_text_precision(const bundle::Bundle& bundle, const WhisperOptions& options,
                                               const std::string& precision, const std::vector<EvalRow>& rows,
                                               const PrecisionGates& gates, int threads, const RowProgress& progress,
                                               const bundle::Bundle* against) {
  const auto wanted = kernels::parse_precision(precision);
  const bundle::TextDecoder& decoder = bundle.decoder(options.decoder);
  const bool coded = !bundle.weight_codec(decoder).empty();
  if (!wanted || (!coded && *wanted == kernels::Precision::f32)) {
    throw Error(ErrorCategory::usage, "precision", coded ? "f32, bf16 or int8" : "bf16 or int8", precision);
  }
  require_encoder(bundle);
  const bundle::Bundle& source = coded ? source_of(bundle, against, &decoder.entry->name) : bundle;
  require_enough(rows, gates.basis);
  TextSide reference(source, plan_of(source, options, threads), kernels::Precision::f32, threads),
      other(bundle, plan_of(bundle, options, threads), *wanted, threads);
  Deviation deviation;
  std::vector<nko::EditCounts> before, after;
  bundle::PrecisionRecord record;
  for (const EvalRow& row : rows) {
    std::string expected, found;
    for_each_window(row.audio, 0, [&](const audio::Window& w) {
      compare(reference, other, w.samples.first(w.valid), deviation, expected, found);
    });
    before.push_back(nko::count_edits(row.reference, expected, nko::Unit::code_point));
    after.push_back(nko::count_edits(row.reference, found, nko::Unit::code_point));
    record.outputs_changed += expected == found ? 0 : 1;
    if (progress) progress(before.size(), rows.size());
  }
  record.precision = bundle.precision_name(decoder, *wanted);
  record.gates = gates_of(coded ? gates.weights : gates.arithmetic, deviation, cer(after) - cer(before));
  std::ranges::copy(bundle::gates_of(basis_of(rows, cer(before)), gates.basis), std::back_inserter(record.gates));
  record.evaluation = fmt::format("decoder {}: {} recordings, CER {:.4f} in f32 and {:.4f} in {}", reference.name(),
                                  rows.size(), cer(before), cer(after), record.precision);
  record.utterances = static_cast<std::int64_t>(rows.size());
  record.tool = "seben " SEBEN_VERSION;
  return record;
}

}  // namespace seben::pipeline
