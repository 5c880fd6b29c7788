// SPDX-License-Identifier: Apache-2.0
#include "import/import.h"

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "bundle/encoder_contract.h"
#include "formats/safetensors.h"
#include "import/head_source.h"
#include "import/import_decoder.h"
#include "import/measured_models.h"
#include "import/model_source.h"
#include "import/weight_copy.h"
#include "import/writer.h"
#include "kernels/threads.h"
#include "model/whisper/encoder.h"
#include "model/whisper/encoder_tensors.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSmallFile = std::size_t{16} << 20;

void require_option(const std::string& value, const char* name, const char* meaning) {
  if (value.empty()) throw Error(ErrorCategory::usage, std::string("option ") + name, meaning, "nothing");
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

// Counts bytes for the caller.
class Counter {
 public:
  Counter(const Progress& progress, std::uint64_t total) : progress_(progress), total_(total) {}
  void operator()(std::uint64_t bytes) {
    done_ += bytes;
    if (progress_) progress_(done_, total_);
  }

 private:
  const Progress& progress_;
  std::uint64_t total_, done_ = 0;
};

std::vector<CopiedTensor> encoder_tensors(const models::Model& model, bool dequantise) {
  const whisper::EncoderConfig& config = model.config.encoder;
  auto tensors = copied_tensors("model.encoder.", whisper::encoder_tensors(config),
                                whisper::check_encoder(*model.weights, config));
  if (!dequantise) keep_codes(tensors, model.blocks);
  return tensors;
}

void add_encoder(BundleWriter& writer, const models::Model& model, const ImportOptions& options, std::int64_t subsample,
                 Manifest& manifest, Counter& count) {
  base::Sha256 hash;
  copy_weights(*model.weights, encoder_tensors(model, options.dequantise), writer.path("encoder.safetensors"),
               std::ref(count), &hash);
  writer.add("encoder.safetensors", Role::encoder);
  writer.add_text("config.json", Role::encoder_config, model.config_json);
  const std::string variant = options.variant.empty() ? default_variant(model.config.encoder) : options.variant;
  manifest.encoder = EncoderEntry{variant, subsample};
  manifest.provides = encoder_contract(model.config.encoder, {variant, hash.finish_hex(), subsample});
}

std::string stored_as(const models::Model& model) {
  const std::string prefix = whisper::encoder_prefix(*model.weights);
  return std::string(tensor::to_string(model.weights->peek(prefix + "layers.0.fc1.weight")->dtype));
}

// A further model has to have been trained with the encoder that is kept.
void require_same_encoder(const models::Model& first, const std::string& digest, const models::Model& other,
                          Counter& count) {
  const std::string found = models::encoder_digest(other, std::ref(count));
  if (found == digest) return;
  throw Error(ErrorCategory::bad_data, other.source + ": encoder",
              fmt::format("that of {}, {} in {}", first.source, digest, stored_as(first)),
              fmt::format("{} in {} (numbers rounded otherwise are another encoder)", found, stored_as(other)));
}

void add_head(BundleWriter& writer, const HeadSource& source) {
  std::vector<tensor::TensorView> views;
  for (const std::string& name : source.names()) views.push_back(source.require(name));
  tensor::write_safetensors(writer.path("head.safetensors"), views, source.metadata());
  writer.add("head.safetensors", Role::head);
}

// ggml's types, and not integers that one scale for a row or a tensor turns into numbers.
bool are_blocks(const std::string& type) { return !type.starts_with("int"); }

nlohmann::json source_json(const ModelSource& source, bool dequantise) {
  nlohmann::json json{{"file", source.file_name()}, {"format", std::string(to_string(source.model.kind))}};
  if (!source.name.empty()) json["decoder"] = source.name;
  for (const auto& [name, type] : source.model.quantised) {
    const char* how = !are_blocks(type)                                   ? "values_of_integers"
                      : dequantise || !source.model.blocks.contains(name) ? "values_of_blocks"
                                                                          : "codes_of_blocks";
    nlohmann::json& count = json[how][type];
    count = count.is_null() ? 1 : count.get<int>() + 1;  // kept exactly, values as f32
  }
  return json;
}

std::string provenance_of(const ImportOptions& options, const std::vector<ModelSource>& sources,
                          bool contract_is_stated) {
  nlohmann::json provenance = base::parse_json(options.provenance, "provenance");
  if (!provenance.is_object()) throw Error(ErrorCategory::bad_data, "provenance", "a JSON object", "something else");
  nlohmann::json& import = provenance["import"] = nlohmann::json::object();
  if (!options.head.empty()) {
    import["head"] = fs::path(options.head).filename().string();
    import["contract"] = contract_is_stated ? "stated by the head" : "derived from the encoder at import";
  }
  if (!sources.empty()) import["encoder"] = sources.front().file_name();
  for (const ModelSource& source : sources) import["models"].push_back(source_json(source, options.dequantise));
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

// A head, opened and checked with what the options say of it.
struct ImportedHead {
  ImportedHead(const ImportOptions& options, bool has_encoder)
      : file(tensor::SafetensorsFile::open(options.head)),
        stated(stated_contract(file, options)),
        source(file, options.head_options, stated_or_derived(options, has_encoder)),
        config(ctc::HeadConfig::read(source)),
        subsample(subsample_for(source, stated)) {
    // All tensors known, of their shapes, finite.
    (void)ctc::load_head(source, config, kernels::Precision::f32, kernels::thread_count(0));
  }
  ImportedHead(const ImportedHead&) = delete;
  ImportedHead& operator=(const ImportedHead&) = delete;

  [[nodiscard]] bool stated_or_derived(const ImportOptions& options, bool has_encoder) const {
    if (!has_encoder && !stated) {
      throw Error(ErrorCategory::usage, options.head, "the head's contract, as there is no encoder to derive it from",
                  "none");
    }
    return stated.has_value();
  }

  tensor::SafetensorsFile file;
  std::optional<frontend::FeatureContract> stated;
  HeadSource source;
  ctc::HeadConfig config;
  std::int64_t subsample;
};

void add_head_and_contract(BundleWriter& writer, const ImportedHead& head, const ImportOptions& options,
                           Manifest& manifest) {
  manifest.required = head.stated ? *head.stated : head_contract(*manifest.provides, head.config.stride);
  // Seben pads as the head was trained; a recording-wide log-mel it makes for Whisper's decoder alone.
  if (manifest.required->framing.scope != frontend::Scope::window) {
    throw Error(ErrorCategory::bad_data, options.head + ": contract: mel.scope", "window",
                std::string(to_string(manifest.required->framing.scope)));
  }
  if (manifest.provides) manifest.provides->framing = manifest.required->framing;
  if (manifest.provides) frontend::require_compatible(*manifest.provides, *manifest.required, options.head);
  add_head(writer, head.source);
  writer.add_copy("vocab.json", Role::vocabulary, options.vocabulary);
  manifest.head =
      HeadEntry{ctc::to_string(head.config.kind), head.config.stride, head.config.input_dim, head.config.classes};
}

void add_decoders(BundleWriter& writer, const std::vector<ModelSource>& sources, const std::vector<DecoderParts>& parts,
                  frontend::Framing framing, Manifest& manifest, Counter& count) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) require_same_encoder(sources.front().model, manifest.provides->weights, sources[i].model, count);
    DecoderEntry entry = write_decoder(writer, sources[i], parts[i], manifest.decoders, std::ref(count));
    entry.encoder = manifest.provides->weights;
    entry.framing = framing;
    entry.precisions = shipped_records({entry.encoder, writer.listed(entry.weights).sha256, framing});
    manifest.decoders.push_back(std::move(entry));
  }
}

void require_options(const ImportOptions& options) {
  require_option(options.out, "OUT", "the folder of the new bundle");
  require_option(options.name, "--name", "the bundle's name");
  require_option(options.licence, "--licence", "the licence of the weights");
  const bool has_decoder = !options.models.empty() && !options.no_decoder;
  if (!has_decoder) require_option(options.head, "--head", "a head's state dict in safetensors, or --model");
  if (!options.head.empty()) require_option(options.vocabulary, "--vocab", "a vocab.json");
  if (options.head.empty() && !options.vocabulary.empty()) {
    throw Error(ErrorCategory::usage, "option --vocab", "--head, whose classes it names", "none");
  }
  const bool of_decoder = !options.tokenizer.empty() || !options.decoder_names.empty();
  if (!has_decoder && of_decoder) {
    throw Error(ErrorCategory::usage, "option --tokenizer, --decoder-name", "--model with its decoder", "none");
  }
}

std::vector<std::string> notes_of(const std::vector<ModelSource>& sources, bool dequantise) {
  std::vector<std::string> notes;
  for (const ModelSource& source : sources) {
    if (source.model.quantised.empty()) continue;
    const std::string& type = source.model.quantised.begin()->second;
    const bool coded = are_blocks(type) && !dequantise;
    notes.push_back(fmt::format("{}: {} tensors of {}{} are stored as {}", source.model.source,
                                source.model.quantised.size(), type, are_blocks(type) ? " blocks" : "",
                                coded ? "codes of the same values" : "the f32 values that they stand for"));
  }
  return notes;
}

// Of records that came with the program.
void add_note(std::vector<std::string>& notes, const DecoderEntry& entry) {
  for (const PrecisionRecord& record : entry.precisions) {
    notes.push_back(
        fmt::format("decoder {}: {} is admitted by a record that comes with Seben, measured on these weights",
                    entry.name, record.precision));
  }
}

}  // namespace

std::vector<std::string> import_bundle(const ImportOptions& options, const Progress& progress) {
  require_options(options);
  const std::vector<ModelSource> sources = open_sources(options);
  const bool has_blocks = std::ranges::any_of(sources, [](const auto& source) { return !source.model.blocks.empty(); });
  if (options.dequantise && !has_blocks) {
    throw Error(ErrorCategory::usage, "option --dequantise", "a ggml file of blocks (q8_0, q5_0, …)", "none");
  }
  std::optional<ImportedHead> head;
  if (!options.head.empty()) head.emplace(options, !sources.empty());
  std::vector<DecoderParts> parts;
  std::uint64_t total = 0;
  for (const ModelSource& source : sources) {
    total += bytes_of(encoder_tensors(source.model, options.dequantise));  // copied, or compared with the copy
    if (source.name.empty()) continue;
    parts.push_back(read_decoder_parts(source, options.tokenizer));
    if (!options.dequantise) keep_codes(parts.back().tensors, source.model.blocks);
    total += bytes_of(parts.back().tensors);
  }
  Counter count(progress, total);

  BundleWriter writer(options.out);
  Manifest manifest;
  manifest.name = options.name;
  manifest.licence = options.licence;
  if (!sources.empty()) {
    add_encoder(writer, sources.front().model, options, head ? head->subsample : 1, manifest, count);
  }
  if (head) {
    add_head_and_contract(writer, *head, options, manifest);
  } else {
    manifest.provides->framing = options.framing;  // all that reads them are decoders
  }
  add_decoders(writer, sources, parts, options.framing, manifest, count);
  if (!options.card.empty()) writer.add_copy("README.md", Role::card, options.card);
  manifest.provenance = provenance_of(options, sources, head && head->stated);
  std::vector<std::string> notes = notes_of(sources, options.dequantise);
  for (const DecoderEntry& entry : manifest.decoders) add_note(notes, entry);
  writer.commit(std::move(manifest));
  return notes;
}

}  // namespace seben::bundle
