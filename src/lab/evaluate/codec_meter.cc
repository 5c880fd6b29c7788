// SPDX-License-Identifier: Apache-2.0
#include "evaluate/codec_meter.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evaluate/codec_eval.h"

namespace seben::pipeline {
namespace {

constexpr std::size_t kStored = 3000;  // frames that are searched
constexpr std::int64_t kEvery = 7;     // frames; their neighbours are much like them
constexpr std::size_t kQueries = 150;
constexpr std::size_t kNearest = 10;

double wide(float x) { return static_cast<double>(x); }

void append_unit(std::vector<float>& to, const float* frame, std::int64_t dim) {
  double square = 0.0;
  for (std::int64_t i = 0; i < dim; ++i) square += wide(frame[i]) * wide(frame[i]);
  const double scale = square > 0.0 ? 1.0 / std::sqrt(square) : 0.0;
  for (std::int64_t i = 0; i < dim; ++i) to.push_back(static_cast<float>(wide(frame[i]) * scale));
}

float dot(const float* a, const float* b, std::int64_t n) {
  float lanes[16] = {};
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (std::int64_t k = 0; k < 16; ++k) lanes[k] += a[i + k] * b[i + k];
  }
  for (; i < n; ++i) lanes[0] += a[i] * b[i];
  return std::accumulate(lanes, lanes + 16, 0.0F);
}

std::vector<std::size_t> nearest(const std::vector<float>& stored, const float* query, std::size_t own,
                                 std::int64_t dim) {
  std::vector<std::pair<float, std::size_t>> scores;
  for (std::size_t i = 0; i * static_cast<std::size_t>(dim) < stored.size(); ++i) {
    if (i != own) scores.emplace_back(-dot(stored.data() + i * static_cast<std::size_t>(dim), query, dim), i);
  }
  const auto count = static_cast<std::ptrdiff_t>(std::min(kNearest, scores.size()));
  std::partial_sort(scores.begin(), scores.begin() + count, scores.end());
  std::vector<std::size_t> out;
  for (std::ptrdiff_t i = 0; i < count; ++i) out.push_back(scores[static_cast<std::size_t>(i)].second);
  std::ranges::sort(out);
  return out;
}

}  // namespace

void CodecMeter::add_features(std::span<const float> features, std::span<const float> restored, std::int64_t dim,
                              std::int64_t heard, std::size_t bytes) {
  dim_ = dim;
  ++windows_;
  bytes_ += static_cast<double>(bytes);
  for (std::size_t i = 0; i < features.size(); ++i) {
    const double f = wide(features[i]), e = wide(restored[i]) - f;
    square_ += f * f;
    squared_error_ += e * e;
  }
  values_ += static_cast<std::int64_t>(features.size());
  for (std::int64_t t = (windows_ * 5) % kEvery; t < heard && stored_.size() < kStored * static_cast<std::size_t>(dim);
       t += kEvery) {
    append_unit(stored_, features.data() + t * dim, dim);
    append_unit(coded_, restored.data() + t * dim, dim);
  }
}

void CodecMeter::add_log_probs(ctc::LogProbsView reference, ctc::LogProbsView found, std::int64_t blank) {
  constexpr float kSerious = -6.9F;  // a probability of 1e-3
  divergence_ += ctc::divergence(reference, found);
  for (std::int64_t t = 0; t < reference.frames; ++t) {
    const auto p = reference.row(t), q = found.row(t);
    for (std::size_t c = 0; c < p.size(); ++c) {
      if (p[c] < kSerious && q[c] < kSerious) continue;
      const double d = std::max(-100.0, wide(q[c])) - std::max(-100.0, wide(p[c]));
      logit_square_ += d * d;
      ++logits_;
    }
    const auto b = static_cast<std::size_t>(blank);
    blank_ += std::exp(wide(q[b])) - std::exp(wide(p[b]));
  }
  frames_ += reference.frames;
}

double CodecMeter::mean_square() const { return square_ / static_cast<double>(values_); }

double CodecMeter::recall() const {
  const std::size_t count = stored_.size() / static_cast<std::size_t>(dim_);
  if (count <= kNearest) return 1.0;
  const std::size_t step = std::max<std::size_t>(1, count / kQueries);
  double found = 0.0, all = 0.0;
  for (std::size_t q = 0; q < count; q += step) {
    // Exact queries against stored codes, as an index is used.
    const float* query = stored_.data() + q * static_cast<std::size_t>(dim_);
    const auto exact = nearest(stored_, query, q, dim_), coded = nearest(coded_, query, q, dim_);
    std::vector<std::size_t> both;
    std::ranges::set_intersection(exact, coded, std::back_inserter(both));
    found += static_cast<double>(both.size());
    all += static_cast<double>(exact.size());
  }
  return found / all;
}

void CodecMeter::finish(CodecRow& row) const {
  const auto values = static_cast<double>(values_), frames = static_cast<double>(frames_);
  row.bytes_per_window = bytes_ / static_cast<double>(windows_);
  row.bits_per_value = 8.0 * bytes_ / values;
  row.compression = 2.0 * values / bytes_;
  row.feature_mse = squared_error_ / values;
  row.relative_mse = squared_error_ / std::max(square_, 1e-300);
  row.logit_rms = std::sqrt(logit_square_ / static_cast<double>(std::max<std::int64_t>(1, logits_)));
  row.divergence = divergence_ / frames;
  row.blank_shift = blank_ / frames;
  row.recall = recall();
}

}  // namespace seben::pipeline
