// SPDX-License-Identifier: Apache-2.0
#include "audio/vad/silero.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "seben/error.h"

namespace seben::generate {
namespace {

using kernels::Linear;
using kernels::Operand;
using kernels::Precision;

constexpr std::int64_t kReach = 256, kHop = 128;  // of a filter of the spectrum
constexpr std::int64_t kPadded = kSileroContext + kSileroWindow + 64;
constexpr std::int64_t kFrames = (kPadded - kReach) / kHop + 1;  // 4 of a window
constexpr std::int64_t kTaps = 3;
constexpr std::int64_t kGates = 4 * kSileroState;
constexpr std::int64_t kBatch = 32;  // windows that go through the convolutions together
constexpr std::int64_t kMostPending = kSileroContext + kBatch * kSileroWindow;
static_assert(kFrames == 4);

struct Layer {
  std::int64_t in, out;
};
constexpr std::array<Layer, 4> kLayers{{{kSileroChannels, 128}, {128, 64}, {64, 64}, {64, kSileroState}}};
// Strides 1, 2, 2, 1 with a zero at both ends: 4, 2, 1 and 1 frames. Of the third layer's taps the first meets only the
// zero, of the fourth's only the middle one meets the frame.
constexpr std::array<std::int64_t, 4> kFirstTap{0, 0, 1, 1}, kUsedTaps{3, 3, 2, 1};

std::size_t size_of(std::int64_t count) { return static_cast<std::size_t>(count); }

void require_sizes(const SileroFile& file) {
  if (!file.sizes()) return;
  const SileroSizes& s = *file.sizes();
  const auto fail = [&](std::string_view field, std::string expected, std::string found) {
    throw Error(ErrorCategory::bad_data, base::format("{}: {}", file.source(), field), std::move(expected),
                std::move(found));
  };
  const auto require = [&](std::string_view field, std::int64_t expected, std::int64_t found) {
    if (found != expected) fail(field, std::to_string(expected), std::to_string(found));
  };
  if (s.type != "silero-16k") fail("type", "silero-16k", s.type);
  if (s.version[0] != 5 && s.version[0] != 6) {
    fail("version", "5 or 6", base::format("{}", base::join(s.version, ".")));
  }
  require("window", kSileroWindow, s.window);
  require("context", kSileroContext, s.context);
  require("encoder layers", std::int64_t{kLayers.size()}, static_cast<std::int64_t>(s.encoder.size()));
  for (std::size_t i = 0; i < kLayers.size(); ++i) {
    const std::string layer = base::format("encoder layer {}: ", i);
    require(layer + "input channels", kLayers[i].in, s.encoder[i].in);
    require(layer + "output channels", kLayers[i].out, s.encoder[i].out);
    require(layer + "kernel", kTaps, s.encoder[i].kernel);
  }
  require("LSTM: input", kSileroState, s.lstm_in);
  require("LSTM: state", kSileroState, s.lstm_hidden);
  require("last convolution: input channels", kSileroState, s.final_in);
  require("last convolution: output channels", 1, s.final_out);
}

// Rows [out, taps * in] for frames that lie behind each other, from the file's [out, in, taps].
Linear convolution(const SileroFile& file, std::size_t index) {
  const auto [in, out] = kLayers[index];
  const std::string name = base::format("_model.encoder.{}.reparam_conv.", index);
  const std::vector<float> weight = file.floats(name + "weight", {out, in, kTaps});
  const std::vector<float> bias = file.floats(name + "bias", {out});
  const std::int64_t used = kUsedTaps[index], first = kFirstTap[index];
  std::vector<float> rows(size_of(out * used * in));
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int64_t tap = 0; tap < used; ++tap) {
      for (std::int64_t c = 0; c < in; ++c) {
        rows[size_of((o * used + tap) * in + c)] = weight[size_of((o * in + c) * kTaps + first + tap)];
      }
    }
  }
  return {rows, bias, out, used * in, Precision::f32};
}

float logistic(float x) { return 1.0F / (1.0F + std::exp(-x)); }

}  // namespace

Silero Silero::load(const std::string& path) { return from(SileroFile::open(path)); }

Silero Silero::from(const SileroFile& file) {
  require_sizes(file);
  Silero out;
  out.basis_ = {file.floats("_model.stft.forward_basis_buffer", {2 * kSileroChannels, 1, kReach}),
                {},
                2 * kSileroChannels,
                kReach,
                Precision::f32};
  for (std::size_t i = 0; i < kLayers.size(); ++i) out.encoder_[i] = convolution(file, i);
  const std::string rnn = "_model.decoder.rnn.";
  std::vector<float> bias = file.floats(rnn + "bias_ih", {kGates});
  const std::vector<float> second = file.floats(rnn + "bias_hh", {kGates});
  std::ranges::transform(bias, second, bias.begin(), std::plus<>());
  out.input_ = {file.floats(rnn + "weight_ih", {kGates, kSileroState}), bias, kGates, kSileroState, Precision::f32};
  const std::vector<float> recurrent = file.floats(rnn + "weight_hh", {kGates, kSileroState});
  const auto row = [&](std::int64_t r, std::span<float> to) {
    std::copy_n(recurrent.begin() + r * kSileroState, kSileroState, to.begin());
  };
  out.recurrent_ = kernels::NarrowLinear(row, {}, kGates, kSileroState, Precision::f32);
  out.last_ = file.floats("_model.decoder.decoder.2.weight", {1, kSileroState, 1});
  out.last_bias_ = file.floats("_model.decoder.decoder.2.bias", {1})[0];
  return out;
}

std::size_t Silero::bytes() const noexcept {
  std::size_t total = basis_.bytes() + input_.bytes() + recurrent_.bytes() + last_.size() * sizeof(float);
  for (const Linear& layer : encoder_) total += layer.bytes();
  return total;
}

SileroStream::SileroStream(const Silero& model, SileroPadding padding)
    : model_(model),
      padding_(padding),
      scratch_(kBatch * kFrames, kGates),
      padded_(size_of(kPadded)),
      // A frame of zeros stands at both ends of each window.
      spectrum_(size_of(kBatch * (kFrames + 2) * kSileroChannels), 0.0F),
      frames_(size_of(kBatch * (kFrames + 2) * kLayers[1].in), 0.0F),
      pairs_(size_of(kBatch * 2 * kLayers[2].in)),
      singles_(size_of(kBatch * kLayers[3].in)),
      gates_(size_of(kBatch * kGates)),
      recurrent_(size_of(kGates)),
      operands_{Operand(Precision::f32, kBatch * kFrames, kReach),
                Operand(Precision::f32, kBatch * kFrames, kTaps * kLayers[0].in),
                Operand(Precision::f32, kBatch * 2, kTaps * kLayers[1].in),
                Operand(Precision::f32, kBatch, 2 * kLayers[2].in),
                Operand(Precision::f32, kBatch, kLayers[3].in),
                Operand(Precision::f32, kBatch, kSileroState)} {
  pending_.reserve(size_of(kMostPending));
  reset();
}

void SileroStream::reset() {
  pending_.assign(size_of(kSileroContext), 0.0F);
  windows_ = 0;
  hidden_.fill(0.0F);
  cell_.fill(0.0F);
}

void SileroStream::push(std::span<const float> samples, std::vector<float>& probabilities) {
  const auto bad = std::ranges::find_if(samples, [](float v) { return !std::isfinite(v); });
  if (bad != samples.end()) {
    const std::int64_t before = windows_ * kSileroWindow + static_cast<std::int64_t>(pending_.size()) - kSileroContext;
    throw Error(ErrorCategory::bad_data, "speech detector: samples", "finite values",
                base::format("another at {}", before + (bad - samples.begin())));
  }
  while (!samples.empty()) {
    const auto part = samples.first(std::min(samples.size(), size_of(kMostPending) - pending_.size()));
    pending_.insert(pending_.end(), part.begin(), part.end());
    samples = samples.subspan(part.size());
    run(probabilities);
  }
}

void SileroStream::finish(std::vector<float>& probabilities) {
  if (pending_.size() > size_of(kSileroContext)) {
    pending_.resize(size_of(kSileroContext + kSileroWindow), 0.0F);
    run(probabilities);
  }
  reset();
}

// A window with what is before and behind it; the mirrors do not repeat the sample at the edge.
const float* SileroStream::padded(const float* window) {
  constexpr std::int64_t kMirror = kPadded - kSileroContext - kSileroWindow;
  float* const middle = padded_.data() + kSileroContext;
  if (padding_ == SileroPadding::context) {
    std::copy_n(window - kSileroContext, kSileroContext, padded_.data());
  } else {
    std::reverse_copy(window + 1, window + 1 + kSileroContext, padded_.data());
  }
  std::copy_n(window, kSileroWindow, middle);
  std::reverse_copy(middle + kSileroWindow - 1 - kMirror, middle + kSileroWindow - 1, middle + kSileroWindow);
  return padded_.data();
}

// The gates' inputs of the pending windows, without the state's part.
void SileroStream::encode(std::int64_t windows) {
  for (std::int64_t w = 0; w < windows; ++w) {
    const float* const from = padded(pending_.data() + kSileroContext + w * kSileroWindow);
    for (std::int64_t f = 0; f < kFrames; ++f) operands_[0].set_row(w * kFrames + f, from + f * kHop);
  }
  // Frames first..first+kFrames-1 of each window lie between two of zeros.
  const auto between = [](std::vector<float>& frames, std::int64_t row, std::int64_t width) {
    return frames.data() + ((row / kFrames) * (kFrames + 2) + row % kFrames + 1) * width;
  };
  model_.basis_.run(operands_[0], windows * kFrames, scratch_, [&](std::int64_t r, const float* row) {
    float* const to = between(spectrum_, r, kSileroChannels);
    for (std::int64_t c = 0; c < kSileroChannels; ++c) {
      const float cosine = row[c], sine = row[kSileroChannels + c];
      to[c] = std::sqrt(cosine * cosine + sine * sine);
    }
  });
  const auto rectified = [](const float* row, std::int64_t width, float* to) {
    for (std::int64_t c = 0; c < width; ++c) to[c] = std::max(row[c], 0.0F);
  };
  for (std::int64_t r = 0; r < windows * kFrames; ++r) {
    operands_[1].set_row(r, between(spectrum_, r, kLayers[0].in) - kLayers[0].in);
  }
  model_.encoder_[0].run(operands_[1], windows * kFrames, scratch_, [&](std::int64_t r, const float* row) {
    rectified(row, kLayers[1].in, between(frames_, r, kLayers[1].in));
  });
  for (std::int64_t r = 0; r < windows * 2; ++r) {
    operands_[2].set_row(r, between(frames_, 2 * r, kLayers[1].in) - kLayers[1].in);
  }
  model_.encoder_[1].run(operands_[2], windows * 2, scratch_, [&](std::int64_t r, const float* row) {
    rectified(row, kLayers[2].in, pairs_.data() + r * kLayers[2].in);
  });
  for (std::int64_t w = 0; w < windows; ++w) operands_[3].set_row(w, pairs_.data() + w * 2 * kLayers[2].in);
  std::array<float, kSileroState> values{};
  model_.encoder_[2].run(operands_[3], windows, scratch_, [&](std::int64_t r, const float* row) {
    rectified(row, kLayers[3].in, values.data());
    operands_[4].set_row(r, values.data());
  });
  model_.encoder_[3].run(operands_[4], windows, scratch_, [&](std::int64_t r, const float* row) {
    rectified(row, kSileroState, values.data());
    operands_[5].set_row(r, values.data());
  });
  model_.input_.run(operands_[5], windows, scratch_,
                    [&](std::int64_t r, const float* row) { std::copy_n(row, kGates, gates_.data() + r * kGates); });
}

// One step of the LSTM (gates: input, forget, cell, output) and the probability.
float SileroStream::step(const float* input) {
  model_.recurrent_.run(hidden_.data(), 1, 0, kGates, recurrent_.data(), kGates);
  float sum = model_.last_bias_;
  for (std::size_t i = 0; i < hidden_.size(); ++i) {
    const auto gate = [&](std::size_t k) { return input[k * kSileroState + i] + recurrent_[k * kSileroState + i]; };
    cell_[i] = logistic(gate(1)) * cell_[i] + logistic(gate(0)) * std::tanh(gate(2));
    hidden_[i] = logistic(gate(3)) * std::tanh(cell_[i]);
    sum += model_.last_[i] * std::max(hidden_[i], 0.0F);
  }
  return logistic(sum);
}

void SileroStream::run(std::vector<float>& probabilities) {
  const std::int64_t windows = (static_cast<std::int64_t>(pending_.size()) - kSileroContext) / kSileroWindow;
  if (windows == 0) return;
  encode(windows);
  for (std::int64_t w = 0; w < windows; ++w, ++windows_) {
    const float probability = step(gates_.data() + w * kGates);
    if (!std::isfinite(probability)) {
      throw Error(ErrorCategory::bad_data, base::format("speech detector: window {}", windows_), "a probability",
                  base::format("{}: samples or weights are far too large", probability));
    }
    probabilities.push_back(probability);
  }
  pending_.erase(pending_.begin(), pending_.begin() + windows * kSileroWindow);
}

std::vector<float> speech_probabilities(const Silero& model, std::span<const float> samples, SileroPadding padding) {
  std::vector<float> out;
  out.reserve(samples.size() / size_of(kSileroWindow) + 1);
  SileroStream stream(model, padding);
  stream.push(samples, out);
  stream.finish(out);
  return out;
}

}  // namespace seben::generate
