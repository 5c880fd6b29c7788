// SPDX-License-Identifier: Apache-2.0
#include "engine/cues.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/format.h"
#include "base/utf8.h"
#include "engine/cue_pieces.h"
#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

constexpr double kCuePause = 3.0;  // seconds between words' beginnings that end a cue which flows on: openai-whisper's

void require_positive(const char* what, double value) {
  if (value > 0.0 && std::isfinite(value)) return;
  throw Error(ErrorCategory::usage, what, "a number above 0", base::format("{}", value));
}

// Scripts that put no spaces between words.
bool is_unspaced(const std::string& text) { return !text.empty() && nko::columns(text) >= 2; }

class CueWriter {
 public:
  explicit CueWriter(const CueLimits& limits)
      : limits_(limits),
        flows_(limits.line_width && limits.line_count),
        width_(limits.line_width.value_or(std::numeric_limits<std::int64_t>::max() / 4)) {}

  void add(const Segment& segment, std::vector<CuePiece> pieces) {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      CuePiece& piece = pieces[i];
      if (i == 0) piece.space = needs_space(piece) ? " " : "";
      add(piece, segment.channel, i == 0);
    }
  }

  Cues finish() {
    end_cue();
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool needs_space(const CuePiece& piece) const {
    if (open_.lines.empty()) return false;
    const std::string& line = open_.lines.back();
    const auto before = nko::graphemes(line, "line"), behind = nko::graphemes(piece.text, "word");
    return before.empty() || !is_unspaced(before.back()) || !is_unspaced(behind.front());
  }

  void add(const CuePiece& piece, std::int32_t channel, bool first) {
    const bool begun = !open_.lines.empty();
    const bool pause = flows_ && piece.start - last_ > kCuePause;
    const bool must_end = begun && ((first && !flows_) || channel != open_.channel ||
                                    (limits_.seconds && piece.end - open_.start > *limits_.seconds));
    const std::int64_t width = nko::columns(piece.space) + piece.width;
    if (begun && !must_end && !pause && line_ + width <= width_) {
      open_.lines.back() += piece.space + piece.text;
      line_ += width;
    } else {
      const auto lines = static_cast<std::int64_t>(open_.lines.size());
      if (must_end || (begun && limits_.line_count && (pause || lines >= *limits_.line_count))) end_cue();
      if (open_.lines.empty()) begin_cue(piece, channel);
      open_.lines.push_back(piece.text);
      line_ = piece.width;
    }
    last_ = piece.start;
    open_.end = piece.end;
    estimated_end_ = !piece.measured_end;
  }

  void begin_cue(const CuePiece& piece, std::int32_t channel) {
    open_.start = piece.start;
    open_.channel = channel;
    out_.estimated = out_.estimated || !piece.measured_start;
  }

  // A single word may be said to last longer than a cue may.
  void end_cue() {
    if (open_.lines.empty()) return;
    if (limits_.seconds) open_.end = std::min(open_.end, open_.start + *limits_.seconds);
    out_.estimated = out_.estimated || estimated_end_;
    out_.cues.push_back(std::exchange(open_, {}));
  }

  const CueLimits& limits_;
  bool flows_;
  std::int64_t width_;
  Cues out_;
  Cue open_;
  std::int64_t line_ = 0;  // columns of its last line
  double last_ = 0.0;      // where the last piece began
  bool estimated_end_ = false;
};

}  // namespace

Cues make_cues(const Transcript& transcript, const CueLimits& limits) {
  if (!limits.any()) {
    Cues out;
    for (const Segment& s : transcript.segments) out.cues.push_back({s.start, s.end, {one_line(s.text)}, s.channel});
    return out;
  }
  if (limits.line_width) require_positive("line width", static_cast<double>(*limits.line_width));
  if (limits.line_count) require_positive("lines of a cue", static_cast<double>(*limits.line_count));
  if (limits.seconds) require_positive("seconds of a cue", *limits.seconds);
  CuePieces pieces(transcript, limits);
  CueWriter writer(limits);
  for (const Segment& segment : transcript.segments) writer.add(segment, pieces.of(segment));
  return writer.finish();
}

}  // namespace seben::pipeline
