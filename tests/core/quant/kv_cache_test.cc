// SPDX-License-Identifier: Apache-2.0
// Attention to coded keys and values against attention to what the codec restores, in double precision.
#include "quant/kv_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/float16.h"
#include "quant/affine_ops.h"
#include "support/errors.h"
#include "support/random_frames.h"

namespace seben::quant {
namespace {

struct Case {
  std::int64_t heads, positions, head_dim, queries;
};

using Values = std::vector<float>;

// A cache of those rows, filled from behind.
KvHeads cache_of(const KvShape& shape, KvForm form, const Values& keys, const Values& values) {
  KvHeads cache(shape, form);
  Values rows(static_cast<std::size_t>(kernels::kKeyLanes * shape.width()));
  for (std::int64_t block = cache.lanes() / kernels::kKeyLanes - 1; block >= 0; --block) {
    const std::int64_t first = block * kernels::kKeyLanes * shape.width();
    const auto count =
        std::min<std::int64_t>(static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(keys.size()) - first);
    std::ranges::fill(rows, 3.0F);
    std::copy_n(keys.begin() + first, count, rows.begin());
    cache.set_keys(block, rows.data());
  }
  for (std::int64_t p = shape.positions - 1; p >= 0; --p) cache.set_value(p, values.data() + p * shape.width());
  return cache;
}

// What a cache of that form holds of rows of heads.
Values restored(const Values& rows, KvForm form, std::int64_t head_dim, std::int64_t group) {
  Values out = rows;
  if (form == KvForm::bf16) {
    for (float& v : out) v = base::bf16_to_f32(base::f32_to_bf16(v));
  } else if (form != KvForm::f32) {
    const AffineLayout layout{form == KvForm::u8 ? 8 : 4, static_cast<int>(group), false};
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(head_dim));
    std::vector<std::uint16_t> scales(static_cast<std::size_t>(head_dim / group)), zeros(scales.size());
    for (std::size_t i = 0; i < rows.size(); i += static_cast<std::size_t>(head_dim)) {
      (void)affine_ops().encode(rows.data() + i, head_dim, layout, codes.data(), scales.data(), zeros.data());
      affine_ops().decode(codes.data(), scales.data(), zeros.data(), head_dim, layout, out.data() + i);
    }
  }
  return out;
}

// softmax(q K^T) V of one head; weights are returned behind it.
std::vector<double> attend(const float* q, const Values& keys, const Values& values, const Case& c, std::int64_t head) {
  const auto at = [&](const Values& rows, std::int64_t p, std::int64_t i) {
    return static_cast<double>(rows[static_cast<std::size_t>((p * c.heads + head) * c.head_dim + i)]);
  };
  std::vector<double> weights, out(static_cast<std::size_t>(c.head_dim), 0.0);
  double total = 0.0;
  for (std::int64_t p = 0; p < c.positions; ++p) {
    double score = 0.0;
    for (std::int64_t i = 0; i < c.head_dim; ++i) score += static_cast<double>(q[i]) * at(keys, p, i);
    weights.push_back(std::exp(score));
    total += weights.back();
  }
  for (std::int64_t p = 0; p < c.positions; ++p) {
    double& w = weights[static_cast<std::size_t>(p)];
    w /= total;
    for (std::int64_t i = 0; i < c.head_dim; ++i) out[static_cast<std::size_t>(i)] += w * at(values, p, i);
  }
  out.insert(out.end(), weights.begin(), weights.end());
  return out;
}

std::vector<KvForm> forms_of(std::int64_t head_dim) {
  if (head_dim % 16 != 0) return {KvForm::f32, KvForm::bf16};
  return {KvForm::f32, KvForm::bf16, KvForm::u8, KvForm::u4};
}

class KvTest : public testing::TestWithParam<Case> {
 protected:
  Values keys_ = normal_values(size(), 1), values_ = normal_values(size(), 2);
  Values queries_ = normal_values(static_cast<std::size_t>(GetParam().queries * GetParam().head_dim), 3);

  static std::size_t size() {
    const Case c = GetParam();
    return static_cast<std::size_t>(c.heads * c.positions * c.head_dim);
  }
  void SetUp() override {
    for (float& q : queries_) q *= 0.3F;
  }
};

TEST_P(KvTest, HeadsAttendAsToTheRestoredNumbers) {
  const Case c = GetParam();
  const std::int64_t group = c.head_dim % 32 == 0 ? 32 : 16;
  for (const KvForm form : forms_of(c.head_dim)) {
    const KvHeads cache = cache_of({c.heads, c.positions, c.head_dim}, form, keys_, values_);
    const Values k = restored(keys_, form, c.head_dim, group), v = restored(values_, form, c.head_dim, group);
    Values weights(static_cast<std::size_t>(c.queries * cache.lanes())), room(weights.size());
    const std::int64_t stride = c.head_dim + 3;
    for (std::int64_t h = 0; h < c.heads; ++h) {
      Values out(static_cast<std::size_t>(c.queries * stride), 7.0F);
      cache.attend(h, {queries_.data(), c.head_dim, c.queries, c.head_dim}, weights.data(), room.data(), out.data(),
                   stride);
      for (std::int64_t m = 0; m < c.queries; ++m) {
        const auto exact = attend(queries_.data() + m * c.head_dim, k, v, c, h);
        for (std::int64_t i = 0; i < c.head_dim; ++i) {
          EXPECT_NEAR(static_cast<double>(out[static_cast<std::size_t>(m * stride + i)]),
                      exact[static_cast<std::size_t>(i)], 2e-5)
              << to_string(form);
        }
        EXPECT_EQ(out[static_cast<std::size_t>(m * stride + c.head_dim)], 7.0F);
        for (std::int64_t p = 0; p < c.positions; ++p) {
          EXPECT_NEAR(static_cast<double>(weights[static_cast<std::size_t>(m * cache.lanes() + p)]),
                      exact[static_cast<std::size_t>(c.head_dim + p)], 2e-5);
        }
      }
    }
  }
}

TEST_P(KvTest, RowsScoreAndMixAsTheRestoredNumbers) {
  const Case c = GetParam();
  for (const KvForm form : forms_of(c.head_dim)) {
    if (form == KvForm::u4 || c.head_dim > 128) continue;
    KvRows rows({c.heads, c.positions, c.head_dim}, form);
    for (std::int64_t p = 0; p < c.positions; ++p) {
      for (std::int64_t h = 0; h < c.heads; ++h) rows.set(p, h, keys_.data() + (p * c.heads + h) * c.head_dim);
    }
    const Values exact = restored(keys_, form, c.head_dim, c.head_dim);
    const std::int64_t first = c.positions / 3, count = c.positions - first;
    Values y(static_cast<std::size_t>(count)), room(y.size()), out(static_cast<std::size_t>(c.head_dim), 1.0F);
    for (std::int64_t h = 0; h < c.heads; ++h) {
      rows.scores(h, first, count, queries_.data(), y.data());
      std::vector<double> mixed(out.size(), 1.0);
      const auto at = [&](std::int64_t j, std::int64_t i) {
        return static_cast<double>(exact[static_cast<std::size_t>(((first + j) * c.heads + h) * c.head_dim + i)]);
      };
      for (std::int64_t j = 0; j < count; ++j) {
        double score = 0.0;
        for (std::int64_t i = 0; i < c.head_dim; ++i) {
          score += static_cast<double>(queries_[static_cast<std::size_t>(i)]) * at(j, i);
          mixed[static_cast<std::size_t>(i)] += static_cast<double>(y[static_cast<std::size_t>(j)]) * at(j, i);
        }
        EXPECT_NEAR(static_cast<double>(y[static_cast<std::size_t>(j)]), score, 2e-5) << to_string(form);
      }
      std::ranges::fill(out, 1.0F);
      rows.mix(h, first, count, y.data(), room.data(), out.data());
      for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(static_cast<double>(out[i]), mixed[i], 1e-3);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, KvTest,
                         testing::Values(Case{1, 1, 16, 1}, Case{2, 16, 32, 2}, Case{3, 17, 64, 5}, Case{2, 50, 48, 3},
                                         Case{2, 33, 8, 4}, Case{1, 100, 7, 1}, Case{1, 40, 160, 7},
                                         Case{2, 1500, 64, 6}));

double attention_error(KvForm form, bool outlier_channel) {
  const Case c{6, 40, 64, 1};
  Values keys = normal_values(40 * 384, 1);
  const Values values = normal_values(40 * 384, 2), q = normal_values(64, 3);
  if (outlier_channel) {  // one channel far larger than the rest, as keys have it
    for (std::size_t p = 0; p < 40; ++p) keys[p * 384 + 200] = 400.0F;
  }
  const KvHeads cache = cache_of({6, 40, 64}, form, keys, values);
  Values scaled = q, weights(48), room(48), out(64);
  for (float& v : scaled) v /= 8.0F;
  const auto exact = attend(scaled.data(), keys, values, c, 3);
  cache.attend(3, {scaled.data(), 64, 1, 64}, weights.data(), room.data(), out.data(), 64);
  double error = 0.0, norm = 0.0;
  for (std::size_t i = 0; i < 64; ++i) {
    error += std::pow(exact[i] - static_cast<double>(out[i]), 2);
    norm += exact[i] * exact[i];
  }
  return error / norm;
}

TEST(KvCache, AttentionKeepsItsResult) {
  EXPECT_LT(attention_error(KvForm::f32, false), 1e-10);
  EXPECT_LT(attention_error(KvForm::bf16, false), 1e-4);
  EXPECT_LT(attention_error(KvForm::u8, false), 1e-3);
  EXPECT_LT(attention_error(KvForm::u4, false), 0.05);
}

TEST(KvCache, ALargeChannelCostsItsGroupResolution) {
  // So that those who have one take away what all keys have in common first.
  EXPECT_GT(attention_error(KvForm::u8, true), 10 * attention_error(KvForm::u8, false));
}

TEST(KvCache, Bytes) {
  const KvShape shape{20, 1500, 64};
  const std::size_t plain = KvHeads(shape, KvForm::f32).bytes();
  EXPECT_EQ(plain, 2U * 1504 * 1280 * 4);
  EXPECT_EQ(KvHeads(shape, KvForm::bf16).bytes(), plain / 2);
  EXPECT_EQ(KvHeads(shape, KvForm::u8).bytes(), 2U * 1504 * 1280 * 9 / 8);
  EXPECT_EQ(KvHeads(shape, KvForm::u4).bytes(), 2U * 1504 * 1280 * 5 / 8);
  EXPECT_EQ(KvRows(shape, KvForm::u8).bytes(), 1500U * (1280 + 20 * 4));
}

TEST(KvCache, WhatHasNoCodeIsAnError) {
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::usage, "affine8: expected heads of a multiple of 16, at most 1024, found 8", [] {
        KvHeads({4, 10, 8}, KvForm::u8);
      }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "found 2048", [] { KvHeads({1, 10, 2048}, KvForm::u4); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "found 160", [] { KvRows({1, 10, 160}, KvForm::u8); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "f32, bf16 or affine8, found affine4", [] {
    KvRows({1, 10, 64}, KvForm::u4);
  }));
  for (const float bad : {NAN, INFINITY, -7e4F}) {
    Values row(16 * 64, 1.0F);
    row[40] = bad;
    KvHeads heads({2, 3, 32}, KvForm::u8);
    KvRows rows({1, 3, 64}, KvForm::u8);
    EXPECT_TRUE(test::is_bad_data("at most 65504", [&] { heads.set_keys(0, row.data()); }));
    EXPECT_TRUE(test::is_bad_data("at most 65504", [&] { heads.set_value(1, row.data()); }));
    EXPECT_TRUE(test::is_bad_data("at most 65504", [&] { rows.set(1, 0, row.data()); }));
  }
}

TEST(KvCache, FormsHaveNames) {
  for (const KvForm form : {KvForm::f32, KvForm::bf16, KvForm::u8, KvForm::u4}) {
    EXPECT_EQ(parse_kv_form(to_string(form)), form);
  }
  EXPECT_EQ(parse_kv_form("affine3"), std::nullopt);
}

}  // namespace
}  // namespace seben::quant
