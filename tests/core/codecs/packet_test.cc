// SPDX-License-Identifier: Apache-2.0
#include "codecs/packet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "codecs/crc32.h"
#include "support/errors.h"
#include "support/random_frames.h"
#include "support/temp_dir.h"

namespace seben::quant {
namespace {

constexpr std::int64_t kDim = 64, kFrames = 100;

PacketHeader header(const std::string& codec) {
  PacketHeader h;
  h.policy = parse_feature_policy(codec, "test");
  h.dim = kDim;
  h.window_frames = kFrames;
  h.contract = R"({"extractor":"x"})";
  return h;
}

PacketHeader mixed() {
  PacketHeader h = header("affine8:g32");
  h.policy.assignment = Assignment::agp;
  h.policy.codecs[0] = parse_codec("affine4:g32", "test");
  h.policy.codecs[2] = parse_codec("turbo5", "test");
  h.policy.thresholds = {0.6, 0.2, 0.1, 0.3, 0.7};
  return h;
}

std::string pack(const PacketHeader& h, const std::vector<float>& frames) {
  std::string out;
  PacketWriter writer(
      h,
      [&](std::span<const std::byte> bytes) { out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); },
      "test.spkt");
  const auto window = static_cast<std::size_t>(kFrames * kDim);
  for (std::size_t first = 0; first < frames.size(); first += window) {
    writer.push(std::span(frames).subspan(first, 37 * kDim));  // in pieces
    writer.push(std::span(frames).subspan(first + 37 * kDim, window - 37 * kDim));
    writer.end_window();
  }
  writer.finish();
  return out;
}

struct Unpacked {
  std::vector<float> frames;
  int windows = 0;
};

Unpacked unpack(const std::string& bytes, std::size_t step) {
  Unpacked out;
  PacketReader reader({{},
                       [&](std::span<const float> f) { out.frames.insert(out.frames.end(), f.begin(), f.end()); },
                       [&] { ++out.windows; }},
                      "test.spkt");
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    reader.push(std::as_bytes(std::span(bytes).subspan(i, std::min(step, bytes.size() - i))));
  }
  reader.finish();
  return out;
}

TEST(Crc32, IsTheUsualOne) {
  const std::string digits = "123456789";
  EXPECT_EQ(crc32(std::as_bytes(std::span(digits))), 0xCBF43926U);
  const std::string longer = "The quick brown fox jumps over the lazy dog";
  EXPECT_EQ(crc32(std::as_bytes(std::span(longer))), 0x414FA339U);
}

TEST(Packet, ComesBackWhateverThePieces) {
  const std::vector<float> frames = normal_values(static_cast<std::size_t>(3 * kFrames * kDim), 1);
  for (const PacketHeader& h : {header("affine4:g32"), header("turbo4:ip"), header("fp16"), header("f32"), mixed()}) {
    const std::string bytes = pack(h, frames);
    std::vector<float> expected = frames;
    const FeatureCodec codec(h.policy, kDim, "test");
    for (std::size_t w = 0; w < 3; ++w) {
      (void)restore_window(codec, std::span(expected).subspan(w * kFrames * kDim, kFrames * kDim), "test");
    }
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, bytes.size()}) {
      const Unpacked found = unpack(bytes, step);
      EXPECT_EQ(found.windows, 3);
      EXPECT_EQ(found.frames, expected);
    }
    const test::TempDir dir;
    test::write_file(dir / "a.spkt", bytes);
    const PacketFile file = PacketFile::open(dir / "a.spkt");
    ASSERT_EQ(file.windows(), 3);
    EXPECT_EQ(file.header().policy, h.policy);
    EXPECT_EQ(file.header().contract, h.contract);
    std::vector<float> window(static_cast<std::size_t>(kFrames * kDim));
    for (const std::int64_t w : {2, 0, 1}) {
      file.read_window(w, window);
      EXPECT_TRUE(std::ranges::equal(
          window, std::span(expected).subspan(static_cast<std::size_t>(w * kFrames * kDim), window.size())));
    }
  }
}

TEST(Packet, EveryFlippedByteIsFound) {
  const std::string bytes = pack(mixed(), normal_values(static_cast<std::size_t>(kFrames * kDim), 2));
  for (std::size_t i = 0; i < bytes.size(); i += 1 + i / 400) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "test.spkt", [&] { (void)unpack(damaged, 4096); })) << i;
  }
}

TEST(Packet, EveryTruncationIsFound) {
  const std::string bytes = pack(header("affine2:g64"), normal_values(static_cast<std::size_t>(kFrames * kDim), 3));
  for (std::size_t i = 0; i < bytes.size(); i += 1 + i / 200) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "test.spkt", [&] { (void)unpack(bytes.substr(0, i), 4096); }))
        << i;
  }
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::bad_data, "nothing after the end", [&] { (void)unpack(bytes + "x", 64); }));
  const test::TempDir dir;
  test::write_file(dir / "a.spkt", bytes.substr(0, bytes.size() / 2));
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "the end of the file",
                               [&] { (void)PacketFile::open(dir / "a.spkt"); }));
}

TEST(Packet, RefusesBadFramesAndWindows) {
  const auto nowhere = [](std::span<const std::byte>) {};
  PacketWriter writer(header("affine4:g32"), nowhere, "out.spkt");
  std::vector<float> frames = normal_values(static_cast<std::size_t>(kFrames * kDim), 4);
  writer.push(std::span(frames).first(10 * kDim));
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "100 frames", [&] { writer.end_window(); }));
  frames[5] = NAN;
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "value 5", [&] { writer.push(frames); }));
  PacketHeader odd = header("affine4:g128");
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::usage, "multiple of the group", [&] { PacketWriter(odd, nowhere, "o"); }));
}

TEST(Packet, HeaderOfAnotherVersion) {
  std::string bytes = pack(header("f32"), normal_values(static_cast<std::size_t>(kFrames * kDim), 5));
  bytes[4] = 2;
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "version 1", [&] { (void)unpack(bytes, 100); }));
  bytes[0] = 'X';
  EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "SPKT", [&] { (void)unpack(bytes, 100); }));
}

}  // namespace
}  // namespace seben::quant
