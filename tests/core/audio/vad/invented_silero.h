// SPDX-License-Identifier: Apache-2.0
// The invented voice-activity weights and sound of tools/fixtures/make_silero.py.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/float16.h"
#include "support/invented.h"

namespace seben::generate::test {

struct InventedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  bool half;
  float most;
};

inline const std::vector<InventedTensor>& silero_tensors() {
  static const std::vector<InventedTensor> all = {{"_model.encoder.0.reparam_conv.weight", {128, 129, 3}, true, 0.125F},
                                                  {"_model.encoder.0.reparam_conv.bias", {128}, false, 0.25F},
                                                  {"_model.encoder.1.reparam_conv.weight", {64, 128, 3}, true, 0.125F},
                                                  {"_model.encoder.1.reparam_conv.bias", {64}, false, 0.25F},
                                                  {"_model.encoder.2.reparam_conv.weight", {64, 64, 3}, true, 0.1875F},
                                                  {"_model.encoder.2.reparam_conv.bias", {64}, false, 0.25F},
                                                  {"_model.encoder.3.reparam_conv.weight", {128, 64, 3}, true, 0.3125F},
                                                  {"_model.encoder.3.reparam_conv.bias", {128}, false, 0.25F},
                                                  {"_model.decoder.rnn.weight_ih", {512, 128}, false, 0.25F},
                                                  {"_model.decoder.rnn.weight_hh", {512, 128}, false, 0.25F},
                                                  {"_model.decoder.rnn.bias_ih", {512}, false, 0.25F},
                                                  {"_model.decoder.rnn.bias_hh", {512}, false, 0.25F},
                                                  {"_model.decoder.decoder.2.weight", {128}, true, 4.0F},
                                                  {"_model.decoder.decoder.2.bias", {}, false, 0.25F},
                                                  {"_model.stft.forward_basis_buffer", {258, 1, 256}, true, 0.25F}};
  return all;
}

/// The fields behind the magic number and the type: version, window, context and so on, in the order of the file.
inline std::vector<std::int32_t> silero_sizes() {
  return {5, 1, 2, 512, 64, 4, 129, 128, 3, 128, 64, 3, 64, 64, 3, 64, 128, 3, 128, 128, 128, 1};
}

class SileroBytes {
 public:
  void put(std::int32_t value) { append(&value, sizeof(value)); }
  void put(const std::string& text) { append(text.data(), text.size()); }
  void head(const std::vector<std::int32_t>& sizes = silero_sizes(), const std::string& type = "silero-16k") {
    put(0x67676d6c);
    put(static_cast<std::int32_t>(type.size()));
    put(type);
    for (const std::int32_t size : sizes) put(size);
  }
  void tensor(const InventedTensor& t, std::uint32_t seed) {
    put(static_cast<std::int32_t>(t.shape.size()));
    put(static_cast<std::int32_t>(t.name.size()));
    put(t.half ? 1 : 0);
    std::int64_t count = 1;
    for (auto size = t.shape.rbegin(); size != t.shape.rend(); ++size) {
      put(static_cast<std::int32_t>(*size));
      count *= *size;
    }
    put(t.name);
    if (t.most == 0.0F) {
      bytes_.resize(bytes_.size() + static_cast<std::size_t>(count * (t.half ? 2 : 4)));
      return;
    }
    for (std::int64_t i = 0; i < count; ++i) {
      const float value = mixed(seed + static_cast<std::uint32_t>(i)) * t.most;
      const std::uint16_t half = base::f32_to_f16(value);
      t.half ? append(&half, sizeof(half)) : append(&value, sizeof(value));
    }
  }
  [[nodiscard]] std::vector<std::byte>& bytes() { return bytes_; }

 private:
  void append(const void* from, std::size_t count) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + count);
    if (count > 0) std::memcpy(bytes_.data() + at, from, count);
  }
  std::vector<std::byte> bytes_;
};

/// The whole file, 885 kB; `change` may alter or empty (name) a tensor before it is written.
template <typename Change>
std::vector<std::byte> silero_bytes(Change change) {
  SileroBytes out;
  out.head();
  std::uint32_t seed = 0;
  for (InventedTensor tensor : silero_tensors()) {
    std::uint32_t count = 1;
    for (const std::int64_t size : tensor.shape) count *= static_cast<std::uint32_t>(size);
    change(tensor);
    if (!tensor.name.empty()) out.tensor(tensor, seed);
    seed += count;
  }
  return std::move(out.bytes());
}
inline std::vector<std::byte> silero_bytes() {
  return silero_bytes([](InventedTensor&) {});
}

/// Noise whose loudness changes eight times a second.
inline std::vector<float> silero_signal(std::size_t samples) {
  std::vector<float> out(samples);
  for (std::uint32_t i = 0; i < samples; ++i) {
    out[i] = mixed((1U << 25) + i) * ((mixed((1U << 24) + i / 2000) + 1.0F) * 0.25F);
  }
  return out;
}

}  // namespace seben::generate::test
