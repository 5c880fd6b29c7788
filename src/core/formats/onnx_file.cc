// SPDX-License-Identifier: Apache-2.0
#include "formats/onnx_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/format.h"
#include "formats/proto_fields.h"
#include "tensor/shape_product.h"

namespace seben::tensor {
namespace {

using ProtoBytes = std::span<const std::byte>;

// Far above what small networks have, far below what would take noticeable memory.
constexpr std::size_t kMaxOnnxTensors = 16384, kMaxOnnxGraphs = 1024, kMaxOnnxName = 512, kMaxOnnxRank = 8;
constexpr std::int64_t kMaxOnnxElements = std::int64_t{1} << 28, kMaxOnnxVersion = 1000;
constexpr int kMaxOnnxDepth = 16;

// Numbers of fields in onnx.proto.
namespace model {
constexpr std::uint32_t kOnnxVersion = 1, kGraph = 7, kOperatorSets = 8;
}
namespace graph {
constexpr std::uint32_t kNode = 1, kInitialiser = 5, kSparse = 15;
}
namespace node {
constexpr std::uint32_t kOutput = 2, kOperator = 4, kAttribute = 5;
}
namespace attribute {
constexpr std::uint32_t kName = 1, kTensor = 5, kGraph = 6, kGraphs = 11;
}
namespace values {
constexpr std::uint32_t kDims = 1, kType = 2, kSegment = 3, kFloats = 4, kIntegers = 7, kName = 8, kRaw = 9,
                        kExternal = 13, kPlace = 14;
}

std::string name_of(const ProtoFields& fields, const ProtoField& field, std::string_view what) {
  fields.require(field, ProtoWire::bytes);
  const std::string_view text(reinterpret_cast<const char*>(field.bytes.data()), field.bytes.size());
  if (text.size() > kMaxOnnxName) {
    fields.fail(base::format("{} of at most {} bytes", what, kMaxOnnxName), base::format("{}", text.size()));
  }
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; })) {
    fields.fail(base::format("{} in printable characters of ASCII", what), "others");
  }
  return std::string(text);
}

std::size_t bytes_of(OnnxType type) {
  switch (type) {
    case OnnxType::f32: return 4;
    case OnnxType::f16: return 2;
    case OnnxType::i64: return 8;
  }
  return 0;
}

// What a TensorProto says, before it is held against itself.
struct Stored {
  std::string name;
  std::optional<std::uint64_t> type;
  Shape shape;
  std::optional<ProtoBytes> raw, floats;
  bool external = false, in_parts = false, integers = false;
};

void add_size(const ProtoFields& fields, Shape& shape, std::uint64_t size) {
  if (shape.size() == kMaxOnnxRank) fields.fail(base::format("tensors of rank at most {}", kMaxOnnxRank), "more");
  if (size > static_cast<std::uint64_t>(kMaxOnnxElements)) {
    fields.fail(base::format("sizes of at most {}", kMaxOnnxElements), base::format("{}", size));
  }
  shape.push_back(static_cast<std::int64_t>(size));
}

Stored read_stored(ProtoBytes message, const std::string& source) {
  ProtoFields fields(message, source, "tensor");
  Stored out;
  while (const auto field = fields.next()) {
    switch (field->number) {
      case values::kDims:  // one by one, or packed
        if (field->wire == ProtoWire::varint) {
          add_size(fields, out.shape, field->value);
        } else {
          fields.require(*field, ProtoWire::bytes);
          ProtoFields packed(field->bytes, source, "tensor: sizes");
          while (!packed.at_end()) add_size(packed, out.shape, packed.varint());
        }
        break;
      case values::kType:
        fields.require(*field, ProtoWire::varint);
        out.type = field->value;
        break;
      case values::kName: out.name = name_of(fields, *field, "a name"); break;
      case values::kRaw:
        fields.require(*field, ProtoWire::bytes);
        out.raw = field->bytes;
        break;
      case values::kFloats:  // packed: four bytes each, as raw ones
        fields.require(*field, ProtoWire::bytes);
        if (out.floats) fields.fail("the values of a tensor in one piece", "several");
        out.floats = field->bytes;
        break;
      case values::kIntegers: out.integers = true; break;
      case values::kSegment: out.in_parts = true; break;
      case values::kExternal: out.external = true; break;
      case values::kPlace:
        fields.require(*field, ProtoWire::varint);
        out.external = out.external || field->value != 0;
        break;
      default: break;
    }
  }
  return out;
}

}  // namespace

OnnxFile OnnxFile::open(const std::string& path) {
  OnnxFile file;
  file.file_ = base::MappedFile::open(path);
  file.bytes_ = file.file_->bytes();
  file.source_ = path;
  file.parse();
  return file;
}

OnnxFile OnnxFile::view(std::span<const std::byte> bytes, const std::string& source) {
  OnnxFile file;
  file.bytes_ = bytes;
  file.source_ = source;
  file.parse();
  return file;
}

bool OnnxFile::is_one(std::span<const std::byte> bytes) noexcept {
  constexpr std::byte kVersionKey{0x08};
  return !bytes.empty() && bytes.front() == kVersionKey;
}

void OnnxFile::parse() {
  ProtoFields fields(bytes_, source_, "model");
  std::optional<ProtoBytes> main;
  bool operators = false;
  while (const auto field = fields.next()) {
    if (field->number == model::kOnnxVersion) {
      fields.require(*field, ProtoWire::varint);
      if (field->value < 1 || field->value > static_cast<std::uint64_t>(kMaxOnnxVersion)) {
        fields.fail("a version of ONNX", base::format("{}", field->value));
      }
      ir_version_ = static_cast<std::int64_t>(field->value);
    } else if (field->number == model::kGraph) {
      fields.require(*field, ProtoWire::bytes);
      if (main) fields.fail("one graph", "another");
      main = field->bytes;
    } else if (field->number == model::kOperatorSets) {
      fields.require(*field, ProtoWire::bytes);
      operators = true;
    }
  }
  // All three are required; the writers put the operators' version last, so that a cut file lacks it.
  if (ir_version_ == 0) fields.fail("a version of ONNX", "none");
  if (!main) fields.fail("a graph", "none (truncated file?)");
  if (!operators) fields.fail("a version of its operators", "none (truncated file?)");
  read_graph(*main, "main", 0);
}

void OnnxFile::read_graph(ProtoBytes message, std::string path, int depth) {
  ProtoFields fields(message, source_, "graph");
  if (depth > kMaxOnnxDepth) fields.fail(base::format("graphs at most {} deep in each other", kMaxOnnxDepth), "more");
  if (graphs_.size() == kMaxOnnxGraphs) fields.fail(base::format("at most {} graphs", kMaxOnnxGraphs), "more");
  const std::size_t index = graphs_.size();
  graphs_.push_back(std::move(path));
  while (const auto field = fields.next()) {
    if (field->number == graph::kInitialiser) {
      fields.require(*field, ProtoWire::bytes);
      read_tensor(field->bytes, index, {});
    } else if (field->number == graph::kNode) {
      fields.require(*field, ProtoWire::bytes);
      read_node(field->bytes, index, depth);
    } else if (field->number == graph::kSparse) {
      fields.fail("dense tensors", "sparse ones");
    }
  }
}

// Fields may come in any order: what the node is must be known before its attributes mean anything.
void OnnxFile::read_node(ProtoBytes message, std::size_t graph, int depth) {
  ProtoFields fields(message, source_, "node");
  std::string output;
  bool is_constant = false;
  while (const auto field = fields.next()) {
    if (field->number == node::kOutput) {
      if (std::string name = name_of(fields, *field, "an output's name"); output.empty()) output = std::move(name);
    } else if (field->number == node::kOperator) {
      is_constant = name_of(fields, *field, "an operator") == "Constant";
    }
  }
  ProtoFields again(message, source_, "node");
  while (const auto field = again.next()) {
    if (field->number != node::kAttribute) continue;
    again.require(*field, ProtoWire::bytes);
    ProtoFields attributes(field->bytes, source_, "attribute");
    std::string name;
    std::vector<ProtoBytes> graphs;
    std::optional<ProtoBytes> tensor;
    while (const auto part = attributes.next()) {
      if (part->number == attribute::kName) name = name_of(attributes, *part, "a name");
      if (part->number == attribute::kTensor || part->number == attribute::kGraph ||
          part->number == attribute::kGraphs) {
        attributes.require(*part, ProtoWire::bytes);
        if (part->number == attribute::kTensor) {
          tensor = part->bytes;
        } else {
          graphs.push_back(part->bytes);
        }
      }
    }
    if (tensor && is_constant && name == "value") read_tensor(*tensor, graph, output);
    for (const ProtoBytes inner : graphs) read_graph(inner, graphs_[graph] + "/" + name, depth + 1);
  }
}

void OnnxFile::read_tensor(ProtoBytes message, std::size_t graph, std::string_view other_name) {
  Stored stored = read_stored(message, source_);
  OnnxTensor out;
  out.name = stored.name.empty() ? std::string(other_name) : std::move(stored.name);
  out.graph = graph;
  const ProtoFields fields(message, source_, out.name.empty() ? "tensor" : out.name);
  if (tensors_.size() == kMaxOnnxTensors) fields.fail(base::format("at most {} tensors", kMaxOnnxTensors), "more");
  if (stored.external) fields.fail("values in this file", "values in another one (external data)");
  if (stored.in_parts) fields.fail("the values of a tensor in one piece", "a segment");
  if (!stored.type || *stored.type == 0 || *stored.type > 1000) fields.fail("a type of values", "none");
  out.type = static_cast<OnnxType>(*stored.type);
  const auto elements = checked_elements(stored.shape, kMaxOnnxElements);
  if (!elements) fields.fail(base::format("at most {} elements", kMaxOnnxElements), "more");
  out.shape = std::move(stored.shape);
  const bool known = out.type == OnnxType::f32 || out.type == OnnxType::f16 || out.type == OnnxType::i64;
  if (known && !(out.type == OnnxType::i64 && stored.integers)) {
    if (out.type == OnnxType::f32 && !stored.raw) stored.raw = stored.floats;
    out.data = stored.raw.value_or(ProtoBytes());
    const std::size_t wanted = static_cast<std::size_t>(*elements) * bytes_of(out.type);
    if (out.data.size() != wanted) {
      fields.fail(base::format("{} bytes of values for shape {}", wanted, to_string(out.shape)),
                  base::format("{}", out.data.size()));
    }
  }
  tensors_.push_back(std::move(out));
}

}  // namespace seben::tensor
