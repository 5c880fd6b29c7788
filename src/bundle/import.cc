// SPDX-License-Identifier: Apache-2.0
#include "bundle/import.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/sha256.h"
#include "bundle/encoder_contract.h"
#include "bundle/head_source.h"
#include "bundle/writer.h"
#include "seben/error.h"
#include "tensor/safetensors.h"
#include "whisper/encoder_tensors.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSmallFile = std::size_t{16} << 20;
constexpr std::string_view kCanonicalPrefix = "model.encoder.";

void require_option(const std::string& value, const char* name, const char* meaning) {
  if (value.empty()) throw Error(ErrorCategory::usage, std::string("option ") + name, meaning, "nothing");
}

std::string config_path(const ImportOptions& options) {
  if (!options.encoder_config.empty()) return options.encoder_config;
  std::error_code ignored;
  const fs::path encoder(options.encoder);
  const fs::path folder = fs::is_directory(encoder, ignored) ? encoder : encoder.parent_path();
  return (folder / "config.json").string();
}

// Hugging Face keeps the frontend's constants beside the weights; those that differ would change every feature.
void check_preprocessor(const std::string& path, const whisper::EncoderConfig& config) {
  const nlohmann::json value = base::read_json(path);
  const base::JsonReader json(value, path);
  const auto require = [&](const char* key, std::int64_t expected) {
    const std::int64_t found = json.integer_or(key, expected, 0, 1'000'000'000);
    if (found != expected) json.fail(key, std::to_string(expected), std::to_string(found));
  };
  require("feature_size", config.n_mels);
  require("sampling_rate", 16000);
  require("hop_length", 160);
  require("n_fft", 400);
  require("n_samples", config.mel_frames() * 160);
}

// Copies the encoder's tensors under their canonical names and digests them on the way.
std::string copy_encoder(const tensor::WeightFile& file, const whisper::EncoderConfig& config, const std::string& out,
                         const Progress& progress) {
  const std::vector<whisper::TensorShape> tensors = whisper::encoder_tensors(config);
  const std::vector<const tensor::TensorView*> views = whisper::find_encoder(file, config);
  std::vector<tensor::TensorSpec> specs;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < views.size(); ++i) {
    specs.push_back({std::string(kCanonicalPrefix) + tensors[i].name, views[i]->dtype, views[i]->shape});
    total += views[i]->bytes();
  }
  tensor::SafetensorsWriter writer(out, specs, {{"format", "pt"}});
  base::Sha256 digest;
  std::uint64_t done = 0;
  for (std::size_t i = 0; i < views.size(); ++i) {
    base::throw_if_interrupted();
    const tensor::TensorView& view = *views[i];
    (void)tensor::to_float(view);  // every number finite
    const std::span<const std::byte> bytes(view.data, view.bytes());
    digest.update(whisper::digest_line(tensors[i].name, view));
    digest.update(bytes);
    writer.append(bytes);
    file.release(view);
    done += view.bytes();
    if (progress) progress(done, total);
  }
  writer.commit();
  return digest.finish_hex();
}

std::string default_variant(const whisper::EncoderConfig& config) {
  return fmt::format("whisper-{}x{}-{}mel", config.d_model, config.layers, config.n_mels);
}

// The one that the head states (metadata) or that its importer states (option); nothing when neither does.
std::optional<frontend::FeatureContract> stated_contract(const tensor::SafetensorsFile& head,
                                                         const ImportOptions& options) {
  const auto entry = head.metadata().find(std::string(frontend::kContractKey));
  std::optional<frontend::FeatureContract> contract;
  if (entry != head.metadata().end()) {
    contract = frontend::contract_from_text(entry->second, head.source() + ": metadata seben.contract");
  }
  if (options.contract.empty()) return contract;
  const auto given = frontend::contract_from_text(base::read_text(options.contract, kMaxSmallFile), options.contract);
  if (contract && *contract != given) {
    throw Error(ErrorCategory::usage, options.contract, "the contract in " + head.source(), "another");
  }
  return given;
}

struct Encoder {
  std::unique_ptr<tensor::WeightFile> weights;
  whisper::EncoderConfig config;
  std::string config_text;
};

std::optional<Encoder> open_encoder(const ImportOptions& options) {
  if (options.encoder.empty()) return std::nullopt;
  const std::string path = config_path(options);
  Encoder encoder{tensor::open_weights(options.encoder), whisper::EncoderConfig::load(path),
                  base::read_text(path, kMaxSmallFile)};
  const fs::path preprocessor = fs::path(path).parent_path() / "preprocessor_config.json";
  std::error_code ignored;
  if (fs::exists(preprocessor, ignored)) check_preprocessor(preprocessor.string(), encoder.config);
  (void)whisper::find_encoder(*encoder.weights, encoder.config);
  return encoder;
}

void add_encoder(BundleWriter& writer, const Encoder& encoder, const ImportOptions& options, std::int64_t subsample,
                 Manifest& manifest, const Progress& progress) {
  const std::string digest =
      copy_encoder(*encoder.weights, encoder.config, writer.path("encoder.safetensors"), progress);
  writer.add("encoder.safetensors", Role::encoder);
  writer.add_text("config.json", Role::encoder_config, encoder.config_text);
  const std::string variant = options.variant.empty() ? default_variant(encoder.config) : options.variant;
  manifest.encoder = EncoderEntry{variant, subsample};
  manifest.provides = encoder_contract(encoder.config, {variant, digest, subsample});
}

void add_head(BundleWriter& writer, const HeadSource& source) {
  std::vector<tensor::TensorView> views;
  for (const std::string& name : source.names()) views.push_back(source.require(name));
  tensor::write_safetensors(writer.path("head.safetensors"), views, source.metadata());
  writer.add("head.safetensors", Role::head);
}

std::string provenance_of(const ImportOptions& options, bool contract_is_stated) {
  nlohmann::json provenance = base::parse_json(options.provenance, "provenance");
  if (!provenance.is_object()) throw Error(ErrorCategory::bad_data, "provenance", "a JSON object", "something else");
  provenance["import"] = {
      {"head", fs::path(options.head).filename().string()},
      {"contract", contract_is_stated ? "stated by the head" : "derived from the encoder at import"}};
  if (!options.encoder.empty()) {
    const fs::path encoder = fs::path(options.encoder).lexically_normal();
    provenance["import"]["encoder"] = (encoder.has_filename() ? encoder : encoder.parent_path()).filename().string();
  }
  return provenance.dump();
}

// By how much the extractor thins its frames for this head.
std::int64_t subsample_for(const HeadSource& head, const std::optional<frontend::FeatureContract>& stated) {
  const std::int64_t option = head.feature_stride();
  if (!stated) return option;
  if (option != 0 && option != stated->extractor_stride) {
    throw Error(ErrorCategory::usage, head.source() + ": seben.head.feature_stride",
                fmt::format("{}, as the head's contract says", stated->extractor_stride), std::to_string(option));
  }
  return stated->extractor_stride;
}

}  // namespace

void import_bundle(const ImportOptions& options, const Progress& progress) {
  require_option(options.out, "OUT", "the folder of the new bundle");
  require_option(options.head, "--head", "a head's state dict in safetensors");
  require_option(options.vocabulary, "--vocab", "a vocab.json");
  require_option(options.name, "--name", "the bundle's name");
  require_option(options.licence, "--licence", "the licence of the weights");
  const auto head_file = tensor::SafetensorsFile::open(options.head);
  const std::optional<frontend::FeatureContract> stated = stated_contract(head_file, options);
  const std::optional<Encoder> encoder = open_encoder(options);
  if (!encoder && !stated) {
    throw Error(ErrorCategory::usage, options.head, "the head's contract, as there is no encoder to derive it from",
                "none");
  }
  const HeadSource head(head_file, options.head_options, stated.has_value());
  const ctc::HeadConfig head_config = ctc::HeadConfig::read(head);
  (void)ctc::load_head(head, head_config, kernels::Precision::f32);  // all tensors known, of their shapes, finite
  const std::int64_t subsample = subsample_for(head, stated);

  BundleWriter writer(options.out);
  Manifest manifest;
  manifest.name = options.name;
  manifest.licence = options.licence;
  if (encoder) add_encoder(writer, *encoder, options, subsample, manifest, progress);
  manifest.required = stated ? *stated : head_contract(*manifest.provides, head_config.stride);
  if (encoder) frontend::require_compatible(*manifest.provides, *manifest.required, options.head);
  add_head(writer, head);
  writer.add_copy("vocab.json", Role::vocabulary, options.vocabulary);
  if (!options.card.empty()) writer.add_copy("README.md", Role::card, options.card);
  manifest.head = HeadEntry{ctc::to_string(head_config.kind), head_config.stride, head_config.input_dim, head_config.classes};
  manifest.provenance = provenance_of(options, stated.has_value());
  writer.commit(std::move(manifest));
}

}  // namespace seben::bundle
