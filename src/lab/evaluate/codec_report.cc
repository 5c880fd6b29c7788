// SPDX-License-Identifier: Apache-2.0
// The table and the page of a codec evaluation.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evaluate/codec_eval.h"
#include "evaluate/mode_plots.h"
#include "evaluate/verification.h"
#include "report/html.h"
#include "seben/version.h"

namespace seben::pipeline {
namespace {

using report::ColumnKind;

std::string points(const nko::RateChange& c) {
  return fmt::format("{:+.2f} ({:+.2f} to {:+.2f})", 100 * c.change, 100 * c.low, 100 * c.high);
}

// What a gate allows (docs/quantization.md).
constexpr double kFree = PrecisionLimits{}.cer_change;

report::Outcome verdict_of(const nko::RateChange& c) {
  if (c.high <= kFree) return report::Outcome::good;
  return c.low > kFree ? report::Outcome::bad : report::Outcome::unclear;
}

// f32 is what the others are measured against.
bool is_reference(const CodecEvaluation& e, const CodecRow& r) { return &r == &e.rows.front(); }

report::Cell name_cell(const CodecEvaluation& e, const CodecRow& r, const nko::RateChange& change) {
  return is_reference(e, r) ? report::Cell(r.name) : report::Cell(verdict_of(change), r.name);
}

std::string scientific(double value, int decimals) {
  return value == 0.0 ? "0" : fmt::format("{:.{}e}", value, decimals);
}

std::string tally(const CodecChanges& c) { return fmt::format("{}/{}/{}", c.better, c.same, c.worse); }

// One of bare texts and one of corrected ones, so that neither is cut off on a narrow screen.
report::Table text_table(const CodecEvaluation& e, bool corrected, const std::string& caption) {
  report::Table t{{{"codec"},
                   {"bits a value", ColumnKind::number},
                   {"of fp16", ColumnKind::number},
                   {corrected ? "corrected CER %" : "CER %", ColumnKind::number},
                   {"change, points (95 %)", ColumnKind::number},
                   {"texts changed", ColumnKind::number},
                   {"better/same/worse", ColumnKind::number}},
                  {},
                  caption};
  for (const CodecRow& r : e.rows) {
    const nko::RateChange& change = corrected ? r.corrected_change : r.change;
    const CodecChanges& changes = corrected ? r.corrected_changes : r.changes;
    const bool other = !is_reference(e, r);
    t.rows.push_back({name_cell(e, r, change), fmt::format("{:.3f}", r.bits_per_value),
                      fmt::format("{:.2f}x", r.compression), percent((corrected ? r.corrected_cer : r.cer).rate),
                      other ? points(change) : "", other ? std::to_string(changes.changed) : "",
                      other ? tally(changes) : ""});
  }
  return t;
}

// The fewest bits whose texts, corrected ones included, surely stay within what a gate allows.
void sum_up(report::Page& page, const CodecEvaluation& e) {
  const CodecRow* best = nullptr;
  for (const CodecRow& r : e.rows) {
    const bool good = verdict_of(r.change) == report::Outcome::good &&
                      (!e.corrected || verdict_of(r.corrected_change) == report::Outcome::good);
    if (!is_reference(e, r) && good && (best == nullptr || r.bits_per_value < best->bits_per_value)) best = &r;
  }
  if (e.rows.size() < 2) return;
  if (best == nullptr) {
    page.verdict(report::Outcome::unclear,
                 fmt::format("No codec surely keeps the error rate within {:.1f} points of that of f32.", 100 * kFree));
    return;
  }
  page.verdict(
      report::Outcome::good,
      fmt::format("{} keeps the error rate within {:.1f} points at the fewest bits: {:.2f} a value, change {}.",
                  best->name, 100 * kFree, best->bits_per_value, points(best->change)));
}

report::Table figure_table(const CodecEvaluation& e) {
  report::Table t{
      {{"codec"},
       {"kB a window", ColumnKind::number},
       {"feature MSE", ColumnKind::number},
       {"relative", ColumnKind::number},
       {"logit RMS", ColumnKind::number},
       {"divergence, nats", ColumnKind::number},
       {"blank shift", ColumnKind::number},
       {"recall@10", ColumnKind::number},
       {"encode ms", ColumnKind::number},
       {"decode ms", ColumnKind::number},
       {"head ms", ColumnKind::number},
       {"ranker ms", ColumnKind::number}},
      {},
      "Times are of one window in this run. Recall: of the ten stored frames nearest to a frame by cosine, how "
      "many are found when the stored ones went through the codec."};
  for (const CodecRow& r : e.rows) {
    t.rows.push_back(
        {r.name, fmt::format("{:.0f}", r.bytes_per_window / 1000), fmt::format("{:.3g}", r.feature_mse),
         fmt::format("{:.3g}", r.relative_mse), fmt::format("{:.3f}", r.logit_rms), scientific(r.divergence, 2),
         fmt::format("{:+.5f}", r.blank_shift), fmt::format("{:.3f}", r.recall), fmt::format("{:.2f}", r.encode_ms),
         fmt::format("{:.2f}", r.decode_ms), fmt::format("{:.1f}", r.head_ms), fmt::format("{:.2f}", r.correct_ms)});
  }
  return t;
}

// Codecs of a family make a line over the rate.
std::string family(const CodecRow& r) {
  if (r.policy.assignment != quant::Assignment::uniform) return std::string(to_string(r.policy.assignment));
  switch (r.policy.codecs.front().kind) {
    case quant::CodecKind::affine: return "affine";
    case quant::CodecKind::turbo: return r.policy.codecs.front().inner_product ? "turbo (ip)" : "turbo";
    default: return "";
  }
}

template <typename Value>
std::vector<report::LinePlot::Series> by_family(const CodecEvaluation& e, Value value) {
  std::vector<report::LinePlot::Series> series;
  for (const CodecRow& r : e.rows) {
    const std::string name = family(r);
    if (name.empty()) continue;
    auto at = std::ranges::find(series, name, &report::LinePlot::Series::name);
    if (at == series.end()) at = series.insert(series.end(), {name, {}, false});
    at->points.push_back({r.bits_per_value, value(r)});
  }
  for (auto& s : series) std::ranges::sort(s.points, {}, &report::LinePlot::Point::x);
  return series;
}

// The best of agp against the baselines that take no more bytes.
void judge(report::Page& page, const CodecEvaluation& e) {
  std::vector<std::string> lines;
  for (const CodecRow& a : e.rows) {
    if (a.policy.assignment != quant::Assignment::agp) continue;
    for (const CodecRow& b : e.rows) {
      if (&a == &b || b.policy.assignment == quant::Assignment::agp ||
          b.policy.codecs.front().kind == quant::CodecKind::f32)
        continue;
      if (b.bits_per_value > a.bits_per_value * 1.02 || b.bits_per_value < a.bits_per_value * 0.9) continue;
      const auto word = [](double x, double y) { return x < y ? "fewer" : x > y ? "more" : "as many"; };
      lines.push_back(fmt::format(
          "{} ({:.2f} bits) against {} ({:.2f} bits): divergence {:.2e} and {:.2e}; texts changed {} and {}: {} for "
          "anticipation geometry.",
          a.name, a.bits_per_value, b.name, b.bits_per_value, a.divergence, b.divergence, a.changes.changed,
          b.changes.changed, word(static_cast<double>(a.changes.changed), static_cast<double>(b.changes.changed))));
    }
  }
  if (lines.empty()) return;
  page.heading("Does anticipation geometry win at equal bytes?").list(lines);
}

}  // namespace

std::string codec_table(const CodecEvaluation& e) {
  std::string out = fmt::format("{:<28} {:>7} {:>7} {:>6} {:>24} {:>7} {:>13}", "codec", "bits", "of fp16", "CER %",
                                "change, points", "changed", "better/s/w");
  if (e.corrected)
    out += fmt::format(" {:>6} {:>24} {:>7} {:>13}", "corr %", "change, points", "changed", "better/s/w");
  out += fmt::format(" {:>9} {:>8} {:>9} {:>9} {:>6} {:>7} {:>7}\n", "MSE", "logits", "diverg.", "blank", "rec@10",
                     "enc ms", "dec ms");
  for (const CodecRow& r : e.rows) {
    out += fmt::format("{:<28} {:>7.3f} {:>6.2f}x {:>6.2f} {:>24} {:>7} {:>13}", r.name, r.bits_per_value,
                       r.compression, 100 * r.cer.rate, points(r.change), r.changes.changed, tally(r.changes));
    if (e.corrected) {
      out += fmt::format(" {:>6.2f} {:>24} {:>7} {:>13}", 100 * r.corrected_cer.rate, points(r.corrected_change),
                         r.corrected_changes.changed, tally(r.corrected_changes));
    }
    out += fmt::format(" {:>9.3g} {:>8.4f} {:>9.2e} {:>+9.5f} {:>6.3f} {:>7.2f} {:>7.2f}\n", r.feature_mse, r.logit_rms,
                       r.divergence, r.blank_shift, r.recall, r.encode_ms, r.decode_ms);
  }
  return out;
}

std::string codec_page(const CodecEvaluation& e, const std::string& manifest) {
  report::Page page("Feature codecs of " + e.bundle);
  page.paragraph(
      fmt::format("{} recordings of {} ({} windows), encoder in {}, correction {}. The encoder ran once a window; "
                  "every codec stored "
                  "and restored the same features before the head. Mean square of the features: {:.3f}.",
                  e.utterances, manifest, e.windows, e.precision, e.mode, e.feature_variance));
  if (!e.failures.empty()) {
    page.warning(fmt::format("{} recordings could not be transcribed and are in no figure.", e.failures.size()))
        .list(e.failures);
  }
  sum_up(page, e);
  page.heading("What the text loses")
      .paragraph(fmt::format("\u2713: the error rate rises by at most {0:.1f} points at the upper end of the interval. "
                             "\u2717: by more at its lower end. ?: these recordings do not decide it.",
                             100 * kFree))
      .table(text_table(e, false,
                        "Changes are from f32, paired over the same utterances. Compression is fp16 bytes over stored "
                        "bytes."));
  if (e.corrected) page.table(text_table(e, true, "The same after correction in the mode " + e.mode + "."));
  page.heading("Rate and error");
  report::LinePlot cer{"Error rate over rate",
                       "bits a value",
                       {{"CER, %", by_family(e, [](const CodecRow& r) { return 100 * r.cer.rate; })}},
                       {}};
  if (e.corrected) {
    cer.panels.push_back(
        {"corrected CER, %", by_family(e, [](const CodecRow& r) { return 100 * r.corrected_cer.rate; })});
  }
  cer.panels.push_back(
      {"texts changed", by_family(e, [](const CodecRow& r) { return static_cast<double>(r.changes.changed); })});
  page.figure(draw(cer), "f32 is the level that the lines approach.");
  report::LinePlot distortion{
      "Distortion over rate",
      "bits a value",
      {{"feature error, dB", by_family(e, [](const CodecRow& r) { return 10 * std::log10(r.relative_mse); })},
       {"divergence of the decode, dB of a nat",
        by_family(e, [](const CodecRow& r) { return 10 * std::log10(std::max(1e-12, r.divergence)); })}},
      {}};
  page.figure(draw(distortion), "A bit more is worth 6 dB of feature error in the limit.");
  judge(page, e);
  page.heading("All figures").table(figure_table(e));
  for (const CodecRow& r : e.rows) {
    if (r.policy.assignment == quant::Assignment::agp)
      page.note(r.name + ": " + quant::name_of(r.policy) + ", fitted on " + r.policy.fitted);
  }
  page.paragraph("seben " SEBEN_VERSION ", bundle " + e.bundle_digest);
  return page.str();
}

}  // namespace seben::pipeline
