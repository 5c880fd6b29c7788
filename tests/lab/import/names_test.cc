// SPDX-License-Identifier: Apache-2.0
#include "import/names.h"

#include <gtest/gtest.h>

#include "formats/weight_file.h"
#include "model/whisper/decoder_tensors.h"

namespace seben::models {
namespace {

// OpenAI's whisper/model.py beside transformers' modeling_whisper.py.
TEST(Names, AreThoseOfBothSides) {
  const std::vector<std::pair<std::string, std::string>> pairs{
      {"encoder.conv1.weight", "model.encoder.conv1.weight"},
      {"encoder.conv2.bias", "model.encoder.conv2.bias"},
      {"encoder.positional_embedding", "model.encoder.embed_positions.weight"},
      {"encoder.ln_post.weight", "model.encoder.layer_norm.weight"},
      {"encoder.blocks.0.attn.query.weight", "model.encoder.layers.0.self_attn.q_proj.weight"},
      {"encoder.blocks.31.attn.key.weight", "model.encoder.layers.31.self_attn.k_proj.weight"},
      {"encoder.blocks.2.attn.value.bias", "model.encoder.layers.2.self_attn.v_proj.bias"},
      {"encoder.blocks.2.attn.out.bias", "model.encoder.layers.2.self_attn.out_proj.bias"},
      {"encoder.blocks.2.attn_ln.bias", "model.encoder.layers.2.self_attn_layer_norm.bias"},
      {"encoder.blocks.2.mlp.0.weight", "model.encoder.layers.2.fc1.weight"},
      {"encoder.blocks.2.mlp.2.weight", "model.encoder.layers.2.fc2.weight"},
      {"encoder.blocks.2.mlp_ln.weight", "model.encoder.layers.2.final_layer_norm.weight"},
      {"decoder.token_embedding.weight", "model.decoder.embed_tokens.weight"},
      {"decoder.positional_embedding", "model.decoder.embed_positions.weight"},
      {"decoder.ln.bias", "model.decoder.layer_norm.bias"},
      {"decoder.blocks.3.attn.query.weight", "model.decoder.layers.3.self_attn.q_proj.weight"},
      {"decoder.blocks.3.cross_attn.query.weight", "model.decoder.layers.3.encoder_attn.q_proj.weight"},
      {"decoder.blocks.3.cross_attn.out.bias", "model.decoder.layers.3.encoder_attn.out_proj.bias"},
      {"decoder.blocks.3.cross_attn_ln.weight", "model.decoder.layers.3.encoder_attn_layer_norm.weight"}};
  for (const auto& [openai, hugging_face] : pairs) {
    EXPECT_EQ(hugging_face_name(openai), hugging_face);
    EXPECT_EQ(openai_name(hugging_face), openai);
    EXPECT_EQ(openai_name(hugging_face.substr(6)), openai);
  }
}

TEST(Names, OfOtherThingsAreNone) {
  for (const char* name :
       {"", "encoder", "encoder.blocks.", "encoder.blocks.0", "encoder.blocks..attn.key.weight",
        "encoder.blocks.0.attn.key", "encoder.blocks.0.attn.key.scale", "encoder.blocks.x.mlp.0.bias",
        "encoder.blocks.0.cross_attn.key.weight", "encoder.blocks.0.weight", "decoder.ln_post.bias",
        "model.encoder.layers.0.fc1.weight", "decoder.mask"}) {
    EXPECT_EQ(hugging_face_name(name), std::nullopt) << name;
  }
  for (const char* name : {"proj_out.weight", "model.encoder.blocks.0.mlp.0.weight", "model.encoder.layers.0.weight",
                           "model.encoder.layers.0.encoder_attn.q_proj.weight", "model.model.encoder.conv1.weight"}) {
    EXPECT_EQ(openai_name(name), std::nullopt) << name;
  }
}

TEST(Names, CoverEveryTensorOfAModelOnce) {
  const whisper::EncoderConfig encoder{80, 16, 3, 2, 64, 6};
  const whisper::DecoderConfig decoder{40, 16, 2, 2, 64, 5, 6};
  std::vector<std::string> names;
  for (const auto& tensor : whisper::encoder_tensors(encoder)) names.push_back("model.encoder." + tensor.name);
  for (const auto& tensor : whisper::decoder_tensors(decoder)) names.push_back("model.decoder." + tensor.name);
  // whisper.cpp's loader counts 7 + 15 per encoder layer and 4 + 24 per decoder layer.
  EXPECT_EQ(names.size(), 7U + 3 * 15 + 4 + 2 * 24);
  for (const std::string& name : names) {
    const auto openai = openai_name(name);
    ASSERT_TRUE(openai) << name;
    EXPECT_EQ(hugging_face_name(*openai), name);
  }
}

}  // namespace
}  // namespace seben::models
