// SPDX-License-Identifier: Apache-2.0
// Every operator against what PyTorch computes (tools/fixtures/make_mil_operators.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"
#include "formats/safetensors.h"
#include "interpreter/call.h"
#include "interpreter/interpreter.h"
#include "mil/builder.h"
#include "support/mil_model.h"

namespace seben {
namespace {

using interpreter::Array;
using interpreter::Arrays;
using mil::DType;
using mil::Literal;

std::string folder() { return std::string(SEBEN_SOURCE_DIR) + "/tests/fixtures/interpreter/"; }

// One case of operators.json as a program with one operation.
class Case {
 public:
  Case(const base::JsonReader& json, const tensor::SafetensorsFile& file)
      : json_(json), file_(file), half_(json.boolean("half")), builder_(*mil::parse_opset(json.string("opset"))) {}

  void run(int threads) {
    std::vector<mil::Operand> operands;
    const base::JsonReader list = json_.object("operands");
    for (const std::string& name : list.keys()) operands.push_back(operand(name, list.object(name)));
    std::vector<mil::Value> outputs = builder_.add_all(json_.string("op"), "result", operands);
    for (mil::Value& v : outputs) {  // an interface has no booleans
      if (v.type.dtype == DType::boolean)
        v = builder_.add("cast", "number", {{"x", v}, {"dtype", Literal::text("int32")}});
    }
    std::vector<std::string> names;
    for (const mil::Value& v : outputs) names.push_back(v.name);
    mil::Model model = test::model_of(builder_, inputs_, outputs);
    const auto program = interpreter::Interpreter::compile(model, "case", {threads, true});
    const Arrays found = program.run(values_);
    const auto expected = json_.strings("outputs");
    ASSERT_EQ(expected.size(), names.size());
    for (std::size_t i = 0; i < names.size(); ++i) compare(found.at(names[i]), array(expected[i], false));
  }

 private:
  Array array(const std::string& name, bool half) const {
    const tensor::TensorView& view = file_.require(name);
    if (view.dtype == tensor::DType::i32) {
      std::vector<std::int32_t> v(static_cast<std::size_t>(view.elements()));
      if (!v.empty()) std::memcpy(v.data(), view.data, view.bytes());
      return Array::integers(v, view.shape);
    }
    return Array::floats(tensor::to_float(view), view.shape, half ? DType::fp16 : DType::fp32);
  }

  mil::Value input(const std::string& name) {
    const Array value = array(name, half_);
    const mil::Value v = builder_.input("in_" + name, value.type());
    inputs_.push_back(v);
    values_[v.name] = value;
    return v;
  }

  Literal constant(const std::string& name) const {
    const tensor::TensorView& view = file_.require(name);
    if (view.dtype == tensor::DType::u8) {
      std::vector<std::byte> bytes(view.data, view.data + view.bytes());
      return {{DType::boolean, view.shape}, mil::own_bytes(std::move(bytes)), {}, false};
    }
    return Literal::floats(tensor::to_float(view), view.shape, half_ ? DType::fp16 : DType::fp32);
  }

  mil::Operand operand(const std::string& name, const base::JsonReader& json) {
    if (json.has("input")) return {name, input(json.string("input"))};
    if (json.has("inputs")) {
      std::vector<mil::Value> values;
      for (const std::string& tensor : json.strings("inputs")) values.push_back(input(tensor));
      return {name, values};
    }
    if (json.has("constant")) return {name, constant(json.string("constant"))};
    if (json.has("bool")) return {name, Literal::scalar(json.boolean("bool"))};
    if (json.has("int")) return {name, Literal::scalar(static_cast<std::int32_t>(json.integer("int", -1000, 1000)))};
    if (json.has("float")) {
      return {name, Literal::scalar(static_cast<float>(json.number("float")), half_ ? DType::fp16 : DType::fp32)};
    }
    if (json.has("text")) return {name, Literal::text(json.string("text"))};
    if (json.has("bools")) {
      std::vector<bool> values;
      for (const auto& v : json.array("bools")) values.push_back(v.as_boolean());
      return {name, Literal::bools(values)};
    }
    std::vector<std::int64_t> values;
    for (const auto& v : json.array("ints")) values.push_back(v.as_integer(-100'000, 100'000));
    return {name, Literal::ints(values)};
  }

  void compare(const Array& found, const Array& expected) const {
    ASSERT_EQ(found.shape(), expected.shape());
    for (std::int64_t i = 0; i < found.size(); ++i) {
      if (!found.is_float()) {
        ASSERT_EQ(found.i()[i], expected.i()[i]) << "element " << i;
        continue;
      }
      // fp16: one unit in the last place, where a sum of another order falls on the other side of a tie.
      const double e = static_cast<double>(expected.f()[i]), scale = std::max(1.0, std::abs(e));
      ASSERT_NEAR(static_cast<double>(found.f()[i]), e, scale * (half_ ? 1.0e-3 : 4e-6)) << "element " << i;
      if (half_) {
        Array rounded = Array::floats({found.f() + i, 1}, {1}, DType::fp16);
        ASSERT_EQ(rounded.f()[0], found.f()[i]) << "not a half: element " << i;
      }
    }
  }

  const base::JsonReader& json_;
  const tensor::SafetensorsFile& file_;
  bool half_;
  mil::FunctionBuilder builder_;
  std::vector<mil::Value> inputs_;
  Arrays values_;
};

TEST(Operators, AgreeWithPyTorch) {
  const auto json = base::read_json(folder() + "operators.json");
  const base::JsonReader reader(json, "operators.json");
  const auto file = tensor::SafetensorsFile::open(folder() + "operators.safetensors");
  std::set<std::string> seen;
  for (const int threads : {1, 3}) {
    for (const base::JsonReader& item : reader.array("cases")) {
      SCOPED_TRACE(item.string("op") + " " + item.where());
      seen.insert(item.string("op"));
      ASSERT_NO_THROW(Case(item, file).run(threads));
    }
  }
  // What the interpreter has is tested; logical_not and identity elsewhere.
  for (const std::string_view op : interpreter::known_operators()) {
    if (op == "logical_not" || op == "identity") continue;
    EXPECT_TRUE(seen.contains(std::string(op))) << op << " has no case";
  }
}

}  // namespace
}  // namespace seben
