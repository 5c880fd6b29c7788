// SPDX-License-Identifier: Apache-2.0
// Each rule of the audit fires where it should, and only there.
#include "package/ane_audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "mil/builder.h"
#include "package/graph.h"
#include "support/mil_model.h"

namespace seben::coreml {
namespace {

using mil::DType;
using mil::FunctionBuilder;
using mil::Literal;
using mil::Operand;
using mil::Value;

Literal floats(const mil::Shape& shape, DType dtype = DType::fp16, float value = 0.5F) {
  const std::vector<float> values(static_cast<std::size_t>(mil::Type{dtype, shape}.elements()), value);
  return Literal::floats(values, shape, dtype);
}

Audit audit(DType dtype, const mil::Shape& shape, const std::function<Value(FunctionBuilder&, const Value&)>& build,
            mil::Opset opset = mil::Opset::ios18) {
  FunctionBuilder b(opset);
  const Value x = b.input("x", {dtype, shape});
  const Value y = build(b, x);
  Package package;
  package.model = test::model_of(b, {x}, {y});
  return audit_ane(package);
}

bool has(const Audit& a, std::string_view id, std::string_view reason) {
  return std::ranges::any_of(a.findings, [&](const Finding& f) {
    return f.rule->id == id && f.rule->reason.find(reason) != std::string_view::npos;
  });
}

const mil::Shape kGood{1, 64, 1, 64};

Value pointwise(FunctionBuilder& b, const Value& x) {
  return b.add("conv", "c", {{"x", x}, {"weight", floats({64, 64, 1, 1}, x.type.dtype)}});
}

TEST(AneAudit, CleanProgramHasNoFindings) {
  const Audit a = audit(DType::fp16, kGood, pointwise);
  EXPECT_TRUE(a.findings.empty());
  EXPECT_EQ(a.eligible, 1);
  EXPECT_EQ(a.partitions, 1);
  EXPECT_DOUBLE_EQ(a.work, 64.0 * 64.0 * 64.0);
  EXPECT_DOUBLE_EQ(a.eligible_work, a.work);
  EXPECT_DOUBLE_EQ(a.padded_bytes, a.activation_bytes);
}

TEST(AneAudit, Fp32IsNotEligible) {
  const Audit a = audit(DType::fp32, kGood, pointwise);
  EXPECT_TRUE(has(a, "W1", "fp32"));
  EXPECT_EQ(a.eligible, 0);
}

TEST(AneAudit, LayoutPaddingAndSize) {
  EXPECT_TRUE(has(audit(DType::fp16, {1, 64, 64},
                        [](auto& b, const Value& x) {
                          return b.add("relu", "r", {{"x", x}});
                        }),
                  "W2", "[1, C, 1, S]"));
  EXPECT_TRUE(has(audit(DType::fp16, {1, 64, 64},
                        [](auto& b, const Value& x) {
                          return b.add("linear", "l", {{"x", x}, {"weight", floats({64, 64})}});
                        }),
                  "W2", "1x1"));
  const Audit padded = audit(DType::fp16, {1, 64, 64, 1}, [](auto& b, const Value& x) {
    return b.add("relu", "r", {{"x", x}});
  });
  EXPECT_TRUE(has(padded, "W3", "padded"));
  EXPECT_DOUBLE_EQ(padded.padded_bytes, 32.0 * padded.activation_bytes);
  EXPECT_TRUE(has(audit(DType::fp16, {1, 8, 1, 20000},
                        [](auto& b, const Value& x) {
                          return b.add("relu", "r", {{"x", x}});
                        }),
                  "W4", "16384"));
  EXPECT_FALSE(has(audit(DType::fp16, {1, 20000, 1, 64},
                         [](auto& b, const Value& x) {
                           return b.add("relu", "r", {{"x", x}});
                         }),
                   "W4", "16384"));
  EXPECT_TRUE(has(audit(DType::fp16, {1, 64, 600, 600},
                        [](auto& b, const Value& x) {
                          return b.add("relu", "r", {{"x", x}});
                        }),
                  "W4", "32 MB"));
}

TEST(AneAudit, PoorOperatorsAndWhatTheyInterrupt) {
  const Audit a = audit(DType::fp16, kGood, [](FunctionBuilder& b, const Value& x) {
    const Value first = b.add("relu", "a", {{"x", x}});
    const std::vector<std::int64_t> indices{0, 1, 2, 3};
    const Value picked = b.add(
        "gather", "g", {{"x", first}, {"indices", Literal::ints(indices)}, {"axis", Literal::scalar(std::int32_t{1})}});
    return b.add("relu", "z", {{"x", picked}});
  });
  EXPECT_TRUE(has(a, "W5", "lack"));
  EXPECT_TRUE(has(a, "W6", "between"));
  EXPECT_EQ(a.partitions, 2);
  const Audit end = audit(DType::fp16, kGood, [](FunctionBuilder& b, const Value& x) {
    const std::vector<std::int64_t> indices{0, 1, 2, 3};
    return b.add("gather", "g",
                 {{"x", b.add("relu", "a", {{"x", x}})},
                  {"indices", Literal::ints(indices)},
                  {"axis", Literal::scalar(std::int32_t{1})}});
  });
  EXPECT_FALSE(has(end, "W6", "between"));
}

TEST(AneAudit, CastsInsideButNotAtTheBorder) {
  const auto cast = [](FunctionBuilder& b, const char* name, const Value& x, const char* to) {
    return b.add("cast", name, {{"x", x}, {"dtype", Literal::text(to)}});
  };
  const Audit inside = audit(DType::fp16, kGood, [&](FunctionBuilder& b, const Value& x) {
    const Value wide = cast(b, "up", b.add("relu", "a", {{"x", x}}), "fp32");
    return b.add("relu", "z", {{"x", cast(b, "down", b.add("exp", "e", {{"x", wide}}), "fp16")}});
  });
  EXPECT_TRUE(has(inside, "W1", "cast inside"));
  const Audit border = audit(DType::fp32, kGood, [&](FunctionBuilder& b, const Value& x) {
    return cast(b, "out", b.add("relu", "a", {{"x", cast(b, "in", x, "fp16")}}), "fp32");
  });
  EXPECT_FALSE(has(border, "W1", "cast inside"));
}

TEST(AneAudit, BatchesConstantProductsAndSmallAttention) {
  const auto relu = [](FunctionBuilder& b, const Value& x) { return b.add("relu", "r", {{"x", x}}); };
  EXPECT_TRUE(has(audit(DType::fp16, {2, 64, 1, 64}, relu), "W2", "batch"));
  EXPECT_FALSE(has(audit(DType::fp16, kGood, relu), "W2", "batch"));
  const auto product = [](FunctionBuilder& b, const Value& x) {
    return b.add("matmul", "m", {{"x", x}, {"y", floats({64, 64})}});
  };
  EXPECT_TRUE(has(audit(DType::fp16, kGood, product), "W2", "1x1"));
  const auto attention = [](FunctionBuilder& b, const Value& x) {
    return b.add("scaled_dot_product_attention", "a", {{"query", x}, {"key", x}, {"value", x}});
  };
  EXPECT_TRUE(has(audit(DType::fp16, kGood, attention), "I1", "million"));
  EXPECT_FALSE(has(audit(DType::fp16, {1, 20, 1500, 128}, attention), "I1", "million"));
}

TEST(AneAudit, HalfPrecisionRisks) {
  const auto norm = [](float epsilon) {
    return [epsilon](FunctionBuilder& b, const Value& x) {
      const std::vector<std::int64_t> axes{1};
      return b.add("layer_norm", "n",
                   {{"x", x}, {"axes", Literal::ints(axes)}, {"epsilon", Literal::scalar(epsilon, DType::fp16)}});
    };
  };
  EXPECT_TRUE(has(audit(DType::fp16, kGood, norm(1e-5F)), "W7", "subnormal"));
  EXPECT_FALSE(has(audit(DType::fp16, kGood, norm(1e-3F)), "W7", "subnormal"));
  const auto masked = [](float value) {
    return [value](FunctionBuilder& b, const Value& x) {
      return b.add("add", "m", {{"x", x}, {"y", floats({1}, DType::fp16, value)}});
    };
  };
  EXPECT_TRUE(has(audit(DType::fp16, kGood, masked(-std::numeric_limits<float>::infinity())), "W7", "infinite"));
  EXPECT_FALSE(has(audit(DType::fp16, kGood, masked(-1e4F)), "W7", "infinite"));
  EXPECT_TRUE(has(audit(DType::fp16, kGood,
                        [](auto& b, const Value& x) {
                          return b.add("gelu", "g", {{"x", x}});
                        }),
                  "I1", "GELU"));
}

TEST(AneAudit, MoreThanThreeLayersIsAnError) {
  const auto layers = [](int n) {
    return [n](FunctionBuilder& b, Value x) {
      const std::vector<std::int64_t> axes{1};
      for (int i = 0; i < n; ++i) {
        for (int k = 0; k < 2; ++k) x = b.add("layer_norm", "n", {{"x", x}, {"axes", Literal::ints(axes)}});
        x = b.add("softmax", "s", {{"x", x}, {"axis", Literal::scalar(std::int32_t{1})}});
      }
      return x;
    };
  };
  EXPECT_FALSE(audit(DType::fp16, kGood, layers(3)).has_errors());
  const Audit four = audit(DType::fp16, kGood, layers(4));
  EXPECT_TRUE(four.has_errors());
  EXPECT_TRUE(has(four, "E3", "3 encoder layers"));
  EXPECT_NE(audit_text(four).find("never that something does"), std::string::npos);
}

TEST(Graph, FindsTheRepeatedStretch) {
  const std::vector<std::string> types{"c", "g", "n", "l", "l", "s", "a", "n", "l",
                                       "l", "s", "a", "n", "l", "l", "s", "a", "z"};
  const Repeat r = find_repeat(types);
  EXPECT_EQ(r.times, 3);
  EXPECT_EQ(r.length, 5U);
  EXPECT_EQ(r.first, 2U);
  EXPECT_EQ(find_repeat({"a", "b", "c", "d"}).times, 1);
}

}  // namespace
}  // namespace seben::coreml
