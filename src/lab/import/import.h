// SPDX-License-Identifier: Apache-2.0
// From what the field publishes (Whispers of any format, a CTC head's state dict) to a bundle.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bundle/bundle.h"

namespace seben::bundle {

/// What a head's state dict cannot tell. Each may also stand in its metadata as "seben.head.<name>"; stating it in both
/// places with different values is an error, stating it nowhere as well. Nothing is guessed.
struct HeadOptions {
  std::optional<std::string> kind;             ///< "transformer", "bilstm" or "conv-bilstm"
  std::optional<std::int64_t> stride;          ///< by how much the head shortens time itself; not of a bilstm
  std::optional<std::int64_t> heads;           ///< attention heads of a transformer head
  std::optional<std::int64_t> blank;           ///< class of the CTC blank
  std::optional<std::int64_t> feature_stride;  ///< the head was trained on every how many-th encoder frame
};

/// `models` or `encoder` or neither, and a head unless there is a decoder. Everything that models::open_model reads
/// will do for both.
struct ImportOptions {
  std::vector<std::string> models;         ///< the first gives the encoder, each its text decoder
  std::vector<std::string> decoder_names;  ///< of the models in their order; names of files where there are fewer
  std::string tokenizer;                   ///< folder or file, instead of the models' own
  bool no_decoder = false;                 ///< of the model only the encoder is taken
  bool dequantise = false;                 ///< ggml's blocks become the f32 numbers that they stand for
  /// How the decoders' log-mel is made: as Whisper's own program does, unless they were trained otherwise.
  frontend::Framing framing = frontend::kReferenceFraming;
  std::string encoder;         ///< its encoder alone is taken; without any, features come from outside
  std::string encoder_config;  ///< its config.json; empty: beside the weights
  std::string variant;         ///< the encoder's name; empty: one made of its sizes
  std::string head;            ///< .safetensors; may be empty
  HeadOptions head_options;
  std::string vocabulary;  ///< vocab.json
  std::string contract;    ///< the head's contract as JSON, when its metadata has none
  std::string card;        ///< README of the model; may be empty
  std::string name;
  std::string licence;
  std::string provenance = "{}";  ///< a JSON object to keep
  std::string out;                ///< the bundle's folder, which must not exist
};

/// Writes the bundle `options.out`. Weights are copied in the dtype they have (ggml's blocks as codes of the same
/// values unless `dequantise`), a few megabytes at a time, and every number is checked to be finite. Error(usage) for
/// an option that is missing; Error(bad_data) for inputs that do not fit together, among them a head whose stated
/// contract this encoder does not meet, and a further model whose encoder is another. `progress` counts the models'
/// bytes. Returns what the caller should know, as lines.
std::vector<std::string> import_bundle(const ImportOptions& options, const Progress& progress = {});

}  // namespace seben::bundle
