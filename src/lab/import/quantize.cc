// SPDX-License-Identifier: Apache-2.0
#include "import/quantize.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/float16.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "bundle/ranker.h"
#include "formats/safetensors.h"
#include "import/writer.h"
#include "model/whisper/encoder.h"
#include "model/whisper/encoder_tensors.h"
#include "quant/coded_weights.h"
#include "seben/error.h"
#include "seben/version.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;
using quant::CodecKind;
using quant::CodecSpec;

constexpr CodecSpec kPlain{CodecKind::f32, 32, 32, false, false, true, 42};
constexpr CodecSpec kHalf{CodecKind::fp16, 16, 32, false, false, true, 42};

/// One tensor and what becomes of it; f32 means: as it is.
struct Item {
  const tensor::TensorView* view;
  CodecSpec spec;
};

bool is_projection(const std::string& name) {
  return name.ends_with(".weight") && name.find("layer_norm") == std::string::npos;
}

std::vector<Item> encoder_items(const Bundle& source, const WeightPlan& plan) {
  const tensor::WeightFile& file = *source.encoder_weights();
  const std::string prefix = whisper::encoder_prefix(file);
  std::vector<Item> items;
  for (const whisper::TensorShape& tensor : whisper::encoder_tensors(*source.encoder_config())) {
    CodecSpec spec = kPlain;
    if (tensor.name.starts_with("layers.") && is_projection(tensor.name)) {
      spec = plan.layers.at(std::stoll(tensor.name.substr(7)));
    } else if ((tensor.name.starts_with("conv") && tensor.shape.size() > 1) ||
               tensor.name.starts_with("embed_positions")) {
      spec = kHalf;
    }
    items.push_back({&file.require(prefix + tensor.name), spec});
  }
  return items;
}

// Everything with two or more dimensions but positions and the projection to classes, whose errors nothing evens out.
std::vector<Item> head_items(const Bundle& source, const WeightPlan& plan) {
  std::vector<Item> items;
  if (!source.has_head()) return items;
  for (const std::string& name : source.head_weights().names()) {
    const tensor::TensorView& view = source.head_weights().require(name);
    const bool matrix = view.shape.size() >= 2 && name != "pos_enc" && !name.starts_with("output_proj") &&
                        !name.starts_with("net.") && !name.starts_with("inscription");
    items.push_back({&view, matrix ? plan.head : kPlain});
  }
  return items;
}

bool as_half(const Item& item) { return item.spec.kind == CodecKind::fp16 && item.view->dtype == tensor::DType::f32; }

std::size_t item_bytes(const Item& item) {
  if (item.spec.kind == CodecKind::affine) return quant::stored_bytes(item.view->shape, item.spec);
  return as_half(item) ? item.view->bytes() / 2 : item.view->bytes();
}

void append_half(tensor::SafetensorsWriter& writer, const tensor::TensorView& view) {
  const std::vector<float> values = tensor::to_float(view);
  std::vector<std::uint16_t> halves(values.size());
  base::f32_to_f16(values, halves);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    if ((halves[i] & 0x7C00U) == 0x7C00U) {
      throw Error(ErrorCategory::bad_data, fmt::format("{}: {}: element {}", view.source, view.name, i),
                  "a number that fp16 can hold", fmt::format("{}", values[i]));
    }
  }
  writer.append(std::as_bytes(std::span(halves)));
}

void write_items(const std::string& path, const std::vector<Item>& items, tensor::Metadata metadata,
                 const std::function<void(std::uint64_t)>& done) {
  std::vector<tensor::TensorSpec> specs;
  for (const Item& item : items) {
    const tensor::TensorView& v = *item.view;
    if (v.coded != nullptr) {
      throw Error(ErrorCategory::usage, v.source + ": " + v.name, "weights that are not coded yet", v.coded->codec());
    }
    if (item.spec.kind == CodecKind::affine) {
      if (!quant::can_code(v, item.spec)) (void)quant::code_matrix(v, item.spec);  // throws, saying why
      quant::append_specs({v.name, item.spec, v.shape, {}, {}, {}}, specs, metadata);
    } else {
      specs.push_back({v.name, as_half(item) ? tensor::DType::f16 : v.dtype, v.shape});
    }
  }
  tensor::SafetensorsWriter writer(path, specs, metadata);
  for (const Item& item : items) {
    base::throw_if_interrupted();
    if (item.spec.kind == CodecKind::affine) {
      const quant::CodedMatrix coded = quant::code_matrix(*item.view, item.spec);
      writer.append(coded.codes);
      writer.append(coded.scales);
      writer.append(coded.zeros);
    } else if (as_half(item)) {
      append_half(writer, *item.view);
    } else {
      writer.append(std::span(item.view->data, item.view->bytes()));
    }
    done(item.view->bytes());
  }
  writer.commit();
}

nlohmann::json plan_json(const Bundle& source, const WeightPlan& plan, std::uint64_t bytes) {
  nlohmann::json layers = nlohmann::json::object();
  for (const auto& [layer, spec] : plan.layers) layers[std::to_string(layer)] = quant::weight_codec_name(spec);
  return {{"source", source.digest()},
          {"layers", std::move(layers)},
          {"head", quant::weight_codec_name(plan.head)},
          {"weight_bytes", bytes},
          {"how", nlohmann::json::parse(plan.how)},
          {"tool", "seben " SEBEN_VERSION}};
}

}  // namespace

WeightPlan WeightPlan::uniform(const Bundle& bundle, const CodecSpec& encoder, const CodecSpec& head) {
  WeightPlan plan;
  plan.head = head;
  if (!bundle.encoder_config()) return plan;
  for (std::int64_t i = 0; i < bundle.encoder_config()->layers; ++i) plan.layers[i] = encoder;
  return plan;
}

std::vector<std::string> layer_matrices(std::int64_t layer) {
  std::vector<std::string> out;
  for (const char* name :
       {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj", "fc1", "fc2"}) {
    out.push_back(fmt::format("layers.{}.{}.weight", layer, name));
  }
  return out;
}

std::uint64_t planned_bytes(const Bundle& source, const WeightPlan& plan) {
  std::uint64_t total = 0;
  if (source.encoder_weights() != nullptr) {
    for (const Item& item : encoder_items(source, plan)) total += item_bytes(item);
  }
  for (const Item& item : head_items(source, plan)) total += item_bytes(item);
  return total;
}

void quantize_bundle(const Bundle& source, const WeightPlan& plan, const std::string& out, const Progress& progress) {
  const std::vector<Item> head = head_items(source, plan);
  const std::vector<Item> encoder =
      source.encoder_weights() != nullptr ? encoder_items(source, plan) : std::vector<Item>{};
  std::uint64_t total = 0, done = 0;
  for (const auto* items : {&encoder, &head}) {
    for (const Item& item : *items) total += item.view->bytes();
  }
  const auto report = [&](std::uint64_t bytes) {
    done += bytes;
    if (progress) progress(done, total);
  };
  BundleWriter writer(out);
  for (const FileEntry& entry : source.manifest().files) {
    if (entry.role == Role::encoder || entry.role == Role::head) continue;
    const std::string from = (fs::path(source.folder()) / entry.path).string();
    writer.add_copy(entry.path, entry.role, from);
  }
  if (!encoder.empty()) {
    const std::string name = source.manifest().find(Role::encoder)->path;
    write_items(writer.path(name), encoder, source.encoder_weights()->metadata(), report);
    writer.add(name, Role::encoder);
  }
  if (source.has_head()) {
    const FileEntry& entry = *source.manifest().find(Role::head);
    tensor::Metadata metadata = source.head_weights().metadata();
    metadata[std::string(kCodedFrom)] = entry.sha256;
    write_items(writer.path(entry.path), head, metadata, report);
    writer.add(entry.path, Role::head);
  }
  Manifest manifest = source.manifest();
  manifest.precisions.clear();
  nlohmann::json provenance = nlohmann::json::parse(manifest.provenance);
  provenance["quantization"] = plan_json(source, plan, planned_bytes(source, plan));
  manifest.provenance = provenance.dump();
  writer.commit(std::move(manifest));
}

}  // namespace seben::bundle
