// SPDX-License-Identifier: Apache-2.0
// Packages that coremltools wrote (tools/fixtures/make_coreml_packages.py): read, written again, executed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "formats/npy.h"
#include "interpreter/interpreter.h"
#include "package/package.h"
#include "support/temp_dir.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using interpreter::Array;
using interpreter::Arrays;

fs::path fixtures() { return fs::path(SEBEN_SOURCE_DIR) / "tests/fixtures/coreml"; }

Array load(const fs::path& path, mil::DType dtype) {
  const auto file = tensor::NpyFile::open(path.string());
  return Array::floats(tensor::to_float(file.array()), file.array().shape, dtype);
}

class ReferencePackage : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] std::string path() const { return (fixtures() / (GetParam() + ".mlpackage")).string(); }
};

TEST_P(ReferencePackage, ComputesWhatNumPyDoes) {
  const coreml::Package package = coreml::read_package(path());
  const auto program = interpreter::Interpreter::compile(package.model, path(), {2, true});
  Arrays inputs;
  for (const mil::Feature& f : package.model.interface.inputs) {
    inputs[f.name] = load(fixtures() / (GetParam() + ".in." + f.name + ".npy"), f.dtype);
  }
  Arrays states = program.make_states();
  const Arrays outputs = program.run(inputs, states);
  ASSERT_FALSE(outputs.empty());
  for (const auto& [name, found] : outputs) {
    const Array expected = load(fixtures() / (GetParam() + ".out." + name + ".npy"), mil::DType::fp32);
    ASSERT_EQ(found.shape(), expected.shape());
    const double scale = found.dtype() == mil::DType::fp16 ? 2e-3 : 2e-5;
    for (std::int64_t i = 0; i < found.size(); ++i) {
      const double e = static_cast<double>(expected.f()[i]);
      ASSERT_NEAR(static_cast<double>(found.f()[i]), e, scale * std::max(1.0, std::abs(e))) << name << " " << i;
    }
  }
}

TEST_P(ReferencePackage, SurvivesWritingAndReading) {
  const coreml::Package package = coreml::read_package(path());
  const test::TempDir dir;
  const auto first = coreml::write_package(package.model, dir / "a.mlpackage", {});
  const auto again = coreml::write_package(package.model, dir / "b.mlpackage", {});
  EXPECT_EQ(first.model_digest, again.model_digest);
  EXPECT_EQ(first.weight_digest, again.weight_digest);
  for (const char* file : {"Manifest.json", "Data/com.apple.CoreML/model.mlmodel"}) {
    EXPECT_EQ(test::read_file(dir / (std::string("a.mlpackage/") + file)),
              test::read_file(dir / (std::string("b.mlpackage/") + file)));
  }
  const coreml::Package back = coreml::read_package(dir / "a.mlpackage");
  EXPECT_EQ(back.model.interface.inputs, package.model.interface.inputs);
  EXPECT_EQ(back.model.interface.outputs, package.model.interface.outputs);
  EXPECT_EQ(back.model.interface.states, package.model.interface.states);
  const auto &a = package.model.program.main(), &b = back.model.program.main();
  EXPECT_EQ(a.opset, b.opset);
  EXPECT_EQ(a.inputs, b.inputs);
  EXPECT_EQ(a.outputs, b.outputs);
  ASSERT_EQ(a.operations.size(), b.operations.size());
  for (std::size_t i = 0; i < a.operations.size(); ++i) {
    EXPECT_EQ(a.operations[i].type, b.operations[i].type);
    EXPECT_EQ(a.operations[i].outputs, b.operations[i].outputs);
    for (const auto& [name, literal] : a.operations[i].attributes) {
      const mil::Literal& other = b.operations[i].attributes.at(name);
      EXPECT_EQ(literal.type, other.type);
      EXPECT_EQ(literal.strings, other.strings);
      if (literal.payload) {
        ASSERT_EQ(literal.payload->size(), other.payload->size());
        EXPECT_TRUE(std::equal(literal.payload->data(), literal.payload->data() + literal.payload->size(),
                               other.payload->data()));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Coremltools, ReferencePackage,
                         testing::Values("layer_sequence_15", "layer_sequence_17", "layer_sequence_18", "layer_ane_16",
                                         "constexpr_16", "constexpr_18", "flexible_enumerated", "flexible_range",
                                         "state_18", "lstm_15"),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace seben
