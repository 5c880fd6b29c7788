// SPDX-License-Identifier: Apache-2.0
#include "convert/model.h"

#include <algorithm>

#include "mil/check.h"
#include "seben/error.h"
#include "seben/version.h"

namespace seben::convert {
namespace {

mil::Feature feature_of(const mil::Value& value) {
  mil::Feature feature;
  feature.name = value.name;
  feature.dtype = value.type.dtype;
  feature.shape = value.type.shape;
  return feature;
}

void make_flexible(mil::Feature& feature, const Flexibility& f, std::int64_t length) {
  const mil::Shape declared = feature.shape;
  const auto with = [&declared](std::int64_t n) {
    mil::Shape shape = declared;
    std::ranges::replace(shape, mil::kUnknown, n);
    return shape;
  };
  if (std::ranges::find(declared, mil::kUnknown) == declared.end()) return;
  feature.shape = with(f.enumerated.empty() ? length : f.enumerated.front());
  for (const std::int64_t n : f.enumerated) feature.enumerated.push_back(with(n));
  if (!f.enumerated.empty()) return;
  for (const std::int64_t d : declared) {
    feature.ranges.push_back(d == mil::kUnknown ? mil::SizeRange{f.least, f.most} : mil::SizeRange{d, d});
  }
}

}  // namespace

void validate(const Flexibility& f, std::int64_t most_frames, std::int64_t step) {
  const auto refuse = [&](const std::string& found) {
    throw Error(ErrorCategory::usage, "lengths",
                "multiples of " + std::to_string(step) + " up to " + std::to_string(most_frames), found);
  };
  std::vector<std::int64_t> lengths = f.enumerated;
  if (f.most != 0) lengths.insert(lengths.end(), {f.least, f.most});
  for (const std::int64_t n : lengths) {
    if (n < 1 || n > most_frames || n % step != 0) refuse(std::to_string(n));
  }
  if (f.enumerated.size() > 128) refuse(std::to_string(f.enumerated.size()) + " of them");
  if (f.most != 0 && (f.least > f.most || !f.enumerated.empty())) refuse("a range from above, or with a list");
}

mil::Model make_model(mil::FunctionBuilder& builder, const std::vector<mil::Value>& inputs,
                      const std::vector<mil::Value>& outputs, const Flexibility& flexibility, std::int64_t length) {
  mil::Model model;
  model.specification_version = specification_version(builder.opset());
  for (const mil::Value& input : inputs) {
    mil::Feature feature = feature_of(input);
    make_flexible(feature, flexibility, length);
    (input.type.state ? model.interface.states : model.interface.inputs).push_back(std::move(feature));
  }
  for (const mil::Value& output : outputs) {
    mil::Feature feature = feature_of(output);
    if (!output.type.fixed()) feature.shape.clear();
    model.interface.outputs.push_back(std::move(feature));
  }
  model.program.functions["main"] = builder.finish(outputs);
  mil::check(model, "converted model");
  return model;
}

void describe(mil::Model& model, mil::PackageKind kind, const ConversionOptions& conversion) {
  model.metadata.author = "Seben";
  model.metadata.version = SEBEN_VERSION;
  mil::PackageLabel label = mil::read_label(model.metadata);
  label.version = SEBEN_VERSION;
  label.kind = kind;
  label.layout = to_string(conversion.layout);
  label.precision = precision_text(conversion);
  mil::write_label(model.metadata, label);
}

}  // namespace seben::convert
