// SPDX-License-Identifier: Apache-2.0
#include "export/source.h"

#include <filesystem>

#include "base/interrupt.h"
#include "model/whisper/decoder_tensors.h"
#include "model/whisper/encoder.h"
#include "model/whisper/encoder_tensors.h"
#include "seben/error.h"

namespace seben::deploy {

namespace fs = std::filesystem;

Source Source::open(const std::string& folder) {
  Source source;
  source.folder_ = folder;
  const fs::path path(folder);
  if (fs::exists(path / "bundle.json")) {
    source.bundle_ = std::make_shared<const bundle::Bundle>(bundle::Bundle::open(folder));
    const bundle::Bundle& b = *source.bundle_;
    if (b.encoder_weights() != nullptr) {
      const std::shared_ptr<const tensor::WeightFile> file(source.bundle_, b.encoder_weights());
      source.encoder_.emplace(convert::EncoderSource{{file, whisper::encoder_prefix(*file)}, *b.encoder_config()});
    }
    if (b.has_head()) {
      const std::shared_ptr<const tensor::WeightFile> file(source.bundle_, &b.head_weights());
      source.head_.emplace(convert::HeadSource{{file, ""}, b.head_config()});
    }
    if (!b.decoders().empty()) {
      const bundle::TextDecoder& decoder = b.decoder();
      const std::shared_ptr<const tensor::WeightFile> file(source.bundle_, decoder.weights.get());
      source.decoder_.emplace(convert::DecoderSource{{file, whisper::decoder_prefix(*file)}, decoder.config});
    }
    return source;
  }
  if (!fs::exists(path / "config.json")) {
    throw Error(ErrorCategory::no_input, folder, "a bundle (bundle.json) or a checkpoint (config.json)",
                fs::is_directory(path) ? "neither" : "no such folder");
  }
  const std::shared_ptr<const tensor::WeightFile> file = tensor::open_weights(folder);
  source.encoder_.emplace(convert::EncoderSource{{file, whisper::encoder_prefix(*file)},
                                                 whisper::EncoderConfig::load((path / "config.json").string())});
  if (file->find("model.decoder.embed_tokens.weight") != nullptr) {
    source.decoder_.emplace(convert::DecoderSource{{file, whisper::decoder_prefix(*file)},
                                                   whisper::DecoderConfig::load((path / "config.json").string())});
  }
  return source;
}

const convert::EncoderSource& Source::encoder() const {
  if (!encoder_) throw Error(ErrorCategory::usage, folder_, "an encoder", "none");
  return *encoder_;
}

const convert::HeadSource& Source::head() const {
  if (!head_) throw Error(ErrorCategory::usage, folder_, "a CTC head", "none");
  return *head_;
}

const convert::DecoderSource& Source::decoder() const {
  if (!decoder_) throw Error(ErrorCategory::usage, folder_, "a text decoder", "none");
  return *decoder_;
}

parity::Parts Source::parts() const {
  parity::Parts parts;
  if (encoder_) {
    parts.encoder = encoder_->weights.file().get();
    parts.encoder_config = encoder_->config;
  }
  if (head_) {
    parts.head = head_->weights.file().get();
    parts.head_config = head_->config;
    parts.feature_frames = feature_frames();
  }
  return parts;
}

std::int64_t Source::feature_frames() const {
  static_cast<void>(head());  // only bundles have one
  return bundle_->required().frames;
}

void Source::begin_digest() const {
  if (digest_.valid() || !encoder_) return;
  if (bundle_ && bundle_->manifest().provides) {
    std::promise<std::string> stated;
    stated.set_value(bundle_->manifest().provides->weights);
    digest_ = stated.get_future().share();
    return;
  }
  digest_ = std::async(std::launch::async, [file = encoder_->weights.file(), config = encoder_->config] {
              return whisper::encoder_digest(*file, config, [](std::uint64_t) { base::throw_if_interrupted(); });
            }).share();
}

std::string Source::encoder_digest() const {
  if (!encoder_) return "";
  begin_digest();
  return digest_.get();
}

std::string Source::name() const {
  if (bundle_) return bundle_->manifest().name;
  const fs::path path(folder_);
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

}  // namespace seben::deploy
