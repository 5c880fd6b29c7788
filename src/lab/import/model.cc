// SPDX-License-Identifier: Apache-2.0
#include "import/model.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "formats/safetensors.h"
#include "formats/sharded.h"
#include "formats/zip_archive.h"
#include "import/ctranslate2_folder.h"
#include "import/ctranslate2_source.h"
#include "import/sources.h"
#include "import/vocabulary.h"
#include "model/whisper/decoder_tensors.h"
#include "seben/error.h"

namespace seben::models {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxConfig = std::size_t{1} << 20;
constexpr std::size_t kMaxVocabulary = std::size_t{16} << 20;

// The decoder's sizes are wanted only where its tensors are.
bool with_decoder(const Model& model, const OpenOptions& options) {
  return options.decoder && whisper::decoder_prefix(*model.weights) != "?";
}

constexpr const char* kWholeModel = "the weights of a whole Whisper (PEFT's merge_and_unload makes them)";

// Weights that only add to another model's: loaded as a model of their own they would be wrong, or none.
void refuse_adapters(const tensor::WeightFile& weights) {
  for (const std::string& name : weights.names()) {
    if (name.find("lora_") == std::string::npos) continue;
    throw Error(ErrorCategory::bad_data, weights.source() + ": " + name, kWholeModel, "an adapter's");
  }
}

// The same of a folder, where transformers would look for the other model by its name.
void refuse_adapter_folder(const fs::path& folder) {
  const std::string path = (folder / "adapter_config.json").string();
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return;
  const nlohmann::json value = base::read_json(path, {.max_bytes = kMaxConfig});
  const base::JsonReader config(value, path);
  throw Error(ErrorCategory::bad_data, path, kWholeModel,
              config.string_or("peft_type", "an") + " adapter of " +
                  config.string_or("base_model_name_or_path", "another model"));
}

// What lies beside Hugging Face's weights.
void read_folder(Model& model, const fs::path& folder, const OpenOptions& options) {
  const std::string config = options.config.empty() ? (folder / "config.json").string() : options.config;
  model.config_json = base::read_text(config, kMaxConfig);
  model.config = parse_config(model.config_json, config, with_decoder(model, options));
  const std::string vocabulary = (folder / "vocab.json").string();
  std::error_code ignored;
  if (options.decoder && fs::exists(vocabulary, ignored)) {
    model.vocabulary = parse_vocabulary(base::read_text(vocabulary, kMaxVocabulary), vocabulary);
  }
}

Model open_hugging_face(const std::string& path, const fs::path& folder, SourceKind kind, const OpenOptions& options) {
  Model model;
  model.kind = kind;
  model.source = path;
  model.weights = tensor::open_weights(path);
  refuse_adapters(*model.weights);
  read_folder(model, folder, options);
  return model;
}

// With the sizes in the file itself.
Model finish(Model model, const OpenOptions& options) {
  if (!options.config.empty()) {
    throw Error(ErrorCategory::usage, options.config, "no config.json for a file that states its sizes itself",
                model.source);
  }
  model.config = parse_config(model.config_json, model.source + ": sizes", with_decoder(model, options));
  return model;
}

Model open_ctranslate2(const std::string& path, const OpenOptions& options) {
  Model model = model_of(std::make_shared<const tensor::CTranslate2File>(tensor::CTranslate2File::open(path)));
  if (options.decoder) read_ctranslate2_folder(model, fs::path(path).parent_path());
  return finish(std::move(model), options);
}

Model open_file(const std::string& path, const OpenOptions& options) {
  const base::MappedFile file = base::MappedFile::open(path);
  const fs::path folder = fs::path(path).parent_path();
  if (tensor::GgmlFile::is_one(file.bytes())) {
    return finish(model_of(std::make_shared<const tensor::GgmlFile>(tensor::GgmlFile::open(path))), options);
  }
  if (tensor::CTranslate2File::is_one(file.bytes())) return open_ctranslate2(path, options);
  if (!tensor::ZipArchive::is_one(file.bytes()))
    return open_hugging_face(path, folder, SourceKind::safetensors, options);
  const auto torch = std::make_shared<const tensor::TorchFile>(tensor::TorchFile::open(path));
  const auto dims = torch->integers().lower_bound("dims.");
  if (dims != torch->integers().end() && dims->first.starts_with("dims.")) return finish(model_of(torch), options);
  Model model;
  model.kind = SourceKind::torch;
  model.source = path;
  model.weights = tensor::compose(torch, [](std::string_view name) { return std::string(name); });
  refuse_adapters(*model.weights);
  read_folder(model, folder, options);
  return model;
}

// Whether a model.bin is what only its content tells: whisper.cpp's, or a checkpoint of PyTorch. Else it is, or was to
// be, CTranslate2's, whose reader says best what is wrong with it.
bool is_another(const std::string& path) {
  const base::MappedFile file = base::MappedFile::open(path);
  return tensor::GgmlFile::is_one(file.bytes()) || tensor::ZipArchive::is_one(file.bytes());
}

Model open_folder(const std::string& path, const OpenOptions& options) {
  refuse_adapter_folder(path);
  std::error_code ignored;
  for (const auto& [name, kind] : {std::pair{"model.safetensors", SourceKind::safetensors},
                                   std::pair{"model.safetensors.index.json", SourceKind::safetensors},
                                   std::pair{"pytorch_model.bin", SourceKind::torch},
                                   std::pair{"pytorch_model.bin.index.json", SourceKind::torch}}) {
    const fs::path file = fs::path(path) / name;
    if (fs::exists(file, ignored)) return open_hugging_face(file.string(), path, kind, options);
  }
  if (const fs::path file = fs::path(path) / "model.bin"; fs::exists(file, ignored)) {
    return is_another(file.string()) ? open_file(file.string(), options) : open_ctranslate2(file.string(), options);
  }
  throw Error(ErrorCategory::no_input, path,
              "model.safetensors, pytorch_model.bin, the index of one (*.index.json) or CTranslate2's model.bin in it",
              "none of them");
}

Model open_unchecked(const std::string& path, const OpenOptions& options) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return open_folder(path, options);
  if (!path.ends_with(".json")) return open_file(path, options);
  const bool torch = fs::path(path).filename().string().find(".bin.index") != std::string::npos;
  return open_hugging_face(path, fs::path(path).parent_path(), torch ? SourceKind::torch : SourceKind::safetensors,
                           options);
}

}  // namespace

std::string_view to_string(SourceKind kind) noexcept {
  switch (kind) {
    case SourceKind::safetensors: return "safetensors";
    case SourceKind::torch: return "PyTorch";
    case SourceKind::openai: return "OpenAI";
    case SourceKind::ggml: return "ggml";
    case SourceKind::ctranslate2: return "CTranslate2";
  }
  return "unknown";
}

Model open_model(const std::string& path, const OpenOptions& options) {
  Model model = open_unchecked(path, options);
  (void)whisper::check_encoder(*model.weights, model.config.encoder);
  if (model.config.decoder) (void)whisper::check_decoder(*model.weights, *model.config.decoder);
  return model;
}

std::string encoder_digest(const Model& model, const whisper::HashProgress& progress) {
  return whisper::encoder_digest(*model.weights, model.config.encoder, progress);
}

}  // namespace seben::models
