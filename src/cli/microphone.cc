// SPDX-License-Identifier: Apache-2.0
#include "cli/microphone.h"

#include <fcntl.h>
#include <portaudio.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/format.h"
#include "fetch/unavailable.h"

namespace seben::cli {
namespace {

[[noreturn]] void refuse_microphone(const std::string& found) {
  throw Error(fetch::kUnavailable, "microphone", "a device that records", found);
}

// The libraries below PortAudio write pages about devices that a machine lacks to standard error.
class Hushed {
 public:
  Hushed() : before_(::dup(STDERR_FILENO)), nothing_(::open("/dev/null", O_WRONLY)) {
    if (before_ >= 0 && nothing_ >= 0) ::dup2(nothing_, STDERR_FILENO);
  }
  Hushed(const Hushed&) = delete;
  Hushed& operator=(const Hushed&) = delete;
  ~Hushed() {
    if (before_ >= 0 && nothing_ >= 0) ::dup2(before_, STDERR_FILENO);
    for (const int descriptor : {before_, nothing_}) {
      if (descriptor >= 0) ::close(descriptor);
    }
  }

 private:
  int before_, nothing_;
};

// PortAudio as a whole, while a microphone is open.
class PortAudio {
 public:
  PortAudio() {
    const Hushed while_it_looks_around;
    if (const PaError error = Pa_Initialize(); error != paNoError) refuse_microphone(Pa_GetErrorText(error));
  }
  PortAudio(const PortAudio&) = delete;
  PortAudio& operator=(const PortAudio&) = delete;
  ~PortAudio() { Pa_Terminate(); }
};

bool records(PaDeviceIndex device) {
  const PaDeviceInfo* info = Pa_GetDeviceInfo(device);
  return info != nullptr && info->maxInputChannels > 0;
}

PaDeviceIndex find_device(const std::string& name) {
  std::string all;
  for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); ++i) {
    if (!records(i)) continue;
    const std::string its = Pa_GetDeviceInfo(i)->name;
    if (!name.empty() && its.find(name) != std::string::npos) return i;
    all += (all.empty() ? "" : ", ") + its;
  }
  const PaDeviceIndex usual = Pa_GetDefaultInputDevice();
  if (name.empty() && usual != paNoDevice && records(usual)) return usual;
  refuse_microphone(all.empty() ? "none" : name.empty() ? "no default among " + all : "only " + all);
}

class Microphone : public LiveSource {
 public:
  Microphone(const std::string& name, int rate) : rate_(rate == 0 ? 16000 : rate) {
    PaStreamParameters input{};
    input.device = find_device(name);
    input.channelCount = 1;
    input.sampleFormat = paFloat32;
    const PaDeviceInfo* info = Pa_GetDeviceInfo(input.device);
    input.suggestedLatency = info->defaultHighInputLatency;
    if (rate == 0 && Pa_IsFormatSupported(&input, nullptr, rate_) != paFormatIsSupported) {
      rate_ = std::clamp(static_cast<int>(info->defaultSampleRate), 8000, 48000);
    }
    PaError error =
        Pa_OpenStream(&stream_, &input, nullptr, rate_, paFramesPerBufferUnspecified, paNoFlag, nullptr, nullptr);
    if (error == paNoError) error = Pa_StartStream(stream_);
    if (error != paNoError)
      refuse_microphone(base::format("{} at {} Hz: {}", info->name, rate_, Pa_GetErrorText(error)));
  }
  Microphone(const Microphone&) = delete;
  Microphone& operator=(const Microphone&) = delete;
  ~Microphone() override {
    if (stream_ != nullptr) Pa_CloseStream(stream_);
  }

  [[nodiscard]] int sample_rate() const noexcept override { return rate_; }
  std::size_t read(std::span<float> out, const std::stop_token& stop) override {
    if (stop.stop_requested()) return 0;
    const PaError error = Pa_ReadStream(stream_, out.data(), out.size());
    if (error != paNoError && error != paInputOverflowed) {  // an overflow is a gap, and the words around it stay
      throw Error(ErrorCategory::io, "microphone", "to be read", Pa_GetErrorText(error));
    }
    return out.size();
  }

 private:
  PortAudio library_;
  PaStream* stream_ = nullptr;
  int rate_;
};

}  // namespace

std::unique_ptr<LiveSource> open_microphone(const std::string& name, int rate) {
  return std::make_unique<Microphone>(name, rate);
}

}  // namespace seben::cli
