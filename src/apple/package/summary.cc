// SPDX-License-Identifier: Apache-2.0
#include "package/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/interrupt.h"
#include "base/sha256.h"
#include "mil/names.h"
#include "package/value_table.h"

namespace seben::coreml {
namespace {

using Json = nlohmann::ordered_json;

Json feature_json(const mil::Feature& f) {
  Json json{{"name", f.name}, {"dtype", std::string(to_string(f.dtype))}, {"shape", f.shape}};
  if (!f.enumerated.empty()) json["enumerated"] = f.enumerated;
  for (const mil::SizeRange& r : f.ranges) json["ranges"].push_back({r.lower, r.upper});
  if (f.optional) json["optional"] = true;
  return json;
}

Json features_json(const std::vector<mil::Feature>& features) {
  Json list = Json::array();
  for (const mil::Feature& f : features) list.push_back(feature_json(f));
  return list;
}

struct Constant {
  std::string name;
  const mil::Literal* literal;
};

std::vector<Constant> constants_of(const mil::Function& function) {
  std::vector<Constant> all;
  const auto visit = [&all](const std::string& name, const mil::Literal& literal) {
    if (literal.payload) all.push_back({name, &literal});
  };
  for (const mil::Operation& op : function.operations) {
    if (!is_parameter(op)) continue;
    const std::string& own = op.outputs.at(0).name;
    for (const auto& [name, literal] : op.attributes) {
      if (name != "name") visit(op.type == "const" ? own : own + "." + name, literal);
    }
    for (const auto& [name, bindings] : op.inputs) {
      if (const auto* literal = std::get_if<mil::Literal>(&bindings.front())) visit(own + "." + name, *literal);
    }
  }
  return all;
}

std::string digest_of(const mil::Payload& payload) {
  base::Sha256 digest;
  payload.stream([&](std::span<const std::byte> piece) {
    base::throw_if_interrupted();
    digest.update(piece);
  });
  return digest.finish_hex();
}

std::string shape_text(const Json& feature) {
  std::string text = feature["dtype"].get<std::string>() + " " + mil::to_string(feature["shape"].get<mil::Shape>());
  if (feature.contains("enumerated")) {
    for (const auto& shape : feature["enumerated"]) text += " or " + mil::to_string(shape.get<mil::Shape>());
  }
  if (feature.contains("ranges")) text += ", ranges " + feature["ranges"].dump();
  return text;
}

}  // namespace

Json summarise(const Package& package) {
  const mil::Function& main = package.model.program.main();
  const ValueTable values(main);
  std::map<std::string, std::int64_t> operators;
  std::map<std::string, double> work;
  for (const mil::Operation& op : main.operations) {
    ++operators[op.type];
    const double n = multiply_adds(op, values);
    if (n > 0.0) work[op.type] += n;
  }
  std::map<std::string, std::uint64_t> stored;
  Json weights = Json::array();
  std::vector<Constant> constants = constants_of(main);
  for (const Constant& c : constants) {
    stored[std::string(to_string(c.literal->type.dtype))] += c.literal->payload->size();
    if (!c.literal->in_file) continue;
    weights.push_back({{"name", c.name},
                       {"dtype", std::string(to_string(c.literal->type.dtype))},
                       {"shape", c.literal->type.shape},
                       {"bytes", c.literal->payload->size()}});
    // A compiled model may have come without its weights.
    if (package.weights) weights.back()["sha256"] = digest_of(*c.literal->payload);
  }
  std::ranges::stable_sort(constants, [](const Constant& a, const Constant& b) {
    return a.literal->payload->size() > b.literal->payload->size();
  });
  Json largest = Json::array();
  for (std::size_t i = 0; i < std::min<std::size_t>(8, constants.size()); ++i) {
    largest.push_back({{"name", constants[i].name},
                       {"type", to_string(constants[i].literal->type)},
                       {"bytes", constants[i].literal->payload->size()}});
  }
  Json json{{"kind", "coreml-package"},
            {"path", package.path},
            {"specification_version", package.model.specification_version},
            {"opset", std::string(to_string(main.opset))},
            {"inputs", features_json(package.model.interface.inputs)},
            {"outputs", features_json(package.model.interface.outputs)},
            {"states", features_json(package.model.interface.states)},
            {"operators", operators},
            {"multiply_adds", work},
            {"parameter_bytes", stored},
            {"largest_constants", largest},
            {"model", {{"bytes", package.model_bytes}, {"sha256", package.model_digest}}}};
  if (package.weights) {
    json["weight_file"] = {{"bytes", package.weights->size()},
                           {"constants", package.weights->count()},
                           {"digest_stated_and_found", verify_weights(package)}};
  }
  json["metadata"] = {{"description", package.model.metadata.description},
                      {"author", package.model.metadata.author},
                      {"licence", package.model.metadata.license},
                      {"version", package.model.metadata.version}};
  json["metadata"]["user"] = package.model.metadata.user;
  json["weights"] = weights;
  return json;
}

std::string summary_text(const Json& s) {
  std::string text = fmt::format("{}: Core ML package, specification {}, opset {}\n", s["path"].get<std::string>(),
                                 s["specification_version"].get<int>(), s["opset"].get<std::string>());
  for (const char* group : {"inputs", "outputs", "states"}) {
    for (const auto& f : s[group]) {
      text += fmt::format("  {:<10} {:<14} {}\n", std::string(group).substr(0, std::string(group).size() - 1),
                          mil::printable(f["name"].get<std::string>()), shape_text(f));
    }
  }
  text += "  operators ";
  for (const auto& [type, count] : s["operators"].items())
    text += fmt::format(" {} {}", type, count.get<std::int64_t>());
  text += "\n  work      ";
  for (const auto& [type, n] : s["multiply_adds"].items())
    text += fmt::format(" {} {:.3g} multiply-adds", type, n.get<double>());
  text += "\n  parameters";
  for (const auto& [type, n] : s["parameter_bytes"].items())
    text += fmt::format(" {} {} bytes", type, n.get<std::uint64_t>());
  text += "\n";
  for (const auto& c : s["largest_constants"]) {
    text += fmt::format("    {:>12} bytes  {}  {}\n", c["bytes"].get<std::uint64_t>(), c["type"].get<std::string>(),
                        mil::printable(c["name"].get<std::string>()));
  }
  text += fmt::format("  model      {} bytes, SHA-256 {}\n", s["model"]["bytes"].get<std::uint64_t>(),
                      s["model"]["sha256"].get<std::string>());
  if (s.contains("weight_file")) {
    text +=
        fmt::format("  weights    {} bytes, {} constants, {}\n", s["weight_file"]["bytes"].get<std::uint64_t>(),
                    s["weight_file"]["constants"].get<std::uint32_t>(),
                    s["weight_file"]["digest_stated_and_found"].get<bool>() ? "digest as stated" : "no digest stated");
  }
  for (const auto& [key, value] : s["metadata"]["user"].items()) {
    text += fmt::format("  {:<10} {}\n", mil::printable(key), value.get<std::string>());
  }
  return text;
}

}  // namespace seben::coreml
