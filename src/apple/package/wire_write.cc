// SPDX-License-Identifier: Apache-2.0
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cstring>

#include "package/wire.h"
#include "package/wire_types.h"
#include "seben/error.h"

namespace seben::coreml {
namespace {

using mil::DType;
using mil::Literal;

void write_type(const mil::Type& type, milspec::ValueType& out) {
  milspec::TensorType& tensor =
      type.state ? *out.mutable_statetype()->mutable_wrappedtype()->mutable_tensortype() : *out.mutable_tensortype();
  tensor.set_datatype(to_wire(type.dtype));
  tensor.set_rank(type.rank());
  for (const std::int64_t d : type.shape) {
    milspec::Dimension& dimension = *tensor.add_dimensions();
    if (d == mil::kUnknown) {
      dimension.mutable_unknown();  // an empty message, which selects the arm
    } else {
      dimension.mutable_constant()->set_size(static_cast<std::uint64_t>(d));
    }
  }
}

// Which arm of TensorValue a dtype takes: the narrow ones travel as bytes.
void write_immediate(const Literal& literal, milspec::TensorValue& out) {
  const auto elements = literal.type.elements();
  std::vector<double> numbers;
  const DType dtype = literal.type.dtype;
  const bool listed = dtype == DType::fp32 || dtype == DType::fp64 || dtype == DType::boolean ||
                      dtype == DType::int16 || dtype == DType::uint16 || dtype == DType::int32;
  if (listed) numbers = literal.numbers();
  if (dtype == DType::string) {
    auto& strings = *out.mutable_strings();
    for (const std::string& s : literal.strings) strings.add_values(s);
  } else if (dtype == DType::fp32) {
    auto& floats = *out.mutable_floats();
    for (const double v : numbers) floats.add_values(static_cast<float>(v));
  } else if (dtype == DType::fp64) {
    auto& doubles = *out.mutable_doubles();
    for (const double v : numbers) doubles.add_values(v);
  } else if (dtype == DType::boolean) {
    auto& bools = *out.mutable_bools();
    for (const double v : numbers) bools.add_values(v != 0.0);
  } else if (listed) {
    auto& ints = *out.mutable_ints();
    for (const double v : numbers) ints.add_values(static_cast<std::int32_t>(v));
  } else if (dtype == DType::int64 || dtype == DType::uint64) {
    auto& longs = *out.mutable_longints();
    std::vector<std::byte> bytes;
    literal.payload->stream(
        [&](std::span<const std::byte> piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
    for (std::int64_t i = 0; i < elements; ++i) {
      std::int64_t value = 0;
      std::memcpy(&value, bytes.data() + static_cast<std::size_t>(i) * sizeof(value), sizeof(value));
      longs.add_values(value);
    }
  } else {
    std::string& bytes = *out.mutable_bytes()->mutable_values();
    literal.payload->stream([&](std::span<const std::byte> piece) {
      bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    });
  }
}

void write_value(const Literal& literal, const PlaceBlob& place, milspec::Value& out) {
  write_type(literal.type, *out.mutable_type());
  if (literal.in_file) {
    milspec::Value::BlobFileValue& blob = *out.mutable_blobfilevalue();
    blob.set_filename("@model_path/weights/weight.bin");
    blob.set_offset(place(literal));
  } else {
    write_immediate(literal, *out.mutable_immediatevalue()->mutable_tensor());
  }
}

void write_named(const mil::NamedType& named, milspec::NamedValueType& out) {
  out.set_name(named.name);
  write_type(named.type, *out.mutable_type());
}

void write_operation(const mil::Operation& op, const PlaceBlob& place, milspec::Operation& out) {
  out.set_type(op.type);
  for (const auto& [name, bindings] : op.inputs) {
    milspec::Argument& argument = (*out.mutable_inputs())[name];
    for (const mil::Binding& binding : bindings) {
      auto& wire = *argument.add_arguments();
      if (const auto* value = std::get_if<std::string>(&binding)) {
        wire.set_name(*value);
      } else {
        write_value(std::get<Literal>(binding), place, *wire.mutable_value());
      }
    }
  }
  for (const mil::NamedType& output : op.outputs) write_named(output, *out.add_outputs());
  for (const auto& [name, literal] : op.attributes) write_value(literal, place, (*out.mutable_attributes())[name]);
}

void write_function(const mil::Function& function, const PlaceBlob& place, milspec::Function& out) {
  for (const mil::NamedType& input : function.inputs) write_named(input, *out.add_inputs());
  const std::string opset(wire_name(function.opset));
  out.set_opset(opset);
  milspec::Block& block = (*out.mutable_block_specializations())[opset];
  for (const std::string& output : function.outputs) block.add_outputs(output);
  for (const mil::Operation& op : function.operations) write_operation(op, place, *block.add_operations());
}

void write_array(const mil::Feature& feature, spec::ArrayFeatureType& out) {
  for (const std::int64_t d : feature.shape) out.add_shape(d);
  const auto dtype = to_array_type(feature.dtype);
  if (!dtype) {
    throw Error(ErrorCategory::internal, "interface: " + feature.name, "a dtype that an interface can have",
                std::string(to_string(feature.dtype)));
  }
  out.set_datatype(*dtype);
  for (const mil::Shape& shape : feature.enumerated) {
    auto& wire = *out.mutable_enumeratedshapes()->add_shapes();
    for (const std::int64_t d : shape) wire.add_shape(d);
  }
  for (const mil::SizeRange& range : feature.ranges) {
    spec::SizeRange& wire = *out.mutable_shaperange()->add_sizeranges();
    wire.set_lowerbound(static_cast<std::uint64_t>(range.lower));
    wire.set_upperbound(range.upper);
  }
}

void write_feature(const mil::Feature& feature, bool state, spec::FeatureDescription& out) {
  out.set_name(feature.name);
  out.set_shortdescription(feature.description);
  spec::FeatureType& type = *out.mutable_type();
  write_array(feature, state ? *type.mutable_statetype()->mutable_arraytype() : *type.mutable_multiarraytype());
  type.set_isoptional(feature.optional);
}

}  // namespace

std::string serialize(const mil::Model& model, const PlaceBlob& place) {
  spec::Model out;
  out.set_specificationversion(model.specification_version);
  spec::ModelDescription& description = *out.mutable_description();
  for (const mil::Feature& f : model.interface.inputs) write_feature(f, false, *description.add_input());
  for (const mil::Feature& f : model.interface.outputs) write_feature(f, false, *description.add_output());
  for (const mil::Feature& f : model.interface.states) write_feature(f, true, *description.add_state());
  spec::Metadata& metadata = *description.mutable_metadata();
  metadata.set_shortdescription(model.metadata.description);
  metadata.set_versionstring(model.metadata.version);
  metadata.set_author(model.metadata.author);
  metadata.set_license(model.metadata.license);
  for (const auto& [key, value] : model.metadata.user) (*metadata.mutable_userdefined())[key] = value;
  milspec::Program& program = *out.mutable_mlprogram();
  program.set_version(1);
  for (const auto& [name, function] : model.program.functions) {
    write_function(function, place, (*program.mutable_functions())[name]);
  }
  for (const auto& [name, literal] : model.program.attributes) {
    write_value(literal, place, (*program.mutable_attributes())[name]);
  }
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream sink(&bytes);
    google::protobuf::io::CodedOutputStream stream(&sink);
    stream.SetSerializationDeterministic(true);
    if (!out.SerializeToCodedStream(&stream)) {
      throw Error(ErrorCategory::internal, "model", "a message below 2 GiB", "one that cannot be serialized");
    }
  }
  return bytes;
}

}  // namespace seben::coreml
