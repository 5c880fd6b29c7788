// SPDX-License-Identifier: Apache-2.0
#include "evaluate/text_verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "evaluate/deviation.h"
#include "evaluate/evaluation_windows.h"
#include "evaluate/text_side.h"
#include "evaluate/verification_basis.h"
#include "seben/error.h"
#include "seben/version.h"
#include "text/nko/metrics.h"

namespace seben::pipeline {
namespace {

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
  TextSide reference(source, text_plan(source, options, threads), kernels::Precision::f32, threads),
      other(bundle, text_plan(bundle, options, threads), *wanted, threads);
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
