// SPDX-License-Identifier: Apache-2.0
#include "import/model_source.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"
#include "import/mel_filters.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_usage(const std::string& where, const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::usage, where, expected, found);
}

// Hugging Face keeps the frontend's constants beside the weights; those that differ would change every feature.
void check_preprocessor(const base::JsonReader& json, const whisper::EncoderConfig& config) {
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

// In a file of their own or, since transformers 5, in the processor's.
void check_preprocessor_files(const fs::path& folder, const whisper::EncoderConfig& config) {
  std::error_code ignored;
  if (const fs::path own = folder / "preprocessor_config.json"; fs::exists(own, ignored)) {
    const nlohmann::json value = base::read_json(own.string());
    check_preprocessor(base::JsonReader(value, own.string()), config);
  }
  if (const fs::path whole = folder / "processor_config.json"; fs::exists(whole, ignored)) {
    const nlohmann::json value = base::read_json(whole.string());
    const base::JsonReader json(value, whole.string());
    if (json.has("feature_extractor")) check_preprocessor(json.object("feature_extractor"), config);
  }
}

ModelSource open_source(const std::string& path, const models::OpenOptions& options) {
  ModelSource source{models::open_model(path, options), "", ""};
  const models::SourceKind kind = source.model.kind;
  if (kind != models::SourceKind::openai && kind != models::SourceKind::ggml) {
    const fs::path weights(source.model.source), config(options.config);
    source.folder = (options.config.empty() ? weights : config).parent_path().string();
    if (source.folder.empty()) source.folder = ".";
  }
  if (!source.folder.empty()) check_preprocessor_files(source.folder, source.model.config.encoder);
  models::require_whisper_filters(source.model);
  return source;
}

// "whisper-tiny" of whisper-tiny/ and whisper-tiny/model.safetensors, "ggml-tiny" of ggml-tiny.bin.
std::string name_of(const ModelSource& source) {
  std::error_code ignored;
  fs::path path = fs::absolute(source.folder.empty() ? source.model.source : source.folder, ignored).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  std::string name = (source.folder.empty() ? path.stem() : path.filename()).string();
  for (char& c : name) {
    if (c == '\\' || c == ':' || c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '-';
  }
  constexpr std::size_t longest = 90;
  name.resize(std::min(name.size(), longest));
  return is_decoder_name(name) ? name : "whisper";
}

void name_decoders(const std::vector<std::string>& given, std::vector<ModelSource>& sources) {
  if (given.size() > sources.size()) {
    fail_usage("option --decoder-name", fmt::format("at most {}, one for each --model", sources.size()),
               std::to_string(given.size()));
  }
  std::set<std::string> taken;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!is_decoder_name(given[i])) fail_usage("option --decoder-name", "a name that could be a folder's", given[i]);
    if (!taken.insert(given[i]).second) fail_usage("option --decoder-name", "every name once", given[i] + " twice");
    sources[i].name = given[i];
  }
  for (std::size_t i = given.size(); i < sources.size(); ++i) {
    const std::string name = name_of(sources[i]);
    sources[i].name = name;
    for (int n = 2; !taken.insert(sources[i].name).second; ++n) sources[i].name = fmt::format("{}-{}", name, n);
  }
}

}  // namespace

std::string ModelSource::file_name() const {
  const fs::path path = fs::path(folder.empty() ? model.source : folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

std::vector<ModelSource> open_sources(const ImportOptions& options) {
  std::vector<ModelSource> sources;
  if (options.models.empty()) {
    if (!options.encoder.empty()) sources.push_back(open_source(options.encoder, {false, options.encoder_config}));
    return sources;
  }
  if (!options.encoder.empty()) fail_usage("option --encoder", "--model or --encoder", "both");
  if (!options.encoder_config.empty()) fail_usage("option --encoder-config", "--encoder, which it belongs to", "none");
  if (options.no_decoder && options.models.size() > 1) {
    fail_usage("option --no-decoder", "one --model", std::to_string(options.models.size()));
  }
  for (const std::string& path : options.models) {
    sources.push_back(open_source(path, {!options.no_decoder, ""}));
    if (!options.no_decoder && !sources.back().model.config.decoder) {
      fail_usage(path, "a model with a text decoder (--no-decoder keeps the encoder alone)", "an encoder alone");
    }
  }
  if (!options.no_decoder) name_decoders(options.decoder_names, sources);
  return sources;
}

}  // namespace seben::bundle
