// SPDX-License-Identifier: Apache-2.0
// How a text decoder holds its weights and what it remembers.
#pragma once

#include <optional>

#include "kernels/narrow.h"
#include "quant/kv_cache.h"

namespace seben::whisper {

/// What each costs in accuracy, memory and time is in docs/whisper-text.md.
struct DecoderStorage {
  /// Nothing: as the precision says; with f32 weights that are stored in f16, bf16 or codes stay what they are, which
  /// changes no bit of the results.
  std::optional<kernels::NarrowForm> weights = std::nullopt;
  /// Keys and values of the features. Nothing: f32, or bf16 where the weights are bf16 or int8.
  std::optional<quant::KvForm> cross = std::nullopt;
  /// Keys and values of the tokens: f32, bf16 or u8. Nothing: f32.
  std::optional<quant::KvForm> tokens = std::nullopt;
};

}  // namespace seben::whisper
