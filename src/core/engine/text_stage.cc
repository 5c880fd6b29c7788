// SPDX-License-Identifier: Apache-2.0
#include "engine/text_stage.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "decode/whisper/strip.h"

namespace seben::pipeline {

TextStage::TextStage(const bundle::Bundle& bundle, TextPlan plan, const whisper::LoadOptions& load)
    : plan_(std::move(plan)),
      decoder_(std::make_shared<const whisper::IncrementalDecoder>(whisper::IncrementalDecoder::load(
          *bundle.decoder(plan_.name()).weights, bundle.decoder(plan_.name()).config, load, plan_.storage()))) {}

WhisperSegment public_segment(const generate::Segment& s) {
  WhisperSegment out;
  out.text = std::string(generate::strip(s.text));
  out.start = s.start;
  out.end = s.end;
  out.tokens = s.tokens;
  out.avg_logprob = s.avg_logprob;
  out.no_speech_prob = s.no_speech_prob;
  out.compression_ratio = s.compression_ratio;
  out.temperature = s.temperature;
  for (const generate::WordTime& w : s.words) {
    if (std::string word(generate::strip(w.text)); !word.empty()) {
      out.words.push_back(
          {std::move(word), w.start, w.end, std::log(std::max(w.probability, 1e-30)), w.probability, 0});
    }
  }
  return out;
}

Segment subtitle(const WhisperSegment& segment) {
  return {segment.text, segment.start, segment.end, std::exp(std::min(segment.avg_logprob, 0.0)), segment.channel};
}

Transcript transcript_of(const WhisperText& text) {
  Transcript out;
  out.text = text.text;
  out.windows = text.windows + text.silent_windows;
  for (const WhisperSegment& segment : text.segments) {
    out.segments.push_back(subtitle(segment));
    out.words.insert(out.words.end(), segment.words.begin(), segment.words.end());
  }
  return out;
}

}  // namespace seben::pipeline
