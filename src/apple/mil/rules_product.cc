// SPDX-License-Identifier: Apache-2.0
// Convolutions and matrix products.
#include <algorithm>

#include "mil/rules.h"

namespace seben::mil {
namespace {

using Types = std::vector<Type>;

void require_same_dtype(const Operands& op, std::string_view a, std::string_view b) {
  if (op.type(a).dtype != op.type(b).dtype) {
    op.fail(b, "the dtype of " + std::string(a) + ", " + std::string(to_string(op.type(a).dtype)),
            to_string(op.type(b)));
  }
}

// A weight may have a float dtype of its own from iOS17 on.
void require_weight_dtype(const Operands& op, std::string_view operand) {
  if (!op.has(operand)) return;
  if (op.opset() < Opset::ios17) {
    require_same_dtype(op, "x", operand);
  } else if (op.type("x").dtype != DType::int32) {
    require_float(op, operand);
  }
}

void require_bias(const Operands& op, std::int64_t width) {
  if (!op.has("bias")) return;
  const Shape& bias = op.type("bias").shape;
  if (bias.size() != 1 || (bias[0] != width && !(bias[0] == 1 && op.opset() >= Opset::ios17))) {
    op.fail("bias", "[" + std::to_string(width) + "]", to_string(bias));
  }
}

struct Window {
  std::vector<std::int64_t> strides, pads, dilations;
  std::string pad_type;
};

Window window_of(const Operands& op, std::size_t spatial) {
  const std::vector<std::int64_t> ones(spatial, 1);
  Window w{op.integers("strides", ones), op.integers("pad", std::vector<std::int64_t>(2 * spatial, 0)),
           op.integers("dilations", ones), op.text("pad_type", "valid")};
  const bool same_lower = w.pad_type == "same_lower" && op.opset() >= Opset::ios16;
  if (w.pad_type != "valid" && w.pad_type != "custom" && w.pad_type != "same" && !same_lower) {
    op.fail("pad_type", "valid, custom, same or (iOS16) same_lower", w.pad_type);
  }
  if (w.strides.size() != spatial || w.dilations.size() != spatial || w.pads.size() != 2 * spatial) {
    op.fail("strides, dilations, pad", "one, one and two numbers for each spatial axis", "other counts");
  }
  const auto positive = [](std::int64_t v) { return v > 0; };
  if (!std::ranges::all_of(w.strides, positive) || !std::ranges::all_of(w.dilations, positive) ||
      std::ranges::any_of(w.pads, [](std::int64_t v) { return v < 0; })) {
    op.fail("strides, dilations, pad", "positive strides and dilations, no negative pad", "another");
  }
  return w;
}

std::int64_t convolved(const Operands& op, const Window& w, std::size_t axis, std::int64_t size, std::int64_t kernel) {
  if (size == kUnknown) return kUnknown;
  const std::int64_t stride = w.strides[axis];
  if (w.pad_type == "same" || w.pad_type == "same_lower") return (size + stride - 1) / stride;
  const std::int64_t pads = w.pad_type == "custom" ? w.pads[2 * axis] + w.pads[2 * axis + 1] : 0;
  const std::int64_t reach = (kernel - 1) * w.dilations[axis] + 1;
  if (size + pads < reach) {
    op.fail("x", "at least " + std::to_string(reach) + " elements on each spatial axis, with padding",
            std::to_string(size + pads));
  }
  return (size + pads - reach) / stride + 1;
}

Types conv(const Operands& op) {
  require_rank(op, "x", 3, 5);
  require_float(op, "x");
  for (const char* operand : {"weight", "bias"}) require_weight_dtype(op, operand);
  const Type& x = op.type("x");
  const Shape& weight = op.type("weight").shape;
  if (weight.size() != x.shape.size()) op.fail("weight", "the rank of x", to_string(weight));
  const std::int64_t groups = op.integer("groups", 1);
  if (groups < 1 || weight[0] % groups != 0 || !may_equal(x.shape[1], weight[1] * groups)) {
    op.fail("weight", "[out, in / groups, …] for x " + to_string(x.shape) + " in " + std::to_string(groups) + " groups",
            to_string(weight));
  }
  require_bias(op, weight[0]);
  const Window window = window_of(op, x.shape.size() - 2);
  Shape out{x.shape[0], weight[0]};
  for (std::size_t i = 2; i < x.shape.size(); ++i) {
    if (weight[i] < 1) op.fail("weight", "a kernel of at least 1", to_string(weight));
    out.push_back(convolved(op, window, i - 2, x.shape[i], weight[i]));
  }
  return {{x.dtype, out}};
}

Types linear(const Operands& op) {
  require_rank(op, "x", 1, 3);
  const Type& x = op.type("x");
  if (x.dtype != DType::int32) require_float(op, "x");
  for (const char* operand : {"weight", "bias"}) require_weight_dtype(op, operand);
  require_rank(op, "weight", 2, 2);
  const Shape& weight = op.type("weight").shape;
  if (!may_equal(x.shape.back(), weight[1])) {
    op.fail("weight", "[out, " + std::to_string(x.shape.back()) + "]", to_string(weight));
  }
  require_bias(op, weight[0]);
  Shape out = x.shape;
  out.back() = weight[0];
  return {{x.dtype, out}};
}

Types matmul(const Operands& op) {
  const Type& x = op.type("x");
  const Type& y = op.type("y");
  if (x.dtype != DType::int32) require_float(op, "x");
  if (op.opset() < Opset::ios17) require_same_dtype(op, "x", "y");
  require_rank(op, "x", 1, 5);
  require_rank(op, "y", 1, 5);
  Shape a = x.shape, b = y.shape;
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  if (op.boolean("transpose_x", false) && x.rank() > 1) std::swap(a[a.size() - 1], a[a.size() - 2]);
  if (op.boolean("transpose_y", false) && y.rank() > 1) std::swap(b[b.size() - 1], b[b.size() - 2]);
  if (!may_equal(a.back(), b[b.size() - 2])) {
    op.fail("y", "an inner dimension of " + std::to_string(a.back()), to_string(b));
  }
  Shape out = broadcast(op, Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  if (x.rank() > 1) out.push_back(a[a.size() - 2]);
  if (y.rank() > 1) out.push_back(b.back());
  const bool mixed = x.dtype != y.dtype;
  return {{mixed ? DType::fp32 : x.dtype, out}};
}

// "nchw,nwhu->nchu" in any letters, and the same without n.
bool native_equation(const std::string& text, std::size_t rank) {
  const std::size_t comma = text.find(','), arrow = text.find("->");
  if (comma != rank || arrow != 2 * rank + 1 || text.size() != 3 * rank + 3) return false;
  const std::string x = text.substr(0, rank), y = text.substr(comma + 1, rank), out = text.substr(arrow + 2);
  const std::size_t b = rank - 3;  // letters of the batch before
  const char c = x[b], h = x[b + 1], w = x[b + 2], u = y[b + 2];
  const std::string n = x.substr(0, b);
  const bool distinct =
      c != h && c != w && h != w && u != c && u != h && u != w && n.find_first_of({c, h, w, u, 0}) == std::string::npos;
  return distinct && y == n + w + h + u && out == n + c + h + u;
}

Types einsum(const Operands& op) {
  const std::vector<Type>& values = op.types("values");
  if (values.size() != 2 || values[0].dtype != values[1].dtype || values[0].rank() != values[1].rank()) {
    op.fail("values", "two of one dtype and rank", std::to_string(values.size()));
  }
  const Shape &x = values[0].shape, &y = values[1].shape;
  const std::string equation = op.text("equation", "");
  if ((x.size() != 3 && x.size() != 4) || !native_equation(equation, x.size())) {
    op.fail("equation", "nchw,nwhu->nchu or chw,whr->chr in any letters", equation);
  }
  const std::size_t b = x.size() - 3;
  if (!may_equal(x[b + 2], y[b])) op.fail("values", "a common inner dimension", to_string(x) + " and " + to_string(y));
  const Shape height = broadcast(op, {x[b + 1]}, {y[b + 1]});
  Shape out = b == 1 ? broadcast(op, {x[0]}, {y[0]}) : Shape{};
  out.insert(out.end(), {x[b], height[0], y[b + 2]});
  return {{values[0].dtype, out}};
}

Types attention(const Operands& op) {
  require_rank(op, "query", 3, 5);
  for (const char* operand : {"query", "key", "value"}) require_float(op, operand);
  const Shape &q = op.type("query").shape, &k = op.type("key").shape, &v = op.type("value").shape;
  const std::size_t r = q.size();
  const auto batch = [](const Shape& s) { return Shape(s.begin(), s.end() - 2); };
  if (k.size() != r || v.size() != r || !may_equal(batch(q), batch(k)) || !may_equal(batch(q), batch(v)) ||
      !may_equal(q[r - 1], k[r - 1]) || !may_equal(k[r - 2], v[r - 2])) {
    op.fail("query, key, value", "[B…, L, E], [B…, S, E], [B…, S, V]",
            to_string(q) + ", " + to_string(k) + ", " + to_string(v));
  }
  Shape scores = batch(q);
  scores.insert(scores.end(), {q[r - 2], k[r - 2]});
  if (op.has("attn_mask")) {
    const Type& mask = op.type("attn_mask");
    if (mask.dtype != DType::boolean && mask.dtype != op.type("query").dtype) {
      op.fail("attn_mask", "bool or the dtype of query", to_string(mask));
    }
    if (!may_equal(broadcast(op, scores, mask.shape), scores)) {
      op.fail("attn_mask", "a shape that broadcasts to " + to_string(scores), to_string(mask));
    }
  }
  Shape out = q;
  out.back() = v.back();
  return {{op.type("query").dtype, out}};
}

}  // namespace

void add_product_rules(std::vector<OperatorRule>& rules) {
  rules.push_back({"conv",
                   Opset::ios15,
                   {required("x"), required("weight"), setting("bias"), setting("strides"), setting("pad_type"),
                    setting("pad"), setting("dilations"), setting("groups")},
                   conv});
  rules.push_back({"linear", Opset::ios15, {required("x"), constant("weight"), setting("bias")}, linear});
  rules.push_back(
      {"matmul", Opset::ios15, {required("x"), required("y"), setting("transpose_x"), setting("transpose_y")}, matmul});
  rules.push_back({"einsum", Opset::ios15, {list("values"), constant("equation")}, einsum});
  rules.push_back({"scaled_dot_product_attention",
                   Opset::ios18,
                   {required("query"), required("key"), required("value"), optional("attn_mask")},
                   attention});
}

}  // namespace seben::mil
