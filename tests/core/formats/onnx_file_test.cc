// SPDX-License-Identifier: Apache-2.0
// Tensors of models that the onnx package wrote (tools/fixtures/make_onnx.py), and models that are wrong.
#include "formats/onnx_file.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <vector>

#include "support/errors.h"
#include "support/proto_writer.h"
#include "support/temp_dir.h"

namespace seben::tensor {
namespace {

using test::is_bad_data;
using test::onnx_constant;
using test::onnx_model;
using test::onnx_tensor;
using test::ProtoWriter;

std::string fixture(const std::string& name) { return SEBEN_SOURCE_DIR "/tests/fixtures/generate/" + name; }

std::vector<float> floats(const OnnxTensor& t) {
  std::vector<float> out(t.data.size() / sizeof(float));
  std::memcpy(out.data(), t.data.data(), t.data.size());
  return out;
}

constexpr std::array<float, 2> kTwo{1.5F, -2.0F};
constexpr std::array<std::int64_t, 1> kShape{2};

ProtoWriter two() { return onnx_tensor("two", kShape, 1, std::as_bytes(std::span(kTwo))); }
OnnxFile parse(const ProtoWriter& model) { return OnnxFile::view(model.view(), "m.onnx"); }
OnnxFile with_tensor(const ProtoWriter& tensor) { return parse(onnx_model(ProtoWriter().message(5, tensor))); }

TEST(OnnxFile, ReadsWhatTheOnnxPackageWrites) {
  const OnnxFile file = OnnxFile::open(fixture("small.onnx"));
  EXPECT_EQ(file.ir_version(), 8);
  EXPECT_EQ(file.graphs(), (std::vector<std::string>{"main", "main/else_branch", "main/then_branch"}));
  const std::vector<OnnxTensor>& t = file.tensors();
  ASSERT_EQ(t.size(), 8U);
  const auto named = [&](std::string_view name, std::size_t graph) -> const OnnxTensor& {
    for (const OnnxTensor& one : t) {
      if (one.name == name && one.graph == graph) return one;
    }
    throw std::runtime_error("no " + std::string(name));
  };
  EXPECT_EQ(floats(named("raw", 0)), (std::vector<float>{1.5F, -2.0F}));
  EXPECT_EQ(floats(named("numbers", 0)), (std::vector<float>{0.25F, 0.5F, 1.0F}));
  EXPECT_EQ(named("numbers", 0).shape, (Shape{1, 3}));
  EXPECT_EQ(floats(named("scalar", 0)), std::vector<float>{3.0F});
  EXPECT_TRUE(named("scalar", 0).shape.empty());
  EXPECT_EQ(named("flags", 0).type, static_cast<OnnxType>(9));
  EXPECT_TRUE(named("flags", 0).data.empty());
  EXPECT_EQ(named("unnamed", 0).type, OnnxType::i64);
  EXPECT_EQ(floats(named("weight.0", 2)), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(named("weight.1", 2).type, OnnxType::f16);
  EXPECT_EQ(named("weight.1", 2).data.size(), 12U);
  EXPECT_EQ(floats(named("weight.0", 1))[5], -5.0F);
}

TEST(OnnxFile, ValuesInAnotherFileAreRefused) {
  EXPECT_TRUE(is_bad_data("weights: expected values in this file, found values in another one (external data)",
                          [] { (void)OnnxFile::open(fixture("external.onnx")); }));
}

TEST(OnnxFile, CutAnywhereIsOneError) {
  const std::string whole = test::read_file(fixture("small.onnx"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string part = whole.substr(0, length);
    EXPECT_TRUE(is_bad_data("m.onnx: ", [&] { (void)OnnxFile::view(std::as_bytes(std::span(part)), "m.onnx"); }))
        << length;
  }
}

TEST(OnnxFile, EveryByteMayBeWrong) {
  const std::string whole = test::read_file(fixture("small.onnx"));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x7FU, 0x80U, 0xFFU}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ flip);
      try {
        (void)OnnxFile::view(std::as_bytes(std::span(bytes)), "m.onnx");
      } catch (const Error& error) {
        EXPECT_EQ(error.category(), ErrorCategory::bad_data) << error.what();
      }
    }
  }
}

TEST(OnnxFile, WhatItMustHave) {
  EXPECT_TRUE(is_bad_data("model: expected a version of ONNX, found none", [] { (void)parse(ProtoWriter()); }));
  EXPECT_TRUE(is_bad_data("a version of ONNX, found 0", [] { (void)parse(ProtoWriter().number(1, 0)); }));
  EXPECT_TRUE(is_bad_data("a graph, found none", [] { (void)parse(ProtoWriter().number(1, 8)); }));
  EXPECT_TRUE(is_bad_data("a version of its operators",
                          [] { (void)parse(ProtoWriter().number(1, 8).message(7, ProtoWriter())); }));
  EXPECT_TRUE(is_bad_data("one graph, found another",
                          [] { (void)parse(onnx_model(ProtoWriter()).message(7, ProtoWriter())); }));
  EXPECT_FALSE(OnnxFile::is_one({}));
  EXPECT_TRUE(OnnxFile::is_one(onnx_model(ProtoWriter()).view()));
}

TEST(OnnxFile, ShapesAreHeldAgainstBytes) {
  EXPECT_EQ(with_tensor(two()).tensors().size(), 1U);
  EXPECT_TRUE(is_bad_data("two: expected 24 bytes of values for shape [2, 3], found 8",
                          [] { (void)with_tensor(two().number(1, 3)); }));
  EXPECT_TRUE(is_bad_data("two: expected at most 268435456 elements",
                          [] { (void)with_tensor(two().number(1, 1U << 27).number(1, 1U << 27)); }));
  EXPECT_TRUE(is_bad_data("sizes of at most 268435456", [] { (void)with_tensor(two().number(1, ~0ULL)); }));
  EXPECT_TRUE(is_bad_data("rank at most 8", [] {
    ProtoWriter t = two();
    for (int i = 0; i < 8; ++i) t.number(1, 1);
    (void)with_tensor(t);
  }));
  EXPECT_TRUE(is_bad_data("two: expected a type of values", [] { (void)with_tensor(two().number(2, 0)); }));
  EXPECT_TRUE(is_bad_data("in one piece", [] { (void)with_tensor(two().message(3, ProtoWriter())); }));
  EXPECT_TRUE(is_bad_data("external data", [] { (void)with_tensor(two().number(14, 1)); }));
  EXPECT_TRUE(is_bad_data("dense tensors", [] { (void)parse(onnx_model(ProtoWriter().message(15, ProtoWriter()))); }));
  const OnnxFile packed = with_tensor(
      ProtoWriter().message(1, ProtoWriter().raw_varint(1).raw_varint(2)).number(2, 1).bytes(9, "12345678"));
  EXPECT_EQ(packed.tensors()[0].shape, (Shape{1, 2}));
}

TEST(OnnxFile, NamesAreShortAndPrintable) {
  EXPECT_TRUE(is_bad_data("printable", [] { (void)with_tensor(two().bytes(8, "two\nlines")); }));
  EXPECT_TRUE(
      is_bad_data("at most 512 bytes, found 513", [] { (void)with_tensor(two().bytes(8, std::string(513, 'x'))); }));
}

TEST(OnnxFile, GraphsInGraphsHaveAnEnd) {
  const auto deep = [](int levels) {
    ProtoWriter graph;
    graph.message(1, onnx_constant(two()));
    for (int i = 0; i < levels; ++i) {
      const ProtoWriter node =
          ProtoWriter().bytes(4, "If").message(5, ProtoWriter().bytes(1, "then_branch").message(6, graph));
      graph = ProtoWriter().message(1, node);
    }
    return parse(onnx_model(graph));
  };
  EXPECT_EQ(deep(16).tensors()[0].graph, 16U);
  EXPECT_TRUE(is_bad_data("at most 16 deep", [&] { (void)deep(17); }));
  EXPECT_TRUE(is_bad_data("at most 1024 graphs", [] {
    ProtoWriter attribute;
    attribute.bytes(1, "all");
    for (int i = 0; i < 1024; ++i) attribute.message(11, ProtoWriter());
    (void)parse(onnx_model(ProtoWriter().message(1, ProtoWriter().message(5, attribute))));
  }));
}

TEST(OnnxFile, TheWireFormatIsChecked) {
  EXPECT_TRUE(is_bad_data("forms 0, 1, 2 and 5", [] { (void)parse(ProtoWriter().raw_varint((1U << 3) | 3)); }));
  EXPECT_TRUE(is_bad_data("numbers of fields", [] { (void)parse(ProtoWriter().raw_varint(2)); }));
  EXPECT_TRUE(is_bad_data("field 1 in form 0, found form 2", [] { (void)parse(ProtoWriter().bytes(1, "x")); }));
  EXPECT_TRUE(is_bad_data("truncated", [] { (void)parse(ProtoWriter().raw_varint((7U << 3) | 2).raw_varint(~0ULL)); }));
  EXPECT_TRUE(is_bad_data("at most 64 bits", [] {
    const std::string endless(11, '\xFF');
    (void)OnnxFile::view(std::as_bytes(std::span(endless)), "m.onnx");
  }));
}

}  // namespace
}  // namespace seben::tensor
