// SPDX-License-Identifier: Apache-2.0
#include "import/names.h"

#include <algorithm>
#include <array>
#include <span>

namespace seben::models {
namespace {

struct Pair {
  std::string_view openai;
  std::string_view hugging_face;
};

constexpr std::string_view kModel = "model.";

// What stands outside of the blocks.
constexpr std::array<Pair, 11> kWhole{{{"encoder.conv1.weight", "encoder.conv1.weight"},
                                       {"encoder.conv1.bias", "encoder.conv1.bias"},
                                       {"encoder.conv2.weight", "encoder.conv2.weight"},
                                       {"encoder.conv2.bias", "encoder.conv2.bias"},
                                       {"encoder.positional_embedding", "encoder.embed_positions.weight"},
                                       {"encoder.ln_post.weight", "encoder.layer_norm.weight"},
                                       {"encoder.ln_post.bias", "encoder.layer_norm.bias"},
                                       {"decoder.token_embedding.weight", "decoder.embed_tokens.weight"},
                                       {"decoder.positional_embedding", "decoder.embed_positions.weight"},
                                       {"decoder.ln.weight", "decoder.layer_norm.weight"},
                                       {"decoder.ln.bias", "decoder.layer_norm.bias"}}};

// Within a block; weights and biases both. The last five are the decoder's only.
constexpr std::array<Pair, 13> kParts{{{"attn.query", "self_attn.q_proj"},
                                       {"attn.key", "self_attn.k_proj"},
                                       {"attn.value", "self_attn.v_proj"},
                                       {"attn.out", "self_attn.out_proj"},
                                       {"attn_ln", "self_attn_layer_norm"},
                                       {"mlp.0", "fc1"},
                                       {"mlp.2", "fc2"},
                                       {"mlp_ln", "final_layer_norm"},
                                       {"cross_attn.query", "encoder_attn.q_proj"},
                                       {"cross_attn.key", "encoder_attn.k_proj"},
                                       {"cross_attn.value", "encoder_attn.v_proj"},
                                       {"cross_attn.out", "encoder_attn.out_proj"},
                                       {"cross_attn_ln", "encoder_attn_layer_norm"}}};
constexpr std::size_t kEncoderParts = 8;

using Side = std::string_view Pair::*;

std::optional<std::string_view> translate(std::span<const Pair> table, std::string_view name, Side from, Side to) {
  const auto found = std::ranges::find(table, name, from);
  return found == table.end() ? std::nullopt : std::optional(*found.*to);
}

// "encoder.blocks.12.attn.query.weight" in its four parts
struct BlockName {
  std::string_view stack;  // "encoder"
  std::string_view number;
  std::string_view part;  // "attn.query"
  std::string_view end;   // ".weight"
};

std::optional<BlockName> split(std::string_view name, std::string_view blocks) {
  for (const std::string_view stack : {"encoder", "decoder"}) {
    if (!name.starts_with(stack) || !name.substr(stack.size()).starts_with(blocks)) continue;
    const std::string_view rest = name.substr(stack.size() + blocks.size());
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const std::size_t dot = rest.rfind('.');
    if (digits == 0 || dot == std::string_view::npos || dot <= digits || rest[digits] != '.') return std::nullopt;
    const std::string_view end = rest.substr(dot);
    if (end != ".weight" && end != ".bias") return std::nullopt;
    return BlockName{stack, rest.substr(0, digits), rest.substr(digits + 1, dot - digits - 1), end};
  }
  return std::nullopt;
}

constexpr std::string_view kBlocks = ".blocks.", kLayers = ".layers.";

std::optional<std::string> convert(std::string_view name, Side from, Side to) {
  if (const auto whole = translate(kWhole, name, from, to)) return std::string(*whole);
  const bool from_openai = from == &Pair::openai;
  const auto block = split(name, from_openai ? kBlocks : kLayers);
  if (!block) return std::nullopt;
  const bool encoder = block->stack == "encoder";
  const auto part = translate(std::span(kParts).first(encoder ? kEncoderParts : kParts.size()), block->part, from, to);
  if (!part) return std::nullopt;
  return std::string(block->stack)
      .append(from_openai ? kLayers : kBlocks)
      .append(block->number)
      .append(".")
      .append(*part)
      .append(block->end);
}

}  // namespace

std::optional<std::string> hugging_face_name(std::string_view openai) {
  auto name = convert(openai, &Pair::openai, &Pair::hugging_face);
  if (name) name->insert(0, kModel);
  return name;
}

std::optional<std::string> openai_name(std::string_view hugging_face) {
  if (hugging_face.starts_with(kModel)) hugging_face.remove_prefix(kModel.size());
  return convert(hugging_face, &Pair::hugging_face, &Pair::openai);
}

}  // namespace seben::models
