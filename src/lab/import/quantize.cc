// SPDX-License-Identifier: Apache-2.0
#include "import/quantize.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/float16.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "bundle/ranker.h"
#include "formats/safetensors.h"
#include "import/writer.h"
#include "quant/coded_weights.h"
#include "seben/error.h"
#include "seben/version.h"

namespace seben::bundle {
namespace {

using quant::CodecKind;

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

void write_items(const std::string& path, const std::vector<WeightItem>& items, tensor::Metadata metadata,
                 const MatrixCoder& coder, const std::function<void(std::uint64_t)>& done) {
  std::vector<tensor::TensorSpec> specs;
  for (const WeightItem& item : items) {
    const tensor::TensorView& v = *item.view;
    if (item.spec.kind == CodecKind::affine) {
      quant::append_specs({v.name, item.spec, v.shape, {}, {}, {}}, specs, metadata);
    } else {
      specs.push_back({v.name, becomes_half(item) ? tensor::DType::f16 : v.dtype, v.shape});
    }
  }
  tensor::SafetensorsWriter writer(path, specs, metadata);
  for (const WeightItem& item : items) {
    base::throw_if_interrupted();
    if (item.spec.kind == CodecKind::affine) {
      const quant::CodedMatrix coded = coder ? coder(item) : quant::code_matrix(*item.view, item.spec);
      writer.append(coded.codes);
      writer.append(coded.scales);
      writer.append(coded.zeros);
    } else if (becomes_half(item)) {
      append_half(writer, *item.view);
    } else {
      writer.append(std::span(item.view->data, item.view->bytes()));
    }
    done(item.view->bytes());
  }
  writer.commit();
}

nlohmann::json plan_json(const Bundle& source, const WeightPlan& plan, std::uint64_t bytes) {
  nlohmann::json layers = nlohmann::json::object(), parts = nlohmann::json::array();
  for (const auto& [layer, spec] : plan.layers) layers[std::to_string(layer)] = quant::weight_codec_name(spec);
  for (const PartCodec& part : plan.parts) {
    parts.push_back({{"part", part.part}, {"codec", quant::weight_codec_name(part.codec)}});
  }
  nlohmann::json json{{"source", source.digest()},
                      {"layers", std::move(layers)},
                      {"head", quant::weight_codec_name(plan.head)},
                      {"weight_bytes", bytes},
                      {"how", nlohmann::json::parse(plan.how)},
                      {"tool", "seben " SEBEN_VERSION}};
  if (plan.decoders) {
    json["decoder"] = {{"layers", quant::weight_codec_name(plan.decoder)},
                       {"embedding", quant::weight_codec_name(plan.embedding)}};
  }
  if (!parts.empty()) json["parts"] = std::move(parts);
  return json;
}

bool is_among(const std::vector<WeightItems>& files, const FileEntry& entry) {
  return std::ranges::any_of(files, [&](const WeightItems& file) { return file.file == &entry; });
}

}  // namespace

std::vector<std::string> layer_matrices(std::int64_t layer) {
  std::vector<std::string> out;
  for (const char* name :
       {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj", "fc1", "fc2"}) {
    out.push_back(fmt::format("layers.{}.{}.weight", layer, name));
  }
  return out;
}

void require_codable(const std::vector<WeightItems>& files) {
  for (const WeightItems& file : files) {
    for (const WeightItem& item : file.items) {
      const tensor::TensorView& v = *item.view;
      if (v.coded != nullptr) {
        throw Error(ErrorCategory::usage, v.source + ": " + v.name, "weights that are not coded yet", v.coded->codec());
      }
      if (item.spec.kind == CodecKind::affine && !quant::can_code(v, item.spec)) {
        (void)quant::code_matrix(v, item.spec);  // throws, saying why
      }
    }
  }
}

std::uint64_t planned_bytes(const Bundle& source, const WeightPlan& plan) {
  std::uint64_t total = 0;
  for (const WeightItems& file : weight_items(source, plan)) {
    for (const WeightItem& item : file.items) total += item_bytes(item);
  }
  return total;
}

void quantize_bundle(const Bundle& source, const WeightPlan& plan, const std::string& out, const Progress& progress,
                     const MatrixCoder& coder) {
  const std::vector<WeightItems> files = weight_items(source, plan);
  require_codable(files);  // before the first matrix is coded, which may take long
  std::uint64_t total = 0, done = 0;
  for (const WeightItems& file : files) {
    for (const WeightItem& item : file.items) total += item.view->bytes();
  }
  const auto report = [&](std::uint64_t bytes) {
    done += bytes;
    if (progress) progress(done, total);
  };
  BundleWriter writer(out);
  for (const FileEntry& entry : source.manifest().files) {
    if (!is_among(files, entry)) writer.add_copy(entry.path, entry.role, source.path(entry.path));
  }
  for (const WeightItems& file : files) {
    tensor::Metadata metadata = file.weights->metadata();
    if (file.file->role == Role::head) metadata[std::string(kCodedFrom)] = file.file->sha256;
    write_items(writer.path(file.file->path), file.items, std::move(metadata), coder, report);
    writer.add(file.file->path, file.file->role);
  }
  Manifest manifest = source.manifest();
  manifest.precisions.clear();
  for (DecoderEntry& decoder : manifest.decoders) decoder.precisions.clear();
  nlohmann::json provenance = nlohmann::json::parse(manifest.provenance);
  provenance["quantization"] = plan_json(source, plan, planned_bytes(source, plan));
  manifest.provenance = provenance.dump();
  writer.commit(std::move(manifest));
}

}  // namespace seben::bundle
