// SPDX-License-Identifier: Apache-2.0
#include "engine/stored_features.h"

#include <memory>
#include <span>
#include <utility>

#include "codecs/packet.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

class PacketWindows final : public bundle::FeatureWindows {
 public:
  explicit PacketWindows(quant::PacketFile packet) : packet_(std::move(packet)) {}
  void read(std::int64_t window, std::span<float> out) const override { packet_.read_window(window, out); }

 private:
  quant::PacketFile packet_;
};

bundle::FeatureFile open_packet(const std::string& path) {
  quant::PacketFile packet = quant::PacketFile::open(path);
  const quant::PacketHeader& header = packet.header();
  const bundle::FeatureLayout layout{
      path, packet.windows(), header.window_frames, header.dim, quant::record_name(header.policy), header.contract};
  return bundle::FeatureFile::of_windows(layout, std::make_unique<PacketWindows>(std::move(packet)));
}

}  // namespace

void require_feature_name(const std::string& path) {
  if (path.ends_with(".spkt") || path.ends_with(".npy") || path.ends_with(".safetensors")) return;
  throw Error(ErrorCategory::usage, path, "a .spkt, .safetensors or .npy file", "another ending");
}

void refuse_features(const std::string& path) {
  throw Error(ErrorCategory::usage, path, "a recording for Whisper's decoder, whose windows follow its own text",
              "stored features");
}

bundle::FeatureFile open_features(const std::string& path) {
  require_feature_name(path);
  return path.ends_with(".spkt") ? open_packet(path) : bundle::FeatureFile::open(path);
}

}  // namespace seben::pipeline
