// SPDX-License-Identifier: Apache-2.0
#include "package/mil_text.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

#include "base/float16.h"
#include "mil/check.h"
#include "package/mil_lexer.h"
#include "seben/error.h"

namespace seben::coreml {
namespace {

using mil::DType;
using mil::Literal;

constexpr std::size_t kMaxText = std::size_t{256} << 20;
constexpr std::size_t kMaxOperations = 200'000;
constexpr std::size_t kMaxImmediate = 1 << 20;

template <typename T>
void put(std::vector<std::byte>& bytes, T value) {
  const auto* from = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), from, from + sizeof(T));
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& source, const FindBlob& find) : lex_(text, source), find_(find) {}

  mil::Program program() {
    lex_.expect("program");
    lex_.pass_group();
    while (lex_.sees("[")) lex_.pass_group();
    lex_.expect("{");
    mil::Program program;
    while (!lex_.accept("}")) {
      lex_.expect("func");
      const std::string name = lex_.word();
      if (!program.functions.emplace(name, function()).second) lex_.fail("functions of different names");
    }
    if (!lex_.at_end()) lex_.fail("the end");
    return program;
  }

 private:
  mil::Function function() {
    mil::Function f;
    lex_.expect("<");
    const auto opset = mil::parse_opset(lex_.word());
    if (!opset) lex_.fail("an opset of ios15 to ios18 before it");
    f.opset = *opset;
    lex_.expect(">");
    lex_.expect("(");
    while (!lex_.accept(")")) {
      const mil::Type input = type();
      f.inputs.push_back({lex_.word(), input});
      lex_.accept(",");
    }
    while (lex_.sees("[")) lex_.pass_group();  // attributes, such as flexible shapes
    lex_.expect("{");
    while (!lex_.accept("}")) {
      f.operations.push_back(operation());
      if (f.operations.size() > kMaxOperations) lex_.fail("fewer operations");
    }
    lex_.expect("->");
    lex_.expect("(");
    while (!lex_.accept(")")) {
      f.outputs.push_back(lex_.word());
      lex_.accept(",");
    }
    lex_.expect(";");
    return f;
  }

  mil::Type type() {
    if (lex_.accept("state<")) {
      mil::Type inner = type();
      lex_.expect(">");
      inner.state = true;
      return inner;
    }
    lex_.expect("tensor");
    lex_.expect("<");
    const auto dtype = mil::parse_dtype(lex_.word());
    if (!dtype) lex_.fail("a dtype before it");
    lex_.expect(",");
    lex_.expect("[");
    mil::Type type{*dtype, {}};
    while (!lex_.accept("]")) {
      type.shape.push_back(lex_.accept("?") ? mil::kUnknown : dimension());
      lex_.accept(",");
      if (type.shape.size() > 8) lex_.fail("at most 8 dimensions");
    }
    lex_.expect(">");
    if (type.fixed()) static_cast<void>(type.elements());
    return type;
  }

  std::int64_t dimension() {
    const std::int64_t d = lex_.integer();
    if (d < 0 || d > std::numeric_limits<std::int32_t>::max()) lex_.fail("a dimension of 0..2^31 - 1 before it");
    return d;
  }

  mil::Operation operation() {
    mil::Operation op;
    if (!lex_.sees("write_state")) {
      do {
        const mil::Type output = type();
        op.outputs.push_back({lex_.word(), output});
      } while (lex_.accept(","));
      lex_.expect("=");
    }
    op.type = lex_.word();
    lex_.expect("(");
    while (!lex_.accept(")")) {
      const std::string name = lex_.word();
      lex_.expect("=");
      op.inputs[name] = bindings();
      lex_.accept(",");
    }
    if (lex_.accept("[")) {
      while (!lex_.accept("]")) {
        const std::string name = lex_.word();
        lex_.expect("=");
        op.attributes[name] = literal();
        lex_.accept(",");
      }
    }
    lex_.expect(";");
    return op;
  }

  std::vector<mil::Binding> bindings() {
    std::vector<mil::Binding> found;
    if (lex_.accept("(")) {
      while (!lex_.accept(")")) {
        found.push_back(binding());
        lex_.accept(",");
        if (found.size() > 65536) lex_.fail("fewer values");
      }
    } else {
      found.push_back(binding());
    }
    return found;
  }

  mil::Binding binding() {
    if (lex_.sees("tensor<")) return literal();
    return lex_.word();
  }

  Literal literal() {
    Literal out;
    out.type = type();
    if (!out.type.fixed() || out.type.state) lex_.fail("a constant of known shape before it");
    lex_.expect("(");
    if (lex_.accept("BLOBFILE")) {
      out.in_file = true;
      out.payload = blob(out.type);
    } else {
      const std::int64_t count = out.type.elements();
      if (count > static_cast<std::int64_t>(kMaxImmediate)) lex_.fail("a constant of at most 2^20 elements in place");
      std::vector<std::byte> bytes;
      std::vector<std::uint8_t> codes;
      nested(out, static_cast<std::size_t>(count), bytes, codes);
      if (out.type.dtype != DType::string) {
        if (!codes.empty()) bytes = mil::pack_bits(codes, mil::bits_of(out.type.dtype));
        if (bytes.size() != mil::bytes_of(out.type.dtype, count))
          lex_.fail(std::to_string(count) + " elements before it");
        out.payload = mil::own_bytes(std::move(bytes));
      } else if (static_cast<std::int64_t>(out.strings.size()) != count) {
        lex_.fail(std::to_string(count) + " strings before it");
      }
    }
    lex_.expect(")");
    return out;
  }

  // Elements in brackets of any depth; the declared shape says how they are arranged.
  void nested(Literal& out, std::size_t most, std::vector<std::byte>& bytes, std::vector<std::uint8_t>& codes) {
    std::size_t depth = 0, found = 0;
    do {
      if (lex_.accept("[")) {
        if (++depth > 8) lex_.fail("at most 8 brackets");
      } else if (depth > 0 && lex_.accept("]")) {
        --depth;
      } else if (!lex_.accept(",")) {
        if (++found > most) lex_.fail("at most " + std::to_string(most) + " elements");
        element(out, bytes, codes);
      }
    } while (depth > 0);
  }

  void element(Literal& out, std::vector<std::byte>& bytes, std::vector<std::uint8_t>& codes) {
    switch (out.type.dtype) {
      case DType::string: out.strings.push_back(lex_.quoted()); return;
      case DType::boolean: {
        const bool yes = lex_.accept("true");
        if (!yes) lex_.expect("false");
        put<std::uint8_t>(bytes, yes ? 1 : 0);
        return;
      }
      case DType::fp16: put(bytes, base::f32_to_f16(static_cast<float>(lex_.number()))); return;
      case DType::fp32: put(bytes, static_cast<float>(lex_.number())); return;
      case DType::fp64: put(bytes, lex_.number()); return;
      default: integer(out.type.dtype, lex_.integer(), bytes, codes);
    }
  }

  void integer(DType dtype, std::int64_t value, std::vector<std::byte>& bytes, std::vector<std::uint8_t>& codes) {
    switch (mil::bits_of(dtype)) {
      case 8: put(bytes, static_cast<std::uint8_t>(value)); return;
      case 16: put(bytes, static_cast<std::uint16_t>(value)); return;
      case 32: put(bytes, static_cast<std::uint32_t>(value)); return;
      case 64: put(bytes, value); return;
      default:
        codes.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(value) &
                                                  ((1U << static_cast<unsigned>(mil::bits_of(dtype))) - 1U)));
    }
  }

  std::shared_ptr<const mil::Payload> blob(const mil::Type& type) {
    lex_.expect("(");
    lex_.expect("path");
    lex_.expect("=");
    const Literal path = literal();
    lex_.expect(",");
    lex_.expect("offset");
    lex_.expect("=");
    const Literal offset = literal();
    lex_.expect(")");
    if (path.strings.size() != 1 || !mil::is_integer(offset.type.dtype) || offset.type.elements() != 1) {
      lex_.fail("a path and an offset before it");
    }
    const std::int64_t at = offset.integers().at(0);
    if (at < 0) lex_.fail("an offset of 0 or more before it");
    return find_(path.strings.front(), static_cast<std::uint64_t>(at), type);
  }

  MilLexer lex_;
  const FindBlob& find_;
};

mil::Feature feature_of(const std::string& name, const mil::Type& type) {
  mil::Feature f;
  f.name = name;
  f.dtype = type.dtype;
  f.shape = type.shape.empty() ? mil::Shape{1} : type.shape;
  return f;
}

// What the compiler keeps in coremldata.bin, as far as the types tell it.
mil::ModelInterface interface_of(const mil::Function& f) {
  mil::ModelInterface interface;
  for (const mil::NamedType& in : f.inputs) {
    (in.type.state ? interface.states : interface.inputs).push_back(feature_of(in.name, in.type));
  }
  for (const std::string& name : f.outputs) {
    for (const mil::Operation& op : f.operations) {
      for (const mil::NamedType& out : op.outputs) {
        if (out.name != name) continue;
        interface.outputs.push_back(feature_of(name, out.type));
        if (!out.type.fixed() || out.type.shape.empty()) interface.outputs.back().shape.clear();
      }
    }
  }
  return interface;
}

std::shared_ptr<const mil::Payload> absent(const std::string& path, const mil::Type& type) {
  return mil::produce_bytes(mil::bytes_of(type.dtype, type.elements()), [path](const mil::ByteSink&) {
    throw Error(ErrorCategory::no_input, path, "the model's weights", "no such file");
  });
}

}  // namespace

mil::Program parse_mil(std::string_view text, const std::string& source, const FindBlob& find) {
  return Parser(text, source, find).program();
}

Package read_compiled(const std::string& path) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(path)) {
    throw Error(ErrorCategory::no_input, path, "a compiled model's folder",
                fs::exists(path) ? "something else" : "nothing of that name");
  }
  const std::string text_path = (fs::path(path) / "model.mil").string();
  const std::string text = base::read_text(text_path, kMaxText);
  Package package;
  package.path = path;
  package.model_bytes = text.size();
  package.model_digest = base::sha256_hex(text);
  const std::string weights_path = (fs::path(path) / "weights" / "weight.bin").string();
  std::shared_ptr<BlobFile> weights;
  if (fs::exists(weights_path)) weights = std::make_shared<BlobFile>(BlobFile::open(weights_path));
  const auto find = [&](const std::string& name, std::uint64_t offset, const mil::Type& type) {
    if (name != "@model_path/weights/weight.bin") {
      throw Error(ErrorCategory::bad_data, text_path + ": weight file", "@model_path/weights/weight.bin", name);
    }
    if (!weights) return absent(weights_path, type);
    const BlobRecord record = weights->record(offset);
    if (record.dtype != type.dtype || record.bytes != mil::bytes_of(type.dtype, type.elements())) {
      throw Error(ErrorCategory::bad_data, weights_path + ": record at " + std::to_string(offset), to_string(type),
                  std::to_string(record.bytes) + " bytes of " + std::string(to_string(record.dtype)));
    }
    return mil::borrow_bytes(weights->data(record), weights_path + ": record at " + std::to_string(offset), weights);
  };
  package.model.program = parse_mil(text, text_path, find);
  const mil::Function& main = package.model.program.main();
  package.model.interface = interface_of(main);
  package.model.specification_version = specification_version(main.opset);
  package.weights = weights;
  package.weights_path = weights ? weights_path : "";
  mil::check(package.model.program, path);
  return package;
}

}  // namespace seben::coreml
