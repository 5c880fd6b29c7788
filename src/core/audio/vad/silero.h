// SPDX-License-Identifier: Apache-2.0
// The probability of speech in each 32 ms of sound at 16 kHz, by the network of Silero VAD 5 and 6: a short-time
// spectrum by stored filters, four convolutions, an LSTM that is carried from window to window, one logistic unit.
// Source: the state dict that silero-vad publishes, and whisper.cpp's graph of it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audio/vad/silero_file.h"
#include "kernels/linear.h"
#include "kernels/narrow.h"

namespace seben::generate {

inline constexpr std::int64_t kSileroWindow = 512;    ///< samples of a probability
inline constexpr std::int64_t kSileroContext = 64;    ///< samples before them that the network hears again
inline constexpr std::int64_t kSileroState = 128;     ///< width of the LSTM
inline constexpr std::int64_t kSileroChannels = 129;  ///< bins of the spectrum

/// What stands before a window.
enum class SileroPadding : std::uint8_t {
  context,  ///< the last 64 samples of the window before: how the network was trained and silero-vad runs it
  reflect,  ///< the window's own beginning, mirrored: how whisper.cpp runs it
};

/// The weights, as f32. Immutable: any number of streams and threads may share one.
class Silero {
 public:
  /// Errors of SileroFile; Error(bad_data) naming the field for other sizes than the published network's, missing
  /// tensors, other shapes and values that are not finite.
  [[nodiscard]] static Silero load(const std::string& path);
  [[nodiscard]] static Silero from(const SileroFile& file);

  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  friend class SileroStream;
  Silero() = default;

  kernels::Linear basis_;                   // [258, 256]: cosine filters, then sine filters
  std::array<kernels::Linear, 4> encoder_;  // [out, taps * in]
  kernels::Linear input_;                   // [4 * state, state], both biases
  kernels::NarrowLinear recurrent_;         // [4 * state, state]
  std::vector<float> last_;                 // [state]
  float last_bias_ = 0.0F;
};

/// One recording, front to back, in pieces of any size and in bounded memory. The weights must outlive it.
class SileroStream {
 public:
  explicit SileroStream(const Silero& model, SileroPadding padding = SileroPadding::context);

  /// Appends to `probabilities` one value in 0..1 for each window that these samples complete. Error(bad_data) for
  /// samples that are not finite, by their number in the recording, and for a network that overflows; the stream is not
  /// to be used after an error.
  void push(std::span<const float> samples, std::vector<float>& probabilities);
  /// The last window, filled up with silence, if one was begun. Then the stream is as new.
  void finish(std::vector<float>& probabilities);

 private:
  void run(std::vector<float>& probabilities);
  [[nodiscard]] const float* padded(const float* window);
  void encode(std::int64_t windows);
  [[nodiscard]] float step(const float* input);
  void reset();

  const Silero& model_;
  SileroPadding padding_;
  std::vector<float> pending_;  // context, then samples that were not heard yet
  std::int64_t windows_ = 0;    // that are done
  kernels::LinearScratch scratch_;
  std::vector<float> padded_, spectrum_, frames_, pairs_, singles_, gates_, recurrent_;
  std::array<kernels::Operand, 6> operands_;
  std::array<float, kSileroState> hidden_{}, cell_{};
};

/// All of a recording's at once.
[[nodiscard]] std::vector<float> speech_probabilities(const Silero& model, std::span<const float> samples,
                                                      SileroPadding padding = SileroPadding::context);

}  // namespace seben::generate
