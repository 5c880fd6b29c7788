// SPDX-License-Identifier: Apache-2.0
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/bad_data.h"
#include "base/float16.h"
#include "mil/names.h"
#include "package/wire.h"
#include "package/wire_types.h"
#include "seben/error.h"

namespace seben::coreml {
namespace {

using mil::DType;
using mil::Literal;
using mil::printable;

constexpr int kMaxRank = 8;  // a palette has rank + 2
constexpr int kMaxWireOperations = 200'000;
constexpr int kMaxFeatures = 4096;

using base::bad_data;

mil::Type read_tensor_type(const milspec::TensorType& wire, const std::string& where) {
  const auto dtype = from_wire(wire.datatype());
  if (!dtype) bad_data(where + ": dataType", "a known type", std::to_string(static_cast<int>(wire.datatype())));
  if (wire.rank() != wire.dimensions_size() || wire.rank() > kMaxRank) {
    bad_data(where + ": rank",
             std::to_string(wire.dimensions_size()) + " dimensions, at most " + std::to_string(kMaxRank),
             std::to_string(wire.rank()));
  }
  mil::Type type{*dtype, {}};
  for (const milspec::Dimension& d : wire.dimensions()) {
    if (d.has_constant()) {
      if (d.constant().size() > static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max())) {
        bad_data(where + ": dimension", "at most 2^31 - 1", std::to_string(d.constant().size()));
      }
      type.shape.push_back(static_cast<std::int64_t>(d.constant().size()));
    } else if (d.has_unknown() && !d.unknown().variadic()) {
      type.shape.push_back(mil::kUnknown);
    } else {
      bad_data(where + ": dimension", "a size, or unknown", "neither");
    }
  }
  if (type.fixed()) static_cast<void>(type.elements());
  return type;
}

mil::Type read_type(const milspec::ValueType& wire, const std::string& where) {
  if (wire.has_tensortype()) return read_tensor_type(wire.tensortype(), where);
  if (wire.has_statetype() && wire.statetype().wrappedtype().has_tensortype()) {
    mil::Type type = read_tensor_type(wire.statetype().wrappedtype().tensortype(), where);
    type.state = true;
    return type;
  }
  bad_data(where + ": type", "a tensor or a state", "a list, tuple, dictionary or nothing");
}

template <typename T, typename Values>
std::vector<std::byte> bytes_from(const Values& values) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(values.size()) * sizeof(T));
  std::size_t at = 0;
  for (const auto v : values) {
    const T narrow = static_cast<T>(v);
    std::memcpy(bytes.data() + at, &narrow, sizeof(T));
    at += sizeof(T);
  }
  return bytes;
}

std::vector<std::byte> ints_of(DType dtype, const milspec::TensorValue& v, const std::string& where) {
  const auto& values = v.ints().values();
  switch (dtype) {
    case DType::int8: return bytes_from<std::int8_t>(values);
    case DType::uint8: return bytes_from<std::uint8_t>(values);
    case DType::int16: return bytes_from<std::int16_t>(values);
    case DType::uint16: return bytes_from<std::uint16_t>(values);
    case DType::int32:
    case DType::uint32: return bytes_from<std::int32_t>(values);
    default: bad_data(where + ": value", std::string(to_string(dtype)), "integers");
  }
}

std::vector<std::byte> floats_of(DType dtype, const milspec::TensorValue& v, const std::string& where) {
  if (dtype == DType::fp32) return bytes_from<float>(v.floats().values());
  if (dtype != DType::fp16) bad_data(where + ": value", std::string(to_string(dtype)), "floats");
  std::vector<std::uint16_t> half;
  for (const float value : v.floats().values()) half.push_back(base::f32_to_f16(value));
  return bytes_from<std::uint16_t>(half);
}

std::vector<std::byte> immediate_bytes(DType dtype, const milspec::TensorValue& v, const std::string& where) {
  if (v.has_bytes()) {
    const std::string& raw = v.bytes().values();
    std::vector<std::byte> bytes(raw.size());
    if (!raw.empty()) std::memcpy(bytes.data(), raw.data(), raw.size());
    return bytes;
  }
  if (v.has_ints()) return ints_of(dtype, v, where);
  if (v.has_floats()) return floats_of(dtype, v, where);
  if (v.has_bools() && dtype == DType::boolean) return bytes_from<std::uint8_t>(v.bools().values());
  if (v.has_longints() && (dtype == DType::int64 || dtype == DType::uint64)) {
    return bytes_from<std::int64_t>(v.longints().values());
  }
  if (v.has_doubles() && dtype == DType::fp64) return bytes_from<double>(v.doubles().values());
  bad_data(where + ": value", "one of " + std::string(to_string(dtype)), "a value of another kind, or none");
}

class Reader {
 public:
  Reader(std::string source, const FindBlob& find) : source_(std::move(source)), find_(find) {}

  mil::Model model(const spec::Model& wire) {
    if (!wire.has_mlprogram()) {
      bad_data(source_ + ": model", "an ML program",
               wire.has_neuralnetwork() ? "a neural network"
               : wire.has_pipeline()    ? "a pipeline"
                                        : "another kind, or nothing");
    }
    mil::Model model;
    model.specification_version = wire.specificationversion();
    if (model.specification_version < 6 || model.specification_version > 10) {
      bad_data(source_ + ": specificationVersion", "6..10", std::to_string(model.specification_version));
    }
    interface(wire.description(), model.interface);
    metadata(wire.description().metadata(), model.metadata);
    for (const auto& [name, function] : wire.mlprogram().functions()) {
      model.program.functions[printable(name)] = read_function(function, source_ + ": " + printable(name));
    }
    for (const auto& [name, value] : wire.mlprogram().attributes()) {
      // The converter's buildInfo is a dictionary; nothing here depends on it.
      if (value.type().has_tensortype())
        model.program.attributes[printable(name)] = literal(value, source_ + ": " + printable(name));
    }
    return model;
  }

 private:
  void interface(const spec::ModelDescription& wire, mil::ModelInterface& out) {
    if (wire.functions_size() > 0) bad_data(source_ + ": description", "one function", "several (functions)");
    if (wire.input_size() > kMaxFeatures || wire.output_size() > kMaxFeatures || wire.state_size() > kMaxFeatures) {
      bad_data(source_ + ": description", "at most " + std::to_string(kMaxFeatures) + " features", "more");
    }
    for (const auto& f : wire.input()) out.inputs.push_back(feature(f, false));
    for (const auto& f : wire.output()) out.outputs.push_back(feature(f, false));
    for (const auto& f : wire.state()) out.states.push_back(feature(f, true));
  }

  mil::Feature feature(const spec::FeatureDescription& wire, bool state) {
    const std::string where = source_ + ": description: " + printable(wire.name());
    const bool is_array = state ? wire.type().statetype().has_arraytype() : wire.type().has_multiarraytype();
    if (!is_array) bad_data(where, "a multi-array", "another type of feature");
    const spec::ArrayFeatureType& array = state ? wire.type().statetype().arraytype() : wire.type().multiarraytype();
    mil::Feature f;
    f.name = wire.name();
    f.description = wire.shortdescription();
    f.optional = wire.type().isoptional();
    const auto dtype = from_array_type(array.datatype());
    if (!dtype)
      bad_data(where + ": dataType", "float32, double, int32, float16 or int8", std::to_string(array.datatype()));
    f.dtype = *dtype;
    f.shape = shape(array.shape(), where);
    if (array.enumeratedshapes().shapes_size() > 128) {
      bad_data(where + ": enumeratedShapes", "at most 128", std::to_string(array.enumeratedshapes().shapes_size()));
    }
    for (const auto& s : array.enumeratedshapes().shapes()) f.enumerated.push_back(shape(s.shape(), where));
    if (array.shaperange().sizeranges_size() > kMaxRank)
      bad_data(where + ": shapeRange", "one range a dimension", "more");
    for (const auto& r : array.shaperange().sizeranges()) {
      if (r.upperbound() < 1 || r.lowerbound() > static_cast<std::uint64_t>(r.upperbound())) {
        bad_data(where + ": shapeRange", "bounded ranges",
                 std::to_string(r.lowerbound()) + ".." + std::to_string(r.upperbound()));
      }
      f.ranges.push_back({static_cast<std::int64_t>(r.lowerbound()), r.upperbound()});
    }
    return f;
  }

  template <typename Values>
  mil::Shape shape(const Values& values, const std::string& where) {
    if (values.size() > kMaxRank)
      bad_data(where + ": shape", "at most " + std::to_string(kMaxRank) + " dimensions", std::to_string(values.size()));
    mil::Shape out(values.begin(), values.end());
    if (std::ranges::any_of(out,
                            [](std::int64_t d) { return d < 0 || d > std::numeric_limits<std::int32_t>::max(); })) {
      bad_data(where + ": shape", "dimensions of 0..2^31 - 1", mil::to_string(out));
    }
    return out;
  }

  static void metadata(const spec::Metadata& wire, mil::Metadata& out) {
    out.description = wire.shortdescription();
    out.version = wire.versionstring();
    out.author = wire.author();
    out.license = wire.license();
    for (const auto& [key, value] : wire.userdefined()) out.user[key] = value;
  }

  Literal literal(const milspec::Value& wire, const std::string& where) {
    Literal out;
    out.type = read_type(wire.type(), where);
    if (!out.type.fixed() || out.type.state) bad_data(where + ": type", "a tensor of known shape", to_string(out.type));
    if (wire.has_blobfilevalue()) {
      out.in_file = true;
      out.payload = find_(wire.blobfilevalue().filename(), wire.blobfilevalue().offset(), out.type);
      return out;
    }
    if (!wire.has_immediatevalue() || !wire.immediatevalue().has_tensor()) {
      bad_data(where + ": value", "a tensor in place or in the weight file", "neither");
    }
    const milspec::TensorValue& tensor = wire.immediatevalue().tensor();
    const std::int64_t elements = out.type.elements();
    if (out.type.dtype == DType::string) {
      for (const std::string& s : tensor.strings().values()) out.strings.push_back(s);
      if (static_cast<std::int64_t>(out.strings.size()) != elements) {
        bad_data(where + ": value", std::to_string(elements) + " strings", std::to_string(out.strings.size()));
      }
      return out;
    }
    std::vector<std::byte> bytes =
        elements == 0 ? std::vector<std::byte>() : immediate_bytes(out.type.dtype, tensor, where);
    if (bytes.size() != mil::bytes_of(out.type.dtype, elements)) {
      bad_data(where + ": value",
               std::to_string(mil::bytes_of(out.type.dtype, elements)) + " bytes for " + to_string(out.type),
               std::to_string(bytes.size()));
    }
    out.payload = mil::own_bytes(std::move(bytes));
    return out;
  }

  mil::Function read_function(const milspec::Function& wire, const std::string& where) {
    mil::Function function;
    const auto opset = mil::opset_of_wire_name(wire.opset());
    if (!opset) bad_data(where + ": opset", "CoreML5 to CoreML8", printable(wire.opset()));
    function.opset = *opset;
    for (const auto& input : wire.inputs()) {
      function.inputs.push_back({input.name(), read_type(input.type(), where + ", input " + printable(input.name()))});
    }
    const auto block = wire.block_specializations().find(wire.opset());
    if (block == wire.block_specializations().end()) {
      bad_data(where + ": block_specializations", "one for " + wire.opset(), "none");
    }
    if (block->second.operations_size() > kMaxWireOperations) {
      bad_data(where, "at most " + std::to_string(kMaxWireOperations) + " operations",
               std::to_string(block->second.operations_size()));
    }
    for (const auto& op : block->second.operations()) {
      const std::string at =
          where + ", operation " + std::to_string(function.operations.size()) + " (" + printable(op.type()) + ")";
      function.operations.push_back(operation(op, at));
    }
    function.outputs.assign(block->second.outputs().begin(), block->second.outputs().end());
    return function;
  }

  mil::Operation operation(const milspec::Operation& wire, const std::string& where) {
    if (wire.blocks_size() > 0) bad_data(where, "no control flow", "an operation with blocks");
    mil::Operation op;
    op.type = wire.type();
    for (const auto& [name, argument] : wire.inputs()) {
      std::vector<mil::Binding>& bindings = op.inputs[name];
      for (const auto& binding : argument.arguments()) {
        if (binding.has_value()) {
          bindings.emplace_back(literal(binding.value(), where + ": " + printable(name)));
        } else {
          bindings.emplace_back(binding.name());
        }
      }
    }
    for (const auto& output : wire.outputs()) {
      op.outputs.push_back({output.name(), read_type(output.type(), where + ": output " + printable(output.name()))});
    }
    for (const auto& [name, value] : wire.attributes())
      op.attributes[name] = literal(value, where + ": " + printable(name));
    return op;
  }

  std::string source_;
  const FindBlob& find_;
};

}  // namespace

mil::Model deserialize(std::span<const std::byte> bytes, const std::string& source, const FindBlob& find) {
  if (bytes.empty() || bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    bad_data(source, "a model of 1 byte to 2 GiB", std::to_string(bytes.size()) + " bytes");
  }
  const google::protobuf::LogSilencer quiet;  // what is wrong is said below, once
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                                static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(64);
  spec::Model wire;
  if (!wire.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    bad_data(source, "a protobuf message CoreML.Specification.Model", "bytes that are none");
  }
  return Reader(source, find).model(wire);
}

}  // namespace seben::coreml
