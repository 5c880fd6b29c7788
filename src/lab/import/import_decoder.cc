// SPDX-License-Identifier: Apache-2.0
#include "import/import_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "decode/whisper/decode_rules.h"
#include "decode/whisper/generation_config.h"
#include "import/alignment_heads.h"
#include "model/whisper/decoder_tensors.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxGenerationFile = std::size_t{16} << 20;
constexpr std::int64_t kEnglishVocabulary = 51864;  // one token less than the multilingual models have
constexpr std::int64_t kEnglishEnd = 50256;         // its <|endoftext|>, also where tokens were added
constexpr const char* kOutputLayer = "proj_out.weight";

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// The folder or file to load, empty for the model's own list: ggml's, and that of a CTranslate2 folder without more.
std::string tokenizer_path(const ModelSource& source, const std::string& given) {
  if (!given.empty()) return given;
  if (source.model.kind == models::SourceKind::ggml) return "";
  const fs::path folder(source.folder);
  if (!source.folder.empty() && (is_there(folder / "tokenizer.json") || is_there(folder / "vocab.json"))) {
    return source.folder;
  }
  if (source.model.kind == models::SourceKind::ctranslate2 && !source.model.vocabulary.empty()) return "";
  throw Error(ErrorCategory::usage, source.model.source,
              "a tokenizer: --tokenizer with a tokenizer.json, or a folder of one or of vocab.json and merges.txt",
              fmt::format("none in a file of {}", models::to_string(source.model.kind)));
}

// The file that can be kept just as it is.
std::string json_file(const std::string& path) {
  std::error_code ignored;
  if (path.empty() || fs::path(path).filename() == "vocab.json") return "";
  if (!fs::is_directory(path, ignored)) return path;
  const fs::path file = fs::path(path) / "tokenizer.json";
  return is_there(file) ? file.string() : "";
}

// A checkpoint names two tokens by number, which tells the vocabularies of Whisper apart even where its embedding has
// rows to spare. Without them only the number of tokens can be compared.
void check_vocabulary(const tokenizer::Tokenizer& tokenizer, const models::Model& model) {
  generate::require_timestamps(tokenizer);
  const nlohmann::json value = base::parse_json(model.config_json, model.source);
  const base::JsonReader config(value, model.source + ": config");
  const std::int64_t size = static_cast<std::int64_t>(tokenizer.size()), rows = model.config.decoder->vocabulary;
  const auto require = [&](const char* key, std::int64_t id) {
    const std::int64_t stated = config.integer_or(key, id, 0, std::numeric_limits<std::int32_t>::max());
    if (stated == id) return;
    throw Error(ErrorCategory::bad_data, tokenizer.source(), fmt::format("{} {}, as the model has", key, stated),
                std::to_string(id));
  };
  require("eos_token_id", tokenizer.specials().endoftext);
  require("decoder_start_token_id", tokenizer.specials().startoftranscript);
  const bool spare = config.has("eos_token_id") && size <= rows;
  if (size == rows || spare) return;
  throw Error(ErrorCategory::bad_data, tokenizer.source() + ": tokens", fmt::format("{}, as the decoder has", rows),
              std::to_string(size));
}

nlohmann::json heads_json(const std::vector<whisper::AlignmentHead>& heads) {
  nlohmann::json json = nlohmann::json::array();
  for (const whisper::AlignmentHead& head : heads) json.push_back({head.layer, head.head});
  return json;
}

// What the files of OpenAI, whisper.cpp and CTranslate2 leave to the programs that read them.
std::string made_generation(const models::Model& model) {
  const whisper::DecoderConfig& decoder = *model.config.decoder;
  nlohmann::json json = nlohmann::json::object();
  const nlohmann::json config = base::parse_json(model.config_json, model.source);
  for (const char* key : {"suppress_tokens", "begin_suppress_tokens", "is_multilingual", "alignment_heads"}) {
    if (config.contains(key)) json[key] = config[key];  // where they stood before generation_config.json was invented
  }
  if (!json.contains("is_multilingual")) {
    const std::int64_t end = base::JsonReader(config, model.source + ": config")
                                 .integer_or("eos_token_id", 0, 0, std::numeric_limits<std::int32_t>::max());
    const bool english =
        decoder.vocabulary == kEnglishVocabulary || (decoder.vocabulary > kEnglishVocabulary && end == kEnglishEnd);
    json["is_multilingual"] = !english;
  }
  const auto heads = models::known_alignment_heads(decoder);
  if (!json.contains("alignment_heads") && !heads.empty()) json["alignment_heads"] = heads_json(heads);
  return json.dump(2) + "\n";
}

std::string read_generation(const ModelSource& source) {
  const fs::path path = fs::path(source.folder) / "generation_config.json";
  const bool published = !source.folder.empty() && is_there(path);
  std::string text = published ? base::read_text(path.string(), kMaxGenerationFile) : made_generation(source.model);
  const std::string where = published ? path.string() : source.model.source + ": config";
  const nlohmann::json value = base::parse_json(text, where);
  (void)generate::GenerationConfig::from_json(base::JsonReader(value, where), *source.model.config.decoder);
  return text;
}

bool same_bytes(const tensor::TensorView& a, const tensor::TensorView& b) {
  return a.dtype == b.dtype && a.shape == b.shape && std::equal(a.data, a.data + a.bytes(), b.data);
}

std::vector<CopiedTensor> decoder_tensors(const models::Model& model) {
  const whisper::DecoderConfig& config = *model.config.decoder;
  const auto heads = whisper::check_decoder(*model.weights, config);
  const auto table = whisper::decoder_tensors(config);
  std::vector<CopiedTensor> tensors = copied_tensors("model.decoder.", table, heads);
  const tensor::TensorView* output = model.weights->peek(kOutputLayer);
  if (output == nullptr) return tensors;
  const tensor::TensorView& own =
      whisper::check_tensor(*model.weights, "", {kOutputLayer, {config.vocabulary, config.d_model}});
  const auto embedding = std::ranges::find(tensors, "model.decoder.embed_tokens.weight", &CopiedTensor::name);
  const bool is_same = same_bytes(model.weights->require(kOutputLayer), model.weights->require(embedding->head->name));
  if (!is_same) tensors.push_back({kOutputLayer, &own, ""});
  return tensors;
}

std::string write_tokenizer(BundleWriter& writer, const std::string& folder, const DecoderParts& parts,
                            const std::vector<DecoderEntry>& before) {
  std::string name = folder + "tokenizer.json";
  const std::string path = writer.path(name);
  if (parts.tokenizer_json.empty()) {
    parts.tokenizer.save(fs::path(path).parent_path());
  } else {
    base::write_text(path, base::read_text(parts.tokenizer_json, std::size_t{64} << 20));
  }
  const std::string digest = base::sha256_file(path);
  for (const DecoderEntry& other : before) {
    if (base::sha256_file(writer.path(other.tokenizer)) != digest) continue;
    std::error_code ignored;
    fs::remove(path, ignored);
    return other.tokenizer;
  }
  writer.add(name, Role::tokenizer);
  return name;
}

}  // namespace

DecoderParts read_decoder_parts(const ModelSource& source, const std::string& given) {
  const std::string path = tokenizer_path(source, given);
  const models::Model& model = source.model;
  const auto size = static_cast<std::size_t>(model.config.decoder->vocabulary);
  std::vector<std::string> tokens = model.vocabulary;
  tokens.insert(tokens.end(), model.special_tokens.begin(), model.special_tokens.end());
  DecoderParts parts{path.empty() ? tokenizer::Tokenizer::from_ggml(std::move(tokens), size, model.source)
                                  : tokenizer::Tokenizer::load(path),
                     json_file(path), read_generation(source), decoder_tensors(model)};
  check_vocabulary(parts.tokenizer, model);
  return parts;
}

DecoderEntry write_decoder(BundleWriter& writer, const ModelSource& source, const DecoderParts& parts,
                           const std::vector<DecoderEntry>& before,
                           const std::function<void(std::uint64_t bytes)>& count) {
  const std::string folder = "decoders/" + source.name + "/";
  DecoderEntry entry{source.name,
                     folder + "decoder.safetensors",
                     folder + "config.json",
                     write_tokenizer(writer, folder, parts, before),
                     folder + "generation_config.json",
                     ""};
  copy_weights(*source.model.weights, parts.tensors, writer.path(entry.weights), count, nullptr);
  writer.add(entry.weights, Role::decoder);
  writer.add_text(entry.config, Role::decoder_config, source.model.config_json);
  writer.add_text(entry.generation, Role::generation_config, parts.generation);
  return entry;
}

}  // namespace seben::bundle
