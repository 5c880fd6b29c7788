// SPDX-License-Identifier: Apache-2.0
// Any published Whisper as one thing: its sizes, its tensors by Hugging Face's names, and what else its file holds.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/ggml_file.h"
#include "formats/weight_file.h"
#include "import/config.h"
#include "model/whisper/encoder_tensors.h"

namespace seben::models {

enum class SourceKind : std::uint8_t {
  safetensors,  ///< Hugging Face: config.json beside model.safetensors or its shards
  torch,        ///< Hugging Face: config.json beside pytorch_model.bin or its shards
  openai,       ///< OpenAI's .pt, sizes inside
  ggml,         ///< whisper.cpp's ggml-*.bin, sizes, vocabulary and mel filters inside
  ctranslate2   ///< CTranslate2's model.bin, sizes inside, vocabulary and config.json beside it
};

/// "safetensors", "PyTorch", "OpenAI", "ggml", "CTranslate2"
[[nodiscard]] std::string_view to_string(SourceKind kind) noexcept;

struct MelFilters {
  std::int64_t n_mels = 0;
  std::int64_t bins = 0;       ///< 201
  std::vector<float> weights;  ///< [n_mels, bins]
};

struct Model {
  SourceKind kind = SourceKind::safetensors;
  std::string source;    ///< the path, for messages
  WhisperConfig config;  ///< its decoder is nothing when the file holds an encoder alone
  std::string
      config_json;  ///< the same as a Hugging Face config.json: the one beside the weights, or one made of the sizes
  /// By Hugging Face's names: "model.encoder.conv1.weight", …; of Hugging Face's files just as they are stored. Those
  /// of block types (q5_0, …) and integers with scales are F32 here: `peek` and `stream` keep nothing of them, `find`
  /// puts them into a temporary file.
  std::shared_ptr<const tensor::WeightFile> weights;
  std::map<std::string, std::string, std::less<>> quantised;  ///< tensor -> "q5_0", "int8": those that are computed
  /// Matrices of block types as they lie in ggml's file, which `weights` keeps.
  std::map<std::string, const tensor::GgmlTensor*, std::less<>> blocks;
  std::vector<std::string> vocabulary;      ///< bytes by number; empty when there is none
  std::vector<std::string> special_tokens;  ///< those behind them, where the file lists them
  std::optional<MelFilters> mel_filters;
};

struct OpenOptions {
  bool decoder = true;  ///< false: what belongs to the text decoder is not looked at
  std::string config;   ///< the config.json of Hugging Face's weights; empty: the one beside them
};

/// Opens a folder (Hugging Face's or CTranslate2's), an index of shards, a .safetensors, a .bin or .pt of PyTorch,
/// CTranslate2's or whisper.cpp's .bin, told apart by their content. Reads heads only, but checks that every tensor of
/// the sizes is there, of its shape and F32, F16 or BF16. Error(no_input) for what is missing, Error(bad_data) for what
/// is wrong, Error(usage) for a config beside a file that states its sizes itself.
[[nodiscard]] Model open_model(const std::string& path, const OpenOptions& options = {});

/// Identifies the encoder by its numbers (whisper::encoder_digest): models that share an encoder, as Distil-Whispers do
/// with their teacher, have the same one when they are stored in the same dtypes.
[[nodiscard]] std::string encoder_digest(const Model& model, const whisper::HashProgress& progress = {});

}  // namespace seben::models
