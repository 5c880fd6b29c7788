// SPDX-License-Identifier: Apache-2.0
#include "import/weight_items.h"

#include <algorithm>
#include <set>

#include "model/whisper/decoder_tensors.h"
#include "model/whisper/encoder.h"
#include "model/whisper/encoder_tensors.h"
#include "quant/coded_weights.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

using quant::CodecKind;
using quant::CodecSpec;

constexpr CodecSpec kHalf{CodecKind::fp16, 16, 32, false, false, true, 42};

bool is_projection(const std::string& name) {
  return name.starts_with("layers.") && name.ends_with(".weight") && name.find("layer_norm") == std::string::npos;
}

WeightItems encoder_items(const Bundle& source, const WeightPlan& plan) {
  WeightItems out{source.manifest().find(Role::encoder), source.encoder_weights(), {}};
  const std::string prefix = whisper::encoder_prefix(*out.weights);
  for (const whisper::TensorShape& tensor : whisper::encoder_tensors(*source.encoder_config())) {
    WeightItem item{&out.weights->require(prefix + tensor.name), "encoder." + tensor.name};
    if (is_projection(tensor.name)) {
      item.spec = plan.layers.at(std::stoll(tensor.name.substr(7)));
      item.is_matrix = true;
    } else if ((tensor.name.starts_with("conv") && tensor.shape.size() > 1) ||
               tensor.name.starts_with("embed_positions")) {
      item.spec = kHalf;
    }
    out.items.push_back(std::move(item));
  }
  return out;
}

// Everything with two or more dimensions but positions and the projection to classes, whose errors nothing evens out.
WeightItems head_items(const Bundle& source, const WeightPlan& plan) {
  WeightItems out{source.manifest().find(Role::head), &source.head_weights(), {}};
  for (const std::string& name : out.weights->names()) {
    WeightItem item{&out.weights->require(name), "head." + name};
    item.is_matrix = item.view->shape.size() >= 2 && name != "pos_enc" && !name.starts_with("output_proj") &&
                     !name.starts_with("net.") && !name.starts_with("inscription");
    if (item.is_matrix) item.spec = plan.head;
    out.items.push_back(std::move(item));
  }
  return out;
}

WeightItems decoder_items(const TextDecoder& decoder, const FileEntry& file, const WeightPlan& plan) {
  WeightItems out{&file, decoder.weights.get(), {}};
  const std::string prefix = whisper::require_decoder_prefix(*out.weights);
  for (const std::string& name : out.weights->names()) {
    const std::string own = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
    WeightItem item{&out.weights->require(name), "decoder." + own};
    if (is_projection(own)) {
      item.spec = plan.decoder;
      item.is_matrix = true;
    } else if (own == "embed_tokens.weight" || own == "proj_out.weight") {
      item.spec = plan.embedding;
      item.is_matrix = true;
    } else if (own == "embed_positions.weight" && plan.decoder.kind != CodecKind::f32) {
      item.spec = kHalf;
    }
    out.items.push_back(std::move(item));
  }
  return out;
}

std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words;
  for (std::size_t from = 0;;) {
    const std::size_t to = name.find('.', from);
    words.push_back(name.substr(from, to - from));
    if (to == std::string::npos) return words;
    from = to + 1;
  }
}

bool is_in(const std::vector<std::string>& part, const std::vector<std::string>& name) {
  return part.size() <= name.size() && std::equal(part.begin(), part.end(), name.begin(),
                                                  [](const auto& a, const auto& b) { return a == "*" || a == b; });
}

void apply_part(const PartCodec& part, std::vector<WeightItems>& files) {
  const std::vector<std::string> words = words_of(part.part);
  bool found = false;
  for (WeightItems& file : files) {
    for (WeightItem& item : file.items) {
      if (!item.is_matrix || !is_in(words, words_of(item.part))) continue;
      item.spec = part.codec;
      found = true;
    }
  }
  if (found) return;
  throw Error(ErrorCategory::usage, "part " + part.part,
              "the beginning of a matrix's name among what is coded, such as encoder.layers.0 or decoder.layers.*.fc2",
              "none that begins so");
}

}  // namespace

WeightPlan WeightPlan::uniform(const Bundle& bundle, const CodecSpec& encoder, const CodecSpec& head) {
  WeightPlan plan;
  plan.head = head;
  if (!bundle.encoder_config()) return plan;
  for (std::int64_t i = 0; i < bundle.encoder_config()->layers; ++i) plan.layers[i] = encoder;
  return plan;
}

void WeightPlan::code_decoders(const CodecSpec& layers_of_decoders) {
  decoders = true;
  decoder = embedding = layers_of_decoders;
  if (embedding.kind == CodecKind::affine) embedding.bits = 8;
}

std::vector<WeightItems> weight_items(const Bundle& source, const WeightPlan& plan) {
  std::vector<WeightItems> out;
  if (source.encoder_weights() != nullptr) out.push_back(encoder_items(source, plan));
  if (source.has_head()) out.push_back(head_items(source, plan));
  std::set<std::string> seen;  // decoders may share a file
  for (const TextDecoder& decoder : source.decoders()) {
    if (!plan.decoders || !seen.insert(decoder.entry->weights).second) continue;
    const auto& files = source.manifest().files;
    out.push_back(decoder_items(decoder, *std::ranges::find(files, decoder.entry->weights, &FileEntry::path), plan));
  }
  for (const PartCodec& part : plan.parts) apply_part(part, out);
  return out;
}

bool becomes_half(const WeightItem& item) noexcept {
  return item.spec.kind == CodecKind::fp16 && item.view->dtype == tensor::DType::f32;
}

std::size_t item_bytes(const WeightItem& item) {
  if (item.spec.kind == CodecKind::affine) return quant::stored_bytes(item.view->shape, item.spec);
  return becomes_half(item) ? item.view->bytes() / 2 : item.view->bytes();
}

}  // namespace seben::bundle
