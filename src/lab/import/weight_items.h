// SPDX-License-Identifier: Apache-2.0
// Which tensors a coded copy of a bundle has, and what becomes of each.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "quant/spec.h"

namespace seben::bundle {

/// What the matrices of a part get, whatever else a plan says. A part is the beginning of a matrix's name, in whole
/// words, and "*" stands for any word: "encoder.layers.0", "decoder.layers.*.fc2", "decoder.embed_tokens", "head".
struct PartCodec {
  std::string part;
  quant::CodecSpec codec;
};

/// Codec by layer of the encoder, one for the head, and two for text decoders. f32 and fp16 mean numbers, not codes.
struct WeightPlan {
  std::map<std::int64_t, quant::CodecSpec> layers;  ///< every layer of the encoder
  quant::CodecSpec head;
  bool decoders = false;                 ///< text decoders are coded too, else copied
  quant::CodecSpec decoder = kAsItIs;    ///< their layers; f32: positions stay as well
  quant::CodecSpec embedding = kAsItIs;  ///< their tokens, which are the output layer too, or have one beside them
  std::vector<PartCodec> parts;          ///< of several that name a matrix the last counts
  std::string how = "{}";                ///< a JSON object: how the plan came about

  static constexpr quant::CodecSpec kAsItIs{quant::CodecKind::f32, 32, 32, false, false, true, 42};

  [[nodiscard]] static WeightPlan uniform(const Bundle& bundle, const quant::CodecSpec& encoder,
                                          const quant::CodecSpec& head);
  /// Text decoders as well: `layers`, and for their tokens eight bits of the same kind (docs/quantization.md says why).
  void code_decoders(const quant::CodecSpec& layers_of_decoders);
};

/// One tensor and what becomes of it; f32 means: as it is.
struct WeightItem {
  const tensor::TensorView* view = nullptr;
  std::string part;  ///< "decoder.layers.0.fc1.weight"
  quant::CodecSpec spec = WeightPlan::kAsItIs;
  bool is_matrix = false;  ///< a part's codec may be given to it
};

/// A file of weights that a plan changes.
struct WeightItems {
  const FileEntry* file = nullptr;  ///< of the source's manifest
  const tensor::WeightFile* weights = nullptr;
  std::vector<WeightItem> items;
};

/// Encoder, head and text decoders, those that there are and that `plan` changes. Error(usage) for a part that no
/// matrix of these belongs to.
[[nodiscard]] std::vector<WeightItems> weight_items(const Bundle& source, const WeightPlan& plan);

/// Whether a tensor that is to be fp16 is rounded to it: one that has two bytes a number stays.
[[nodiscard]] bool becomes_half(const WeightItem& item) noexcept;
[[nodiscard]] std::size_t item_bytes(const WeightItem& item);

}  // namespace seben::bundle
