// SPDX-License-Identifier: Apache-2.0
#include "compress/code_chooser.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/float16.h"
#include "base/interrupt.h"
#include "compress/triangle.h"
#include "kernels/threads.h"
#include "quant/affine_layout.h"
#include "seben/error.h"

namespace seben::compress {
namespace {

// Of the mean diagonal, added to the diagonal: what calibration has not seen is not free. The paper's value.
constexpr double kDamping = 0.01;
// A row has the chosen codes only where they are better by more than the sums are exact to.
constexpr double kBetter = 0.999;
constexpr int kShrinks = 20;  // scales that are tried: of the whole range down to half of it
constexpr std::int64_t kRowsTogether = 8;

/// One group's code: value(q) = scale q + base.
struct GroupCode {
  std::uint16_t scale = 0, zero = 0;
  float step = 0.0F, base = 0.0F;
};

class GroupCoder {
 public:
  explicit GroupCoder(const quant::CodecSpec& spec)
      : symmetric_(spec.symmetric),
        levels_(static_cast<float>((1 << spec.bits) - 1)),
        half_(static_cast<float>(1 << (spec.bits - 1))) {}

  [[nodiscard]] float quantise(const GroupCode& code, float x) const {
    if (code.step == 0.0F) return half_;
    constexpr float kShifter = 12582912.0F;  // 1.5 * 2^23: adding it rounds to the nearest integer
    const float q = std::clamp((x - code.base) / code.step, 0.0F, levels_);
    return (q + kShifter) - kShifter;
  }
  [[nodiscard]] static float value(const GroupCode& code, float q) { return code.step * q + code.base; }

  // The scale (and zero) that errs least over the group, each weight's square counted by its `cost`.
  [[nodiscard]] GroupCode best(const float* x, const float* cost, int group) const {
    const auto [low, high] = std::minmax_element(x, x + group);
    GroupCode found;
    double least = std::numeric_limits<double>::infinity();
    const auto attempt = [&](const GroupCode& code) {
      double sum = 0.0;
      for (int i = 0; i < group; ++i) {
        const float d = x[i] - value(code, quantise(code, x[i]));
        sum += static_cast<double>(d * d * cost[i]);
      }
      if (sum < least) least = sum, found = code;
    };
    for (int shrink = 0; shrink <= kShrinks; ++shrink) {
      const float part = 1.0F - 0.5F * static_cast<float>(shrink) / static_cast<float>(kShrinks);
      if (symmetric_) {
        // The code without an opposite is for the larger side, or for the smaller one.
        const float most = std::max(*high, -*low) * part;
        for (const float step : {most / half_, most / -half_, most / (half_ - 1.0F)}) {
          attempt(symmetric(step));
        }
      } else {
        attempt(asymmetric(*low * part, (*high - *low) * part / levels_));
      }
    }
    return found;
  }

 private:
  [[nodiscard]] GroupCode symmetric(float step) const {
    GroupCode code;
    code.scale = base::f32_to_f16(step);
    code.step = base::f16_to_f32(code.scale);
    code.base = code.step * -half_;
    return code;
  }
  [[nodiscard]] static GroupCode asymmetric(float low, float step) {
    GroupCode code;
    code.scale = base::f32_to_f16(step);
    code.zero = base::f32_to_f16(low);
    code.step = base::f16_to_f32(code.scale);
    code.base = base::f16_to_f32(code.zero);
    return code;
  }

  bool symmetric_;
  float levels_, half_;
};

// Codes, scales and zeros of one row, in the places of the matrix.
struct RowPlace {
  std::uint8_t* codes;
  std::uint16_t *scales, *zeros;
};

void pack_row(const std::vector<std::uint8_t>& q, int bits, std::uint8_t* codes) {
  std::uint32_t held = 0;
  int have = 0;
  for (const std::uint8_t code : q) {
    held |= static_cast<std::uint32_t>(code) << have;
    for (have += bits; have >= 8; have -= 8, held >>= 8) *codes++ = static_cast<std::uint8_t>(held & 0xFFU);
  }
}

/// Some rows of a matrix on their way to codes.
class RowBlock {
 public:
  RowBlock(const InputMoments& moments, const std::vector<float>& follow, const quant::CodecSpec& spec)
      : moments_(moments),
        follow_(follow),
        spec_(spec),
        coder_(spec),
        width_(moments.width()),
        cost_(static_cast<std::size_t>(width_)) {
    for (std::int64_t j = 0; j < width_; ++j) {  // of an error of weight j once those after it have made up for it
      const float u = follow_[static_cast<std::size_t>(j * width_ + j)];
      cost_[static_cast<std::size_t>(j)] = 1.0F / (u * u);
    }
  }

  // Rows [count, width] of weights to codes; adds their errors.
  void code(const std::vector<std::vector<float>>& rows, const std::vector<RowPlace>& places, ChoiceError& error) {
    left_ = rows;
    q_.assign(rows.size(), std::vector<std::uint8_t>(static_cast<std::size_t>(width_)));
    groups_.assign(rows.size(), std::vector<GroupCode>(static_cast<std::size_t>(width_ / spec_.group)));
    for (std::int64_t j = 0; j < width_; ++j) {
      const float* follow = follow_.data() + j * width_;
      for (std::size_t r = 0; r < rows.size(); ++r) round_one(r, j, follow);
    }
    for (std::size_t r = 0; r < rows.size(); ++r) keep_better(rows[r], r, places[r], error);
  }

 private:
  void round_one(std::size_t r, std::int64_t j, const float* follow) {
    float* left = left_[r].data();
    GroupCode& code = groups_[r][static_cast<std::size_t>(j / spec_.group)];
    if (j % spec_.group == 0) code = coder_.best(left + j, cost_.data() + j, spec_.group);
    const float q = coder_.quantise(code, left[j]);
    q_[r][static_cast<std::size_t>(j)] = static_cast<std::uint8_t>(q);
    const float share = (left[j] - GroupCoder::value(code, q)) / follow[j];
    for (std::int64_t k = j + 1; k < width_; ++k) left[k] -= share * follow[k];
  }

  // The place has the nearest codes; they are replaced where the chosen ones change the products less.
  void keep_better(const std::vector<float>& row, std::size_t r, const RowPlace& place, ChoiceError& error) {
    const double nearest = error_of(row, place);
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(width_ * spec_.bits / 8));
    std::vector<std::uint16_t> scales, zeros;
    for (const GroupCode& group : groups_[r]) scales.push_back(group.scale), zeros.push_back(group.zero);
    pack_row(q_[r], spec_.bits, codes.data());
    const double chosen = error_of(row, {codes.data(), scales.data(), zeros.data()});
    error.nearest += nearest;
    if (!(chosen < kBetter * nearest)) {
      error.chosen += nearest;
      return;
    }
    error.chosen += chosen;
    std::ranges::copy(codes, place.codes);
    std::ranges::copy(scales, place.scales);
    if (!spec_.symmetric) std::ranges::copy(zeros, place.zeros);
  }

  [[nodiscard]] double error_of(const std::vector<float>& row, const RowPlace& place) {
    std::vector<float> error(row.size());
    quant::affine_ops().decode(place.codes, place.scales, place.zeros, width_, quant::layout_of(spec_), error.data());
    for (std::size_t i = 0; i < error.size(); ++i) error[i] -= row[i];
    return moments_.output_error(error);
  }

  const InputMoments& moments_;
  const std::vector<float>& follow_;
  const quant::CodecSpec& spec_;
  GroupCoder coder_;
  std::int64_t width_;
  std::vector<float> cost_;
  std::vector<std::vector<float>> left_;  // what is still to be rounded
  std::vector<std::vector<std::uint8_t>> q_;
  std::vector<std::vector<GroupCode>> groups_;
};

// Columns of the matrix that no input reaches, and those of few, are damped like all others.
std::vector<double> damped(const InputMoments& moments) {
  const std::int64_t n = moments.width();
  std::vector<double> h(static_cast<std::size_t>(n * n));
  double trace = 0.0;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < n; ++k) {
      h[static_cast<std::size_t>(i * n + k)] =
          static_cast<double>(moments.row(i)[k]) / static_cast<double>(moments.count());
    }
    trace += h[static_cast<std::size_t>(i * n + i)];
  }
  const double more = std::max(kDamping * trace / static_cast<double>(n), 1e-12);
  for (std::int64_t i = 0; i < n; ++i) h[static_cast<std::size_t>(i * n + i)] += more;
  return h;
}

}  // namespace

CodeChooser::CodeChooser(const InputMoments& moments)
    : moments_(moments), follow_(inverse_factor(damped(moments), moments.width())) {}

quant::CodedMatrix CodeChooser::choose(const tensor::TensorView& matrix, const quant::CodecSpec& spec, int threads,
                                       ChoiceError* error) const {
  quant::CodedMatrix out = quant::code_matrix(matrix, spec);  // the nearest, and all that can be wrong with it
  const std::int64_t rows = matrix.shape.front(), width = moments_.width(), groups = width / spec.group;
  if (matrix.shape.size() != 2 || matrix.shape[1] != width) {
    throw Error(ErrorCategory::internal, "CodeChooser: " + matrix.name, std::to_string(width) + " columns",
                tensor::to_string(matrix.shape));
  }
  const std::int64_t blocks = (rows + kRowsTogether - 1) / kRowsTogether;
  std::vector<ChoiceError> errors(static_cast<std::size_t>(blocks));
  kernels::parallel_for(threads, blocks, [&](std::int64_t b) {
    base::throw_if_interrupted();
    RowBlock block(moments_, follow_, spec);
    std::vector<std::vector<float>> values;
    std::vector<RowPlace> places;
    for (std::int64_t r = b * kRowsTogether; r < std::min(rows, (b + 1) * kRowsTogether); ++r) {
      values.push_back(tensor::to_float(tensor::row_of(matrix, r)));
      const auto halves = [&](std::vector<std::byte>& bytes) {
        return bytes.empty() ? nullptr : reinterpret_cast<std::uint16_t*>(bytes.data()) + r * groups;
      };
      places.push_back({reinterpret_cast<std::uint8_t*>(out.codes.data()) + r * width * spec.bits / 8,
                        halves(out.scales), halves(out.zeros)});
    }
    block.code(values, places, errors[static_cast<std::size_t>(b)]);
  });
  if (error != nullptr) {
    for (const ChoiceError& e : errors) {
      error->nearest += e.nearest;
      error->chosen += e.chosen;
    }
  }
  return out;
}

}  // namespace seben::compress
