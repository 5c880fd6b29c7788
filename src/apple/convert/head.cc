// SPDX-License-Identifier: Apache-2.0
#include "convert/head.h"

#include "convert/head_kinds.h"
#include "seben/error.h"

namespace seben::convert {
namespace {

using mil::Value;

// Every n-th frame, the first among them.
Value subsampled(Graph& g, const Value& features, std::int64_t n) {
  if (n == 1) return features;
  const std::vector<std::int64_t> zeros{0, 0, 0}, stride{1, n, 1};
  const std::vector<bool> whole(3, true);
  return g.builder().add("slice_by_index", "subsampled",
                         {{"x", features},
                          {"begin", mil::Literal::ints(zeros)},
                          {"end", mil::Literal::ints(zeros)},
                          {"stride", mil::Literal::ints(stride)},
                          {"begin_mask", mil::Literal::bools(whole)},
                          {"end_mask", mil::Literal::bools(whole)}});
}

}  // namespace

void require_exportable(const HeadSource& source) {
  if (!source.config.trajectory) return;
  throw Error(ErrorCategory::usage, source.weights.file()->source() + ": head",
              "a head without trajectory bias, which cannot be exported", "one with it");
}

Value head(Graph& g, const HeadSource& source, const Value& features) {
  require_exportable(source);
  return source.config.kind == ctc::HeadKind::transformer ? transformer_head(g, source, features)
                                                          : bilstm_head(g, source, features);
}

mil::Model head_model(const HeadSource& source, const ConversionOptions& conversion, std::int64_t frames,
                      const Flexibility& lengths) {
  validate(conversion);
  validate(lengths, frames, 1);
  Graph g(conversion);
  const mil::Shape shape{1, dimension(lengths, frames), source.config.input_dim};
  const Value logits = g.output("logits", head(g, source, g.input("features", shape)));
  mil::Model model = make_model(g.builder(), {{"features", {conversion.interface, shape}}}, {logits}, lengths, frames);
  describe(model, mil::PackageKind::head, conversion);
  model.metadata.description = "CTC head: encoder features to class scores";
  return model;
}

mil::Model fused_model(const EncoderSource& encoder, const HeadSource& source, const ConversionOptions& conversion,
                       std::int64_t subsample) {
  validate(conversion);
  Graph g(conversion);
  const mil::Shape shape{1, encoder.config.n_mels, encoder.config.mel_frames()};
  Value x = convpos(g, encoder, g.input("mel", shape));
  for (std::int64_t i = 0; i < encoder.config.layers; ++i) x = encoder_layer(g, encoder, i, x);
  const Value features = subsampled(g, finalnorm(g, encoder, x), subsample);
  const Value logits = g.output("logits", head(g, source, features));
  mil::Model model = make_model(g.builder(), {{"mel", {conversion.interface, shape}}}, {logits}, {}, 0);
  describe(model, mil::PackageKind::encoder_head, conversion);
  model.metadata.description = "Whisper audio encoder and CTC head: log-mel spectrogram to class scores";
  return model;
}

}  // namespace seben::convert
