// SPDX-License-Identifier: Apache-2.0
#include "engine/result.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

constexpr double kPause = 0.8;       // seconds between words that end a segment
constexpr double kLongest = 7.0;     // seconds of a segment
constexpr std::size_t kWidest = 42;  // characters of a segment, as subtitles have them

std::size_t length(const std::string& text) { return nko::decode_utf8(text, "transcript").size(); }

}  // namespace

void ResultBuilder::add(const std::vector<ctc::Symbol>& symbols) {
  for (const ctc::Symbol& symbol : symbols) add_one(symbol);
}

void ResultBuilder::add_one(const ctc::Symbol& symbol) {
  Character c;
  c.text = vocabulary_.text(symbol.label);
  const auto [start, end] = times_.of(symbol.first_frame, symbol.last_frame + 1);
  c.start = start;
  c.end = end;
  c.log_prob = static_cast<double>(symbol.log_prob);
  c.confidence = static_cast<double>(symbol.confidence);
  if (symbol.label == vocabulary_.space()) {
    end_word();
    if (!out_.words.empty() && space_.empty()) space_.push_back(std::move(c));
    return;
  }
  for (Character& space : space_) {
    out_.text += space.text;
    out_.characters.push_back(std::move(space));
    word_begin_ = out_.characters.size();
  }
  space_.clear();
  out_.text += c.text;
  out_.characters.push_back(std::move(c));
  posterior_ = std::min(posterior_, static_cast<double>(symbol.posterior));
}

void ResultBuilder::end_word() {
  if (word_begin_ == out_.characters.size()) return;
  Word word;
  word.start = out_.characters[word_begin_].start;
  word.end = out_.characters.back().end;
  double log_confidence = 0.0;
  for (std::size_t i = word_begin_; i < out_.characters.size(); ++i) {
    const Character& c = out_.characters[i];
    word.text += c.text;
    word.log_prob += c.log_prob;
    log_confidence += std::log(std::max(c.confidence, 1e-30));
  }
  word.confidence = std::exp(log_confidence / static_cast<double>(out_.characters.size() - word_begin_));
  if (posterior_ >= 0.0) word.posterior = posterior_;
  posterior_ = 1.0;
  word_begin_ = out_.characters.size();
  if (segment_begin_ < out_.words.size()) {
    std::size_t width = length(word.text);
    for (std::size_t i = segment_begin_; i < out_.words.size(); ++i) width += length(out_.words[i].text) + 1;
    const bool pause = word.start - out_.words.back().end >= kPause;
    if (pause || width > kWidest || word.end - out_.words[segment_begin_].start > kLongest) end_segment();
  }
  out_.words.push_back(std::move(word));
}

void ResultBuilder::end_segment() {
  if (segment_begin_ == out_.words.size()) return;
  Segment segment;
  segment.start = out_.words[segment_begin_].start;
  segment.end = out_.words.back().end;
  double log_confidence = 0.0;
  for (std::size_t i = segment_begin_; i < out_.words.size(); ++i) {
    if (!segment.text.empty()) segment.text += ' ';
    segment.text += out_.words[i].text;
    log_confidence += std::log(std::max(out_.words[i].confidence, 1e-30));
  }
  segment.confidence = std::exp(log_confidence / static_cast<double>(out_.words.size() - segment_begin_));
  segment_begin_ = out_.words.size();
  out_.segments.push_back(segment);
  if (on_segment_) on_segment_(segment);
}

Transcript ResultBuilder::finish() {
  end_word();
  end_segment();
  space_.clear();
  word_begin_ = segment_begin_ = 0;
  return std::exchange(out_, {});
}

}  // namespace seben::pipeline
