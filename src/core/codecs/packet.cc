// SPDX-License-Identifier: Apache-2.0
#include "codecs/packet.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "base/sha256.h"
#include "codecs/crc32.h"
#include "codecs/packet_parts.h"
#include "seben/error.h"

namespace seben::quant {

PacketHeader parse_header(std::string_view text, const std::string& where) {
  const nlohmann::json json = base::parse_json(text, where, {.max_bytes = kMaxHeader, .max_values = 10'000});
  const base::JsonReader reader(json, where);
  reader.refuse_unknown_keys({"codec", "dim", "window_frames", "contract"});
  PacketHeader header;
  header.policy = policy_from_json(reader.object("codec"));
  header.dim = reader.integer("dim", 1, 65536);
  header.window_frames = reader.integer("window_frames", 1, 1'000'000);
  if (reader.has("contract")) header.contract = reader.object("contract").value().dump();
  return header;
}

std::string header_text(const PacketHeader& header) {
  nlohmann::json json = {
      {"codec", to_json(header.policy)}, {"dim", header.dim}, {"window_frames", header.window_frames}};
  if (!header.contract.empty()) json["contract"] = nlohmann::json::parse(header.contract);
  return json.dump();
}

std::shared_ptr<const FeatureCodec> codec_for(const PacketHeader& header, const std::string& where) {
  try {
    return std::make_shared<const FeatureCodec>(header.policy, header.dim, where);
  } catch (const Error& error) {  // a usage error when a person asks for it, bad data when a file does
    throw Error(ErrorCategory::bad_data, where + ": header: codec", error.expected(), error.found());
  }
}

namespace {

template <typename Number>
void put(std::string& out, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) out.push_back(static_cast<char>(std::uint64_t{value} >> (8 * i)));
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace

struct PacketWriter::State {
  State(const PacketHeader& h, Sink s, std::string w)
      : header(h), codec(h.policy, h.dim, w), encoder(codec, w), sink(std::move(s)), where(std::move(w)) {}

  void write(std::span<const std::byte> bytes) {
    digest.update(bytes);
    sink(bytes);
  }
  void write_blocks() {
    for (const FeatureEncoder::Block& block : encoder.take()) {
      if (block.bytes.size() > kMaxPayload || block.frames > kMaxBlockFrames) {
        throw Error(ErrorCategory::internal, where, base::format("blocks of at most {} frames", kMaxBlockFrames),
                    std::to_string(block.frames));
      }
      std::string out = "B";
      out.push_back(block.window_end ? '\1' : '\0');
      put(out, static_cast<std::uint16_t>(block.frames));
      put(out, static_cast<std::uint32_t>(block.bytes.size()));
      out.append(reinterpret_cast<const char*>(block.bytes.data()), block.bytes.size());
      put(out, crc32(bytes_of(out)));
      write(bytes_of(out));
    }
  }

  PacketHeader header;
  FeatureCodec codec;
  FeatureEncoder encoder;
  Sink sink;
  std::string where;
  base::Sha256 digest;
  std::int64_t window_frames = 0;
  std::uint32_t windows = 0;
  std::uint64_t frames = 0;
};

PacketWriter::PacketWriter(const PacketHeader& header, Sink sink, std::string where)
    : state_(std::make_unique<State>(header, std::move(sink), std::move(where))) {
  const std::string text = header_text(header);
  std::string out(kMagic);
  put(out, kVersion);
  put(out, static_cast<std::uint32_t>(text.size()));
  out += text;
  put(out, crc32(bytes_of(out)));
  state_->write(bytes_of(out));
}

PacketWriter::~PacketWriter() = default;

void PacketWriter::push(std::span<const float> frames) {
  // In pieces, so that no block is larger than a reader takes.
  const auto step = static_cast<std::size_t>(kBlockFrames * state_->header.dim);
  for (std::size_t first = 0; first < frames.size(); first += step) {
    state_->encoder.push(frames.subspan(first, std::min(step, frames.size() - first)));
    state_->write_blocks();
  }
  state_->window_frames += static_cast<std::int64_t>(frames.size()) / state_->header.dim;
}

void PacketWriter::end_window() {
  State& s = *state_;
  if (s.window_frames != s.header.window_frames) {
    throw Error(ErrorCategory::bad_data, base::format("{}: window {}", s.where, s.windows),
                base::format("{} frames", s.header.window_frames), std::to_string(s.window_frames));
  }
  s.encoder.end_window();
  s.write_blocks();
  s.frames += static_cast<std::uint64_t>(s.window_frames);
  s.window_frames = 0;
  ++s.windows;
}

void PacketWriter::finish() {
  State& s = *state_;
  if (s.window_frames != 0) {
    throw Error(ErrorCategory::internal, s.where, "whole windows", std::to_string(s.window_frames) + " frames more");
  }
  std::string out("E\0\0\0", 4);
  put(out, s.windows);
  put(out, s.frames);
  s.write(bytes_of(out));
  const std::string digest = s.digest.finish_hex();
  s.sink(bytes_of(digest));
}

}  // namespace seben::quant
