// SPDX-License-Identifier: Apache-2.0
#include "engine/alignment_writers.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "base/rounded.h"
#include "engine/cue_pieces.h"
#include "seben/version.h"

namespace seben::pipeline {
namespace {

// Words in their order, other speech where it was.
std::string table(const Alignment& a) {
  std::string out = "start\tend\tconfidence\tword\n";
  auto other = a.others.begin();
  for (const AlignedWord& w : a.words) {
    for (; w.spoken && other != a.others.end() && other->start < w.start; ++other) {
      out += base::format("{:.3f}\t{:.3f}\t\t[{}]\n", other->start, other->end, one_line(other->text));
    }
    out += w.spoken ? base::format("{:.3f}\t{:.3f}\t{:.3f}\t{}\n", w.start, w.end, w.confidence, one_line(w.text))
                    : base::format("\t\t\t{}\n", one_line(w.text));
  }
  for (; other != a.others.end(); ++other) {
    out += base::format("{:.3f}\t{:.3f}\t\t[{}]\n", other->start, other->end, one_line(other->text));
  }
  return out;
}

std::string json_of(const Alignment& a, const std::string& source) {
  nlohmann::ordered_json words = nlohmann::ordered_json::array(), others = nlohmann::ordered_json::array();
  for (const AlignedWord& w : a.words) {
    words.push_back({{"text", w.text}, {"line", w.line}, {"spoken", w.spoken}});
    if (!w.spoken) continue;
    words.back().update({{"start", base::rounded(w.start, 1e3)},
                         {"end", base::rounded(w.end, 1e3)},
                         {"confidence", base::rounded(w.confidence, 1e4)},
                         {"log_prob", base::rounded(w.log_prob, 1e4)}});
  }
  for (const OtherSpeech& o : a.others) {
    others.push_back({{"text", o.text}, {"start", base::rounded(o.start, 1e3)}, {"end", base::rounded(o.end, 1e3)}});
  }
  const nlohmann::ordered_json out{{"seben", SEBEN_VERSION},
                                   {"source", source},
                                   {"bundle", a.bundle},
                                   {"precision", a.precision},
                                   {"audio_seconds", base::rounded(a.audio_seconds, 1e3)},
                                   {"windows", a.windows},
                                   {"score", base::rounded(a.score, 1e4)},
                                   {"words", std::move(words)},
                                   {"others", std::move(others)},
                                   {"warnings", a.warnings},
                                   {"timings",
                                    {{"encoder", base::rounded(a.timings.encoder, 1e6)},
                                     {"head", base::rounded(a.timings.head, 1e6)},
                                     {"align", base::rounded(a.timings.decode, 1e6)}}}};
  return out.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// For the writers of subtitles.
Transcript spoken_lines(const Alignment& a) {
  Transcript out;
  out.segments = a.lines;
  for (const AlignedWord& w : a.words) {
    if (w.spoken) out.words.push_back({w.text, w.start, w.end, w.log_prob, w.confidence, 0});
  }
  return out;
}

}  // namespace

std::string write_alignment(const Alignment& alignment, Format format, const std::string& source,
                            const Layout& layout) {
  switch (format) {
    case Format::json: return json_of(alignment, source);
    case Format::srt:
    case Format::vtt: return write(spoken_lines(alignment), format, source, layout);
    default: return table(alignment);
  }
}

}  // namespace seben::pipeline
