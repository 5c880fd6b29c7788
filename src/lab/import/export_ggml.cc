// SPDX-License-Identifier: Apache-2.0
#include "import/export_ggml.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/file.h"
#include "seben/error.h"
#include "text/tokenizer/byte_letters.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::bundle {
namespace {

constexpr std::size_t kMaxStoredConfig = std::size_t{16} << 20;

// Two files as one; they must outlive it.
class JoinedWeights final : public tensor::WeightFile {
 public:
  JoinedWeights(const tensor::WeightFile& encoder, const tensor::WeightFile& decoder, std::string source)
      : encoder_(encoder), decoder_(decoder), source_(std::move(source)) {}

  using WeightFile::require;
  [[nodiscard]] const tensor::TensorView* find(std::string_view name) const override { return file(name).find(name); }
  [[nodiscard]] const tensor::TensorView* peek(std::string_view name) const override { return file(name).peek(name); }
  void stream(std::string_view name, const tensor::ByteSink& sink) const override { file(name).stream(name, sink); }
  [[nodiscard]] std::vector<std::string> names() const override {
    std::vector<std::string> all = encoder_.names();
    const std::vector<std::string> more = decoder_.names();
    all.insert(all.end(), more.begin(), more.end());
    std::sort(all.begin(), all.end());
    return all;
  }
  void prefetch(const tensor::TensorView& view) const override { file(view.name).prefetch(view); }
  void release(const tensor::TensorView& view) const override { file(view.name).release(view); }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }
  [[nodiscard]] const std::string& source() const override { return source_; }

 private:
  [[nodiscard]] const tensor::WeightFile& file(std::string_view name) const {
    return encoder_.peek(name) != nullptr ? encoder_ : decoder_;
  }

  const tensor::WeightFile& encoder_;
  const tensor::WeightFile& decoder_;
  std::map<std::string, std::string> metadata_;
  std::string source_;
};

void require_numbers(const tensor::WeightFile& file) {
  for (const std::string& name : file.names()) {
    const tensor::TensorView* head = file.peek(name);
    if (head->coded == nullptr) continue;
    throw Error(ErrorCategory::usage, file.source() + ": " + name, "weights that are not coded",
                head->coded->codec() +
                    " (export the bundle that they were made from; of a ggml file, one imported with --dequantise)");
  }
}

// whisper.cpp's file has no special tokens: their places follow from the number of tokens. Older vocabularies have some
// of them by other names, which does no harm.
void require_places(const tokenizer::Tokenizer& tokenizer, const std::vector<std::string>& tokens, std::size_t size) {
  const auto theirs = tokenizer::Tokenizer::from_ggml(tokens, size, tokenizer.source() + ": in whisper.cpp");
  const tokenizer::Specials &own = tokenizer.specials(), &other = theirs.specials();
  const auto require = [&](const std::string& name, const std::optional<std::int32_t>& mine,
                           const std::optional<std::int32_t>& wanted) {
    if (mine == wanted || !wanted) return;
    if (mine) {
      throw Error(ErrorCategory::bad_data, fmt::format("{}: token {}", tokenizer.source(), name),
                  fmt::format("id {}, where whisper.cpp takes it to be", *wanted), fmt::format("id {}", *mine));
    }
    const bool known = static_cast<std::size_t>(*wanted) < tokenizer.size();
    const std::string found = known ? tokenizer::letters_of_bytes(tokenizer.bytes(*wanted)) : "";
    throw Error(ErrorCategory::bad_data, fmt::format("{}: token {}", tokenizer.source(), *wanted),
                fmt::format("{}, which whisper.cpp takes it to be", name), found.empty() ? "no token" : found);
  };
  require("<|endoftext|>", own.endoftext, other.endoftext);
  require("<|startoftranscript|>", own.startoftranscript, other.startoftranscript);
  require("<|translate|>", own.translate, other.translate);
  require("<|transcribe|>", own.transcribe, other.transcribe);
  require("<|startoflm|>", own.startoflm, other.startoflm);
  require("<|startofprev|>", own.startofprev, other.startofprev);
  require("<|nospeech|>", own.nospeech, other.nospeech);
  require("<|notimestamps|>", own.notimestamps, other.notimestamps);
  require("<|0.00|>", own.timestamp_begin, other.timestamp_begin);
  for (const tokenizer::LanguageToken& language : other.languages) {
    require(fmt::format("<|{}|>", language.code), own.language(language.code), language.id);
  }
}

// With one more token whisper.cpp would take every special token for its neighbour.
void require_nothing_behind_timestamps(const tokenizer::Tokenizer& tokenizer, std::int64_t size) {
  const tokenizer::Specials& specials = tokenizer.specials();
  if (specials.timestamp_count != tokenizer::kTimestamps) return;
  const std::int32_t end = *specials.timestamp_begin + specials.timestamp_count;
  if (size <= end) return;
  const bool known = tokenizer.is_used(end);
  throw Error(ErrorCategory::bad_data, fmt::format("{}: token {}", tokenizer.source(), end),
              "none behind the timestamps, as whisper.cpp's files have no place for it",
              known ? fmt::format("\"{}\"", tokenizer.bytes(end)) : "a score without a token");
}

std::vector<std::string> vocabulary_of(const tokenizer::Tokenizer& tokenizer, std::int64_t size) {
  require_nothing_behind_timestamps(tokenizer, size);
  std::vector<std::string> tokens;
  tokens.reserve(static_cast<std::size_t>(size));
  for (std::int32_t id = 0; id < tokenizer.specials().endoftext; ++id) tokens.emplace_back(tokenizer.bytes(id));
  require_places(tokenizer, tokens, static_cast<std::size_t>(size));
  return tokens;
}

}  // namespace

models::Model joined_model(const Bundle& bundle, const std::string& name) {
  const TextDecoder& decoder = bundle.decoder(name);
  require_numbers(*bundle.encoder_weights());
  require_numbers(*decoder.weights);
  models::Model model;
  model.source = bundle.folder();
  model.config = {*bundle.encoder_config(), decoder.config};
  model.config_json = base::read_text(bundle.path(decoder.entry->config), kMaxStoredConfig);
  model.weights = std::make_shared<JoinedWeights>(*bundle.encoder_weights(), *decoder.weights, bundle.folder());
  const auto tokenizer = tokenizer::Tokenizer::load(bundle.path(decoder.entry->tokenizer));
  model.vocabulary = vocabulary_of(tokenizer, decoder.config.vocabulary);
  return model;
}

void export_ggml(const Bundle& bundle, const std::string& decoder, const std::string& path,
                 const models::WriteGgmlOptions& options) {
  models::write_ggml(joined_model(bundle, decoder), path, options);
}

}  // namespace seben::bundle
