// SPDX-License-Identifier: Apache-2.0
#include "engine/loaded_model.h"

#include <utility>

#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

Decoders choose_decoders(const bundle::Bundle& bundle, const std::string& name) {
  if (name != "auto" && name != "ctc" && name != "whisper" && name != "both") {
    throw Error(ErrorCategory::usage, "decoder", "auto, ctc, whisper or both", name);
  }
  Decoders out{name == "ctc" || name == "both", name == "whisper" || name == "both"};
  if (name == "auto") out = {bundle.has_head(), !bundle.has_head()};
  if (out.ctc) bundle.require_head("decoder " + name);
  if (out.whisper) (void)bundle.decoder();
  return out;
}

PrecisionRequest precision_request(const Basis& basis, const TranscriberOptions& options) {
  return {options.precision, options.allow_unadmitted, basis.decoders.ctc,
          basis.decoders.whisper ? &basis.bundle.internal().decoder(options.whisper.decoder) : nullptr};
}

PrecisionRequest codec_request(const Basis& basis, const TranscriberOptions& options) {
  PrecisionRequest out = precision_request(basis, options);
  out.name = options.feature_codec;
  return out;
}

std::string label_of(const bundle::Bundle& bundle, const PrecisionRequest& request, kernels::Precision precision) {
  return request.decoder == nullptr ? bundle.precision_name(precision)
                                    : bundle.precision_name(*request.decoder, precision, request.head);
}

std::string who_writes(const Decoders& decoders) {
  if (decoders.ctc && decoders.whisper) return "both";
  return decoders.ctc ? "ctc" : "whisper";
}

}  // namespace

Basis::Basis(Bundle of, const TranscriberOptions& options)
    : bundle(std::move(of)),
      decoders(choose_decoders(bundle.internal(), options.decoder)),
      allow_unadmitted(options.allow_unadmitted),
      threads(kernels::thread_count(options.threads)),
      precision(choose_precision(bundle.internal(), precision_request(*this, options))),
      precision_name(label_of(bundle.internal(), precision_request(*this, options), precision)),
      codec_name(options.feature_codec),
      feature_codec(choose_feature_codec(bundle.internal(), codec_request(*this, options))) {
  if (!decoders.whisper) return;
  text_decoder = bundle.internal().decoder(options.whisper.decoder).entry->name;
  text_cache = options.whisper.cache;
}

void Basis::require_same(const TranscriberOptions& options) const {
  const auto require = [](bool same, const char* field, const std::string& loaded, const std::string& found) {
    if (!same) throw Error(ErrorCategory::usage, field, loaded + ", as the weights were loaded", found);
  };
  const bundle::Bundle& opened = bundle.internal();
  const Decoders asked = choose_decoders(opened, options.decoder);
  require(asked == decoders, "decoder", who_writes(decoders), who_writes(asked));
  const int wanted = kernels::thread_count(options.threads);
  require(wanted == threads, "threads", std::to_string(threads), std::to_string(wanted));
  require(options.allow_unadmitted == allow_unadmitted, "allow_unadmitted", allow_unadmitted ? "true" : "false",
          options.allow_unadmitted ? "true" : "false");
  if (decoders.whisper) {
    const std::string& name = opened.decoder(options.whisper.decoder).entry->name;
    require(name == text_decoder, "decoder of Whisper", text_decoder, name);
    require(options.whisper.cache == text_cache, "cache of keys and values", text_cache, options.whisper.cache);
  }
  const kernels::Precision other = choose_precision(opened, precision_request(*this, options));
  require(other == precision, "precision", precision_name, options.precision);
  require(options.feature_codec == codec_name, "feature codec", codec_name.empty() ? "none" : codec_name,
          options.feature_codec.empty() ? "none" : options.feature_codec);
}

LoadedModel::LoadedModel(const Basis& basis, const std::optional<TextPlan>& plan,
                         const std::function<void(std::int64_t, std::int64_t)>& progress)
    : basis_(basis),
      recogniser_(basis_.bundle.internal(), {basis_.precision, basis_.threads, progress, !basis_.allow_unadmitted,
                                             basis_.feature_codec, basis_.decoders.ctc}) {
  if (!plan) return;
  text_ = std::make_shared<const TextStage>(basis_.bundle.internal(), *plan,
                                            whisper::LoadOptions{basis_.precision, basis_.threads, progress});
}

std::size_t LoadedModel::weight_bytes() const noexcept {
  return recogniser_.weight_bytes() + (text_ ? text_->weight_bytes() : 0);
}

LoadedModel::Lease LoadedModel::borrow() const {
  return memory_.borrow([this] {
    return CallMemory{recogniser_.make_memory(),
                      text_ ? std::make_unique<generate::TextDecoder>(text_->make_decoder()) : nullptr};
  });
}

}  // namespace seben::pipeline
