// SPDX-License-Identifier: Apache-2.0
#include "bundle/inspect.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "bundle/bundle.h"
#include "codecs/packet.h"
#include "formats/npy.h"
#include "formats/safetensors.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

// Any bytes may name a file on disk, but JSON is UTF-8.
Json text_json(const std::string& text) {
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
}

Json tensor_json(const tensor::TensorView& view) {
  return {{"name", view.name},
          {"dtype", std::string(tensor::to_string(view.dtype))},
          {"shape", view.shape},
          {"bytes", view.bytes()}};
}

// Counts by dtype or codec, so that a person sees at once whether a file is half precision throughout.
Json summary(const tensor::WeightFile& file) {
  Json dtypes = Json::object();
  std::uint64_t bytes = 0;
  std::int64_t elements = 0;
  for (const std::string& name : file.names()) {
    const tensor::TensorView& view = file.require(name);
    const std::string dtype = view.coded != nullptr ? view.coded->codec() : std::string(tensor::to_string(view.dtype));
    dtypes[dtype] = dtypes.value(dtype, 0) + 1;
    bytes += view.bytes();
    elements += view.elements();
  }
  return {{"tensors", file.names().size()}, {"elements", elements}, {"bytes", bytes}, {"dtypes", dtypes}};
}

Json inspect_tensors(const std::string& path) {
  const auto file = tensor::open_weights(path);
  Json json{
      {"kind", "tensors"}, {"path", text_json(path)}, {"summary", summary(*file)}, {"metadata", file->metadata()}};
  json["tensors"] = Json::array();
  for (const std::string& name : file->names()) json["tensors"].push_back(tensor_json(file->require(name)));
  const auto contract = file->metadata().find(std::string(frontend::kContractKey));
  if (contract != file->metadata().end()) {
    json["metadata"].erase(contract->first);
    json["contract"] = frontend::to_json(frontend::contract_from_text(contract->second, path + ": seben.contract"));
  }
  return json;
}

Json inspect_array(const std::string& path) {
  const auto file = tensor::NpyFile::open(path);
  Json json = tensor_json(file.array());
  json["kind"] = "array";
  json["path"] = text_json(path);
  return json;
}

// Every checksum is compared: a packet tells how much is in it only at its end.
Json inspect_packet(const std::string& path) {
  const quant::PacketFile packet = quant::PacketFile::open(path);
  const quant::PacketHeader& header = packet.header();
  const std::int64_t frames = packet.windows() * header.window_frames;
  const auto bytes = static_cast<std::uint64_t>(packet.bytes());
  Json json{{"kind", "packet"},
            {"path", text_json(path)},
            {"shape", {packet.windows(), header.window_frames, header.dim}},
            {"codec", quant::record_name(header.policy)},
            {"policy", quant::to_json(header.policy)},
            {"bytes", bytes}};
  json["bits_per_value"] = nullptr;
  if (frames > 0) json["bits_per_value"] = 8.0 * static_cast<double>(bytes) / static_cast<double>(frames * header.dim);
  json["contract"] = json["contract_digest"] = nullptr;
  if (header.contract.empty()) return json;
  json["contract"] = frontend::to_json(frontend::contract_from_text(header.contract, path + ": contract"));
  json["contract_digest"] = base::sha256_hex(header.contract);
  return json;
}

Json precision_json(const PrecisionRecord& record) {
  Json json = to_json(record);
  json["admitted"] = record.admitted();
  return json;
}

Json skew_json(const SkewRecord& record) {
  Json json = to_json(record);
  json["within_bounds"] = record.within_bounds();
  json["differences"] = Json::array();
  for (const auto& difference : frontend::compare(record.provided, record.required)) {
    json["differences"].push_back(
        {{"field", difference.field}, {"provided", difference.provided}, {"required", difference.required}});
  }
  return json;
}

Json encoder_json(const Bundle& bundle) {
  if (!bundle.encoder_config()) return nullptr;
  const whisper::EncoderConfig& config = *bundle.encoder_config();
  return {{"variant", bundle.manifest().encoder->variant},
          {"subsample", bundle.subsample()},
          {"n_mels", config.n_mels},
          {"d_model", config.d_model},
          {"layers", config.layers},
          {"heads", config.heads},
          {"ffn", config.ffn},
          {"positions", config.positions},
          {"weights", summary(*bundle.encoder_weights())}};
}

Json head_json(const Bundle& bundle) {
  if (!bundle.has_head()) return nullptr;
  const ctc::HeadConfig& head = bundle.head_config();
  Json json{{"kind", ctc::to_string(head.kind)},
            {"stride", head.stride},
            {"input_dim", head.input_dim},
            {"width", head.width},
            {"layers", head.layers},
            {"classes", head.classes},
            {"blank", head.blank},
            {"trajectory", head.trajectory}};
  if (head.kind == ctc::HeadKind::transformer) {
    json["heads"] = head.heads;
    json["ffn"] = head.ffn;
  } else {
    json["cells"] = head.cells;
  }
  json["weights"] = summary(bundle.head_weights());
  return json;
}

Json decoder_json(const Bundle& bundle, const TextDecoder& decoder) {
  const whisper::DecoderConfig& config = decoder.config;
  const DecoderEntry& entry = *decoder.entry;
  Json json{{"name", entry.name},
            {"d_model", config.d_model},
            {"layers", config.layers},
            {"heads", config.heads},
            {"ffn", config.ffn},
            {"positions", config.positions},
            {"vocabulary", config.vocabulary},
            {"tokenizer", entry.tokenizer},
            {"encoder", entry.encoder},
            {"mel", frontend::to_json(entry.framing)},
            {"weights", summary(*decoder.weights)}};
  json["generation"] = entry.generation.empty() ? Json(nullptr) : Json(entry.generation);
  json["admitted_precisions"] = bundle.admitted_precisions(decoder);
  json["precisions"] = Json::array();
  for (const PrecisionRecord& record : entry.precisions) json["precisions"].push_back(precision_json(record));
  return json;
}

Json inspect_bundle(const std::string& path) {
  const Bundle bundle = Bundle::open(path);
  const Manifest& manifest = bundle.manifest();
  Json json{{"kind", "bundle"},          {"path", text_json(path)},
            {"name", manifest.name},     {"licence", manifest.licence},
            {"digest", bundle.digest()}, {"encoder", encoder_json(bundle)},
            {"head", head_json(bundle)}};
  json["vocabulary"] = nullptr;
  if (bundle.has_head()) {
    json["vocabulary"] = {{"classes", bundle.vocabulary().size()},
                          {"blank", bundle.vocabulary().blank()},
                          {"masked", bundle.vocabulary().masked()}};
  }
  json["decoders"] = Json::array();
  for (const TextDecoder& decoder : bundle.decoders()) json["decoders"].push_back(decoder_json(bundle, decoder));
  json["files"] = Json::array();
  for (const FileEntry& file : manifest.files) {
    json["files"].push_back({{"path", file.path},
                             {"bytes", file.bytes},
                             {"sha256", file.sha256},
                             {"role", std::string(to_string(file.role))}});
  }
  json["contract"]["provides"] = manifest.provides ? frontend::to_json(*manifest.provides) : Json(nullptr);
  json["contract"]["requires"] = manifest.required ? frontend::to_json(*manifest.required) : Json(nullptr);
  json["admitted_precisions"] = bundle.admitted_precisions();
  json["precisions"] = Json::array();
  for (const PrecisionRecord& record : manifest.precisions) json["precisions"].push_back(precision_json(record));
  json["skew"] = Json::array();
  for (const SkewRecord& record : manifest.skew) json["skew"].push_back(skew_json(record));
  json["provenance"] = Json::parse(manifest.provenance);
  return json;
}

}  // namespace

Json inspect(const std::string& path) {
  std::error_code ignored;
  const fs::path folder(path);
  if (fs::is_directory(folder, ignored) && fs::exists(folder / kManifestName, ignored)) return inspect_bundle(path);
  if (folder.filename() == kManifestName) {
    return inspect_bundle(folder.has_parent_path() ? folder.parent_path().string() : ".");
  }
  if (path.ends_with(".npy")) return inspect_array(path);
  if (path.ends_with(".spkt")) return inspect_packet(path);
  return inspect_tensors(path);
}

}  // namespace seben::bundle
