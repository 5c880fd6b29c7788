// SPDX-License-Identifier: Apache-2.0
#include "codecs/feature_codec.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/format.h"
#include "codecs/splitmix.h"
#include "seben/error.h"

namespace seben::quant {
namespace {

constexpr std::int64_t kGroup = AgpPartition::kGroup;

std::int64_t groups_of(std::int64_t frames) { return (frames + kGroup - 1) / kGroup; }

double energy(std::span<const float> frames) {
  double sum = 0.0;
  for (const float v : frames) sum += static_cast<double>(v) * static_cast<double>(v);
  return sum / static_cast<double>(frames.size());
}

// The same labels, as often, in the order that `rank` (smallest first) gives: the cheapest codec to the lowest ranks.
std::vector<FrameClass> deal(const std::vector<FrameClass>& labels, const std::vector<double>& rank,
                             const FeatureCodec& codec) {
  std::vector<FrameClass> cheap = labels;
  std::ranges::stable_sort(
      cheap, [&](FrameClass a, FrameClass b) { return codec.of(a).frame_bytes() < codec.of(b).frame_bytes(); });
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // A short last group keeps its place: elsewhere it would change the bytes.
  const auto last = order.end() - (order.empty() ? 0 : 1);
  std::stable_sort(order.begin(), last, [&](std::size_t a, std::size_t b) { return rank[a] < rank[b]; });
  std::vector<FrameClass> out = labels;
  if (labels.empty()) return out;
  cheap.erase(std::ranges::find(cheap, labels.back()));
  for (std::size_t i = 0; i < cheap.size(); ++i) out[order[i]] = cheap[i];
  return out;
}

}  // namespace

FeatureCodec::FeatureCodec(FeaturePolicy policy, std::int64_t dim, const std::string& where)
    : policy_(std::move(policy)), dim_(dim) {
  for (std::size_t i = 0; i < kFrameClasses; ++i) {
    for (std::size_t j = 0; j < i && !codecs_[i]; ++j) {
      if (policy_.codecs[j] == policy_.codecs[i]) codecs_[i] = codecs_[j];
    }
    if (!codecs_[i]) codecs_[i] = make_codec(policy_.codecs[i], dim, where);
  }
}

std::vector<std::byte> FeatureCodec::encode_block(std::span<const float> frames, std::span<const FrameClass> labels,
                                                  const std::string& where) const {
  const auto width = static_cast<std::size_t>(dim_);
  const auto count = static_cast<std::int64_t>(frames.size() / width);
  if (!mixed()) {
    std::vector<std::byte> out(static_cast<std::size_t>(count) * codecs_.front()->frame_bytes());
    codecs_.front()->encode(frames, out, where);
    return out;
  }
  if (static_cast<std::int64_t>(labels.size()) != groups_of(count)) {
    throw Error(ErrorCategory::internal, "encode_block", base::format("{} labels", groups_of(count)),
                std::to_string(labels.size()));
  }
  std::size_t total = (labels.size() + 3) / 4;
  for (std::size_t g = 0; g < labels.size(); ++g) {
    total += static_cast<std::size_t>(std::min(kGroup, count - static_cast<std::int64_t>(g) * kGroup)) *
             of(labels[g]).frame_bytes();
  }
  std::vector<std::byte> out(total, std::byte{0});
  std::size_t at = (labels.size() + 3) / 4;
  for (std::size_t g = 0; g < labels.size(); ++g) {
    out[g / 4] |= static_cast<std::byte>(static_cast<unsigned>(labels[g]) << (2 * (g % 4)));
    const auto first = g * static_cast<std::size_t>(kGroup);
    const std::size_t n = std::min<std::size_t>(kGroup, static_cast<std::size_t>(count) - first);
    const FrameCodec& codec = of(labels[g]);
    codec.encode(frames.subspan(first * width, n * width), std::span(out).subspan(at, n * codec.frame_bytes()), where);
    at += n * codec.frame_bytes();
  }
  return out;
}

void FeatureCodec::decode_block(std::span<const std::byte> bytes, std::int64_t frames, std::vector<float>& out,
                                const std::string& where) const {
  const auto width = static_cast<std::size_t>(dim_), n = static_cast<std::size_t>(frames), before = out.size();
  const auto refuse = [&](std::size_t expected) {
    throw Error(ErrorCategory::bad_data, where, base::format("{} bytes for {} frames", expected, frames),
                base::format("{} bytes", bytes.size()));
  };
  if (!mixed()) {
    if (bytes.size() != n * codecs_.front()->frame_bytes()) refuse(n * codecs_.front()->frame_bytes());
    out.resize(before + n * width);
    codecs_.front()->decode(bytes, std::span(out).subspan(before));
    return;
  }
  const auto groups = static_cast<std::size_t>(groups_of(frames)), tags = (groups + 3) / 4;
  if (bytes.size() < tags) refuse(tags);
  const auto label = [&](std::size_t g) {
    return static_cast<FrameClass>((static_cast<unsigned>(bytes[g / 4]) >> (2 * (g % 4))) & 3U);
  };
  const auto in_group = [&](std::size_t g) {
    return std::min<std::size_t>(kGroup, n - g * static_cast<std::size_t>(kGroup));
  };
  std::size_t total = tags;
  for (std::size_t g = 0; g < groups; ++g) total += in_group(g) * of(label(g)).frame_bytes();
  if (bytes.size() != total) refuse(total);
  out.resize(before + n * width);
  std::size_t at = tags;
  for (std::size_t g = 0; g < groups; ++g) {
    const FrameCodec& codec = of(label(g));
    const std::size_t size = in_group(g) * codec.frame_bytes();
    codec.decode(bytes.subspan(at, size),
                 std::span(out).subspan(before + g * static_cast<std::size_t>(kGroup) * width, in_group(g) * width));
    at += size;
  }
}

FeatureEncoder::FeatureEncoder(const FeatureCodec& codec, std::string where) : codec_(codec), where_(std::move(where)) {
  if (codec.mixed()) partition_.emplace(codec.dim(), codec.policy().thresholds);
}

void FeatureEncoder::emit(std::int64_t frames, std::span<const FrameClass> labels, bool window_end) {
  const auto values = static_cast<std::size_t>(frames * codec_.dim());
  blocks_.push_back({frames, window_end, codec_.encode_block(std::span(pending_).first(values), labels, where_)});
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(values));
}

void FeatureEncoder::push(std::span<const float> frames) {
  if (frames.size() % static_cast<std::size_t>(codec_.dim()) != 0) {
    throw Error(ErrorCategory::internal, "FeatureEncoder", "whole frames", std::to_string(frames.size()) + " values");
  }
  pending_.insert(pending_.end(), frames.begin(), frames.end());
  if (!partition_) {
    if (!frames.empty()) emit(static_cast<std::int64_t>(pending_.size()) / codec_.dim(), {}, false);
    return;
  }
  partition_->push(frames);
  if (codec_.policy().assignment != Assignment::agp) return;  // the baselines see the whole window first
  const auto& labels = partition_->labels();
  const auto ready = static_cast<std::int64_t>(labels.size());
  if (ready == done_groups_) return;
  const auto fresh = std::span(labels).subspan(static_cast<std::size_t>(done_groups_));
  const std::int64_t count = (ready - done_groups_) * kGroup;
  done_groups_ = ready;
  emit(count, fresh, false);
}

void FeatureEncoder::emit_whole_window() {
  std::vector<FrameClass> labels = partition_->labels();
  std::vector<double> rank;
  SplitMix random(codec_.policy().seed + static_cast<std::uint64_t>(done_windows_));
  const auto step = static_cast<std::size_t>(kGroup * codec_.dim());
  for (std::size_t first = 0; first < pending_.size(); first += step) {
    rank.push_back(codec_.policy().assignment == Assignment::random
                       ? random.uniform()
                       : energy(std::span(pending_).subspan(first, std::min(step, pending_.size() - first))));
  }
  emit(static_cast<std::int64_t>(pending_.size()) / codec_.dim(), deal(labels, rank, codec_), true);
}

void FeatureEncoder::end_window() {
  if (!partition_) {
    if (!blocks_.empty() && !blocks_.back().window_end) {
      blocks_.back().window_end = true;
    } else {
      emit(0, {}, true);
    }
    return;
  }
  partition_->finish();
  if (codec_.policy().assignment == Assignment::agp) {
    emit(static_cast<std::int64_t>(pending_.size()) / codec_.dim(),
         std::span(partition_->labels()).subspan(static_cast<std::size_t>(done_groups_)), true);
  } else {
    emit_whole_window();
  }
  partition_->reset();
  done_groups_ = 0;
  ++done_windows_;
}

std::vector<FeatureEncoder::Block> FeatureEncoder::take() { return std::exchange(blocks_, {}); }

std::size_t restore_window(const FeatureCodec& codec, std::span<float> frames, const std::string& where) {
  FeatureEncoder encoder(codec, where);
  encoder.push(frames);
  encoder.end_window();
  std::vector<float> restored;
  restored.reserve(frames.size());
  std::size_t bytes = 0;
  for (const FeatureEncoder::Block& block : encoder.take()) {
    bytes += block.bytes.size();
    codec.decode_block(block.bytes, block.frames, restored, where);
  }
  std::ranges::copy(restored, frames.begin());
  return bytes;
}

}  // namespace seben::quant
