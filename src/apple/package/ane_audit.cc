// SPDX-License-Identifier: Apache-2.0
#include "package/ane_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/sha256.h"
#include "package/ane_rules.h"
#include "package/value_table.h"

namespace seben::coreml {
namespace {

using mil::DType;
using mil::Operation;

constexpr std::int64_t kHalvesOf64Bytes = 32;

bool is_movement(std::string_view type) {
  constexpr std::array<std::string_view, 10> kMoves{"reshape", "transpose", "expand_dims", "squeeze", "identity",
                                                    "split",   "concat",    "stack",       "cast",    "slice_by_index"};
  return std::ranges::find(kMoves, type) != kMoves.end();
}

std::int64_t padded(std::int64_t n) { return (n + kHalvesOf64Bytes - 1) / kHalvesOf64Bytes * kHalvesOf64Bytes; }

class Auditor {
 public:
  explicit Auditor(const Package& package) : package_(package), main_(package.model.program.main()), values_(main_) {}

  Audit run() {
    whole_package();
    for (const Operation& op : main_.operations) {
      if (is_parameter(op)) {
        parameter(op);
        continue;
      }
      operation(op);
    }
    count_movements();
    equal_constants();
    return std::move(audit_);
  }

 private:
  void find(const AuditRule& rule, const Operation* op, std::string detail) {
    audit_.findings.push_back({&rule, op == nullptr ? "" : op->type + " " + op->name(), std::move(detail)});
  }

  void whole_package() {
    const std::uint64_t bytes = package_.weights ? package_.weights->size() : 0;
    const auto softmaxes = std::ranges::count(main_.operations, "softmax", &Operation::type) +
                           std::ranges::count(main_.operations, "scaled_dot_product_attention", &Operation::type);
    const auto norms = std::ranges::count(main_.operations, "layer_norm", &Operation::type);
    const std::int64_t layers = std::min<std::int64_t>(softmaxes, norms / 2);
    if (layers > 3 || bytes >= (std::uint64_t{256} << 20)) {
      find(rule::kChunk, nullptr, fmt::format("{} layers, {:.0f} MiB", layers, static_cast<double>(bytes) / 1048576.0));
    }
    if (bytes > 1'000'000'000) find(rule::kGigabyte, nullptr, fmt::format("{} bytes", bytes));
    for (const mil::Feature& f : package_.model.interface.inputs) {
      if (!f.enumerated.empty() || !f.ranges.empty()) find(rule::kFlexible, nullptr, f.name);
    }
  }

  void parameter(const Operation& op) {
    if (op.type != "const") return;
    const mil::Literal& literal = op.attributes.find("val")->second;
    if (!mil::is_float(literal.type.dtype) || literal.type.elements() > 64) return;  // weights were checked on writing
    for (const double v : literal.numbers()) {
      if (!(std::abs(v) <= 65504.0)) {
        find(rule::kRange, &op, fmt::format("{}", v));
        break;
      }
    }
  }

  // Equal bytes at two places of the weight file.
  void equal_constants() {
    std::map<std::string, std::uint64_t> seen;
    if (!package_.weights) return;
    for (const BlobRecord& record : package_.weights->records()) {
      if (record.bytes < 4096) continue;  // small ones cost nothing
      const auto [it, fresh] = seen.emplace(base::sha256_hex(package_.weights->data(record)), record.offset);
      if (!fresh)
        find(rule::kEqual, nullptr, fmt::format("at {} and {}, {} bytes", it->second, record.offset, record.bytes));
    }
  }

  void operation(const Operation& op) {
    ++audit_.operations;
    const double work = multiply_adds(op, values_);
    audit_.work += work;
    const bool good = eligible(op);
    if (good) {
      ++audit_.eligible;
      audit_.eligible_work += work;
      if (!running_) ++audit_.partitions;
      // What lies before the first eligible operation or behind the last one is at an end, where it belongs.
      for (const Operation* between : waiting_) find(rule::kBetween, between, "");
      waiting_.clear();
    } else if (audit_.partitions > 0) {
      waiting_.push_back(&op);
    }
    running_ = good;
    outputs(op);
    settings(op);
  }

  // A cast at the program's border, which is cheap and expected.
  [[nodiscard]] bool is_boundary_cast(const Operation& op) const {
    if (op.type != "cast") return false;
    const auto reads = values_.reads(op);
    const bool from_input = !reads.empty() && main_.find_input(reads.front()) != nullptr;
    return from_input || std::ranges::find(main_.outputs, op.outputs.at(0).name) != main_.outputs.end();
  }

  bool eligible(const Operation& op) {
    if (op.type == "cast") {
      if (!is_boundary_cast(op)) find(rule::kCast, &op, "");
      return false;
    }
    constexpr std::array<std::string_view, 8> kPoorly{"gather",       "lstm",       "select",      "reduce_argmax",
                                                      "slice_update", "read_state", "write_state", "shape"};
    if (std::ranges::find(kPoorly, op.type) != kPoorly.end()) {
      find(rule::kPoor, &op, op.type);
      return false;
    }
    bool good = true;
    for (const mil::NamedType& out : op.outputs) {
      if (out.type.dtype == DType::fp32 && !is_movement(op.type)) find(rule::kFp32, &op, to_string(out.type));
      if (out.type.dtype != DType::fp16 && out.type.dtype != DType::fp32) find(rule::kPoor, &op, to_string(out.type));
      good = good && out.type.dtype == DType::fp16 && out.type.fixed();
      for (std::size_t i = 0; i < out.type.shape.size(); ++i) {
        const bool batch_or_channels = i < 2 && out.type.shape.size() > 2;
        if (out.type.shape[i] > (batch_or_channels ? 65536 : 16384)) {
          find(rule::kDimension, &op, to_string(out.type));
          good = false;
        }
      }
    }
    return good;
  }

  void outputs(const Operation& op) {
    for (const mil::NamedType& out : op.outputs) {
      const mil::Shape& shape = out.type.shape;
      if (!out.type.fixed()) {
        find(rule::kDynamic, &op, to_string(out.type));
        continue;
      }
      const auto elements = static_cast<double>(out.type.elements());
      const double bytes = elements * mil::bits_of(out.type.dtype) / 8.0;
      if (bytes > 32e6) find(rule::kLarge, &op, fmt::format("{} is {:.0f} MB", to_string(out.type), bytes / 1e6));
      if (!mil::is_float(out.type.dtype) || shape.empty()) continue;
      if (shape.size() == 4 && shape[0] != 1 && !is_movement(op.type)) find(rule::kBatch, &op, to_string(out.type));
      const bool bc1s =
          shape.size() == 4 && shape[0] == 1 && (shape[2] == 1 || op.type == "einsum" || op.type == "softmax");
      if (!bc1s && !is_movement(op.type)) find(rule::kRank, &op, to_string(out.type));
      audit_.activation_bytes += bytes;
      const double factor = static_cast<double>(padded(shape.back())) / static_cast<double>(shape.back());
      audit_.padded_bytes += bytes * factor;
      if (factor > 1.25)
        find(rule::kPadding, &op, fmt::format("{}: {:.1f} times the memory", to_string(out.type), factor));
    }
  }

  void settings(const Operation& op) {
    const mil::Type* y = op.type == "matmul" ? values_.operand(op, "y") : nullptr;
    const bool constant_product = y != nullptr && !op.inputs.at("y").empty() &&
                                  std::holds_alternative<std::string>(op.inputs.at("y").front()) &&
                                  values_.is_constant(std::get<std::string>(op.inputs.at("y").front()));
    if (op.type == "linear" || constant_product) find(rule::kLinear, &op, "");
    if (op.type == "scaled_dot_product_attention") {
      const mil::Type* query = values_.operand(op, "query");
      if (query != nullptr && query->fixed() && query->elements() < 2'000'000) {
        find(rule::kAttention, &op, to_string(*query));
      }
    }
    if (op.type == "gelu") {
      const mil::Literal* mode = values_.constant(op, "mode");
      if (mode == nullptr || mode->strings.at(0) == "EXACT") find(rule::kGelu, &op, "");
    }
    if (op.type == "layer_norm" && op.outputs.at(0).type.dtype == DType::fp16) {
      const mil::Literal* epsilon = values_.constant(op, "epsilon");
      const double value = epsilon == nullptr ? 1e-5 : epsilon->numbers().at(0);
      if (value < 6.1e-5) find(rule::kEpsilon, &op, fmt::format("{:.3e}", value));
    }
    if (op.type == "conv") {
      const mil::Literal* dilations = values_.constant(op, "dilations");
      if (dilations != nullptr && std::ranges::any_of(dilations->integers(), [](std::int64_t d) { return d > 1; })) {
        find(rule::kPoor, &op, "dilation");
      }
    }
  }

  void count_movements() {
    std::int64_t moves = 0;
    for (const Operation& op : main_.operations) {
      if (op.type == "transpose" || op.type == "reshape") ++moves;
    }
    const auto layers = std::ranges::count(main_.operations, "layer_norm", &Operation::type) / 2;
    if (moves > layers + 4) find(rule::kMoves, nullptr, fmt::format("{} for {} layers", moves, layers));
  }

  const Package& package_;
  const mil::Function& main_;
  ValueTable values_;
  Audit audit_;
  bool running_ = false;
  std::vector<const Operation*> waiting_;  ///< ineligible since the last eligible operation
};

}  // namespace

bool Audit::has_errors() const noexcept {
  return std::ranges::any_of(findings, [](const Finding& f) { return f.rule->level == Level::error; });
}

Audit audit_ane(const Package& package) { return Auditor(package).run(); }

std::string_view to_string(Level level) noexcept {
  if (level == Level::error) return "error";
  return level == Level::warning ? "warning" : "note";
}

}  // namespace seben::coreml
