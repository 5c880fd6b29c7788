// SPDX-License-Identifier: Apache-2.0
// Convolutions as products over gathered windows (im2col), a block of output places at a time.
#include <algorithm>

#include "interpreter/product.h"
#include "kernels/linear.h"
#include "kernels/row_ops.h"
#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::interpreter {
namespace {

using kernels::kBlockRows;

// Up to three spatial axes; missing ones come first and have size 1.
struct Geometry {
  std::int64_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1}, kernel[3] = {1, 1, 1}, stride[3] = {1, 1, 1},
               dilation[3] = {1, 1, 1}, before[3] = {0, 0, 0};
  std::int64_t channels = 0;  ///< of one group

  [[nodiscard]] std::int64_t places() const { return out[0] * out[1] * out[2]; }
  [[nodiscard]] std::int64_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }
  [[nodiscard]] std::int64_t plane() const { return in[0] * in[1] * in[2]; }
};

Geometry geometry_of(const Call& call, const mil::Shape& x, const mil::Shape& weight, const mil::Shape& y) {
  const std::size_t spatial = x.size() - 2, missing = 3 - spatial;
  const std::vector<std::int64_t> ones(spatial, 1);
  const auto strides = call.set.integers("strides", ones), dilations = call.set.integers("dilations", ones);
  const auto pads = call.set.integers("pad", std::vector<std::int64_t>(2 * spatial, 0));
  const std::string type = call.set.text("pad_type", "valid");
  Geometry g;
  g.channels = weight[1];
  for (std::size_t i = 0; i < spatial; ++i) {
    const std::size_t at = i + missing;
    g.in[at] = x[i + 2];
    g.out[at] = y[i + 2];
    g.kernel[at] = weight[i + 2];
    g.stride[at] = strides[i];
    g.dilation[at] = dilations[i];
    if (type == "custom") g.before[at] = pads[2 * i];
    if (type == "same" || type == "same_lower") {
      const std::int64_t reach = (g.kernel[at] - 1) * g.dilation[at] + 1;
      const std::int64_t total = std::max<std::int64_t>(0, (g.out[at] - 1) * g.stride[at] + reach - g.in[at]);
      g.before[at] = type == "same" ? total / 2 : total - total / 2;
    }
  }
  return g;
}

// Where output place p reads with tap t: an offset in one channel's plane, or -1 in the padding.
std::int64_t source_of(const Geometry& g, std::int64_t p, std::int64_t t) {
  std::int64_t offset = 0, step = 1;
  for (int axis = 2; axis >= 0; --axis) {
    const std::int64_t at = p % g.out[axis] * g.stride[axis] + t % g.kernel[axis] * g.dilation[axis] - g.before[axis];
    if (at < 0 || at >= g.in[axis]) return -1;
    offset += at * step;
    step *= g.in[axis];
    p /= g.out[axis];
    t /= g.kernel[axis];
  }
  return offset;
}

// rows[count, taps * channels] for output places first..first + count: all channels of a tap side by side, the order in
// which the engine's own encoder sums.
void gather_windows(const Geometry& g, const float* x, std::int64_t first, std::int64_t count, float* rows) {
  constexpr std::int64_t kTile = 16;
  const std::int64_t taps = g.taps(), width = g.channels * taps, plane = g.plane();
  std::vector<std::int64_t> places(static_cast<std::size_t>(count));
  for (std::int64_t t = 0; t < taps; ++t) {
    for (std::int64_t r = 0; r < count; ++r) places[static_cast<std::size_t>(r)] = source_of(g, first + r, t);
    for (std::int64_t c0 = 0; c0 < g.channels; c0 += kTile) {
      const std::int64_t c1 = std::min(g.channels, c0 + kTile);
      for (std::int64_t r = 0; r < count; ++r) {
        const std::int64_t place = places[static_cast<std::size_t>(r)];
        float* to = rows + r * width + t * g.channels;
        for (std::int64_t c = c0; c < c1; ++c) to[c] = place < 0 ? 0.0F : x[c * plane + place];
      }
    }
  }
}

class PackedFilters final : public Prepared {
 public:
  [[nodiscard]] std::size_t bytes() const noexcept override {
    std::size_t sum = 0;
    for (const auto& group : groups) sum += group->bytes();
    return sum;
  }
  std::vector<std::unique_ptr<PackedMatrix>> groups;
  mil::Shape shape;  ///< of the weight
};

// [n, channels, taps] as [n, taps, channels]
std::vector<float> taps_first(std::vector<float>::const_iterator from, std::int64_t n, std::int64_t channels,
                              std::int64_t taps) {
  std::vector<float> out(static_cast<std::size_t>(n * channels * taps));
  for (std::int64_t o = 0; o < n; ++o) {
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t t = 0; t < taps; ++t) {
        out[static_cast<std::size_t>((o * taps + t) * channels + c)] = from[(o * channels + c) * taps + t];
      }
    }
  }
  return out;
}

std::unique_ptr<PackedFilters> pack(const std::vector<float>& weight, const std::vector<float>& bias,
                                    const mil::Shape& shape, std::int64_t groups) {
  auto filters = std::make_unique<PackedFilters>();
  filters->shape = shape;
  std::int64_t k = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) k *= shape[i];
  const std::int64_t n = shape[0] / groups;
  for (std::int64_t group = 0; group < groups; ++group) {
    const auto from = weight.begin() + group * n * k;
    const auto offsets = bias.begin() + (bias.empty() ? 0 : group * n);
    filters->groups.push_back(std::make_unique<PackedMatrix>(
        taps_first(from, n, shape[1], k / shape[1]),
        bias.empty() ? std::vector<float>() : std::vector<float>(offsets, offsets + n), n, k));
  }
  return filters;
}

std::unique_ptr<Prepared> prepare(const Constants& constants, int /*threads*/) {
  const auto weight = constants.find("weight");
  if (weight == constants.end()) return nullptr;
  std::vector<float> bias;
  if (const auto it = constants.find("bias"); it != constants.end()) bias = floats_of(*it->second);
  const mil::Shape& shape = weight->second->type.shape;
  if (bias.size() == 1) bias.assign(static_cast<std::size_t>(shape[0]), bias.front());
  return pack(floats_of(*weight->second), bias, shape, Settings(constants).integer("groups", 1));
}

struct Job {
  const Geometry& g;
  const PackedMatrix& matrix;
  const float* x;
  float* y;
};

// y[n, places] for one image and one group.
void convolve(const Job& job, int threads) {
  const Geometry& g = job.g;
  const std::int64_t places = g.places(), n = job.matrix.n, k = job.matrix.k;
  const std::int64_t block = std::min(kBlockRows, places);
  kernels::run_team(threads, [&](kernels::Team& team) {
    std::vector<float> rows(static_cast<std::size_t>(block * k)), sums(static_cast<std::size_t>(block * n));
    team.share((places + block - 1) / block, [&](std::int64_t b) {
      const std::int64_t first = b * block, count = std::min(block, places - first);
      gather_windows(g, job.x, first, count, rows.data());
      job.matrix.gemm->multiply(rows.data(), count, sums.data());
      constexpr std::int64_t kTile = 16;
      for (std::int64_t o0 = 0; o0 < n; o0 += kTile) {
        for (std::int64_t r = 0; r < count; ++r) {
          for (std::int64_t o = o0; o < std::min(n, o0 + kTile); ++o) {
            const float bias = job.matrix.bias.empty() ? 0.0F : job.matrix.bias[static_cast<std::size_t>(o)];
            job.y[o * places + first + r] = sums[static_cast<std::size_t>(r * n + o)] + bias;
          }
        }
      }
    });
  });
}

void conv(Call& call) {
  const Array& x = call.in("x");
  const auto* filters = dynamic_cast<const PackedFilters*>(call.prepared);
  std::unique_ptr<PackedFilters> own;
  if (const Array* weight = call.find("weight")) {
    const Array* bias = call.find("bias");
    own =
        pack({weight->values().begin(), weight->values().end()},
             bias == nullptr ? std::vector<float>() : std::vector<float>(bias->values().begin(), bias->values().end()),
             weight->shape(), call.set.integer("groups", 1));
    filters = own.get();
  }
  const mil::Shape& shape = filters->shape;
  Array& y = call.out();
  const Geometry g = geometry_of(call, x.shape(), shape, y.shape());
  const auto groups = static_cast<std::int64_t>(filters->groups.size());
  const std::int64_t per_group = shape[0] / groups;
  for (std::int64_t image = 0; image < x.shape()[0]; ++image) {
    for (std::int64_t group = 0; group < groups; ++group) {
      const float* from = x.f() + (image * groups + group) * g.channels * g.plane();
      float* to = y.f() + (image * groups + group) * per_group * g.places();
      convolve({g, *filters->groups[static_cast<std::size_t>(group)], from, to}, call.threads);
    }
  }
}

}  // namespace

void add_convolution_code(std::vector<OperatorCode>& all) {
  all.push_back({"conv", conv, prepare, {"weight", "bias"}});
}

}  // namespace seben::interpreter
