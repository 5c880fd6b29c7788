// SPDX-License-Identifier: Apache-2.0
// A stream under arbitrary commands: sound of several kinds in pieces of any size, calls at any time, ends, resets.
// What comes out is in order, committed words never come twice, and every utterance ends with a final text.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "seben/stream.h"
#include "support.h"
#include "support/tiny_bundle.h"

namespace {

using namespace seben;
using Kind = StreamEvent::Kind;

constexpr std::size_t kMostCommands = 400;
constexpr double kMostSeconds = 40.0;

std::shared_ptr<const Transcriber> model() {
  static const auto one = [] {
    const seben::test::TempDir dir;
    TranscriberOptions options;
    options.threads = 1;
    return std::make_shared<const Transcriber>(Bundle::open(seben::test::make_tiny_bundle(dir)), options);
  }();
  return one;
}

class Order {
 public:
  void see(const std::vector<StreamEvent>& events) {
    for (const StreamEvent& e : events) see(e);
  }
  void forget() { *this = {}; }
  [[nodiscard]] bool open() const { return open_; }

 private:
  void see(const StreamEvent& e) {
    if (e.kind == Kind::speech_start) {
      fuzz::require(!open_ && e.item == item_ + 1 && e.seconds >= end_);
      item_ = e.item;
      open_ = true;
      ended_ = false;
      last_ = {};
      return;
    }
    fuzz::require(open_ && e.item == item_);
    if (e.kind == Kind::speech_end) {
      fuzz::require(!ended_);
      ended_ = true;
      end_ = e.seconds;
    } else if (e.kind == Kind::commit) {
      fuzz::require(!e.words.empty());
      for (const StreamWord& w : e.words) {
        fuzz::require(!w.text.empty() && w.end_seconds >= w.start_seconds && w.confidence >= 0.0);
        fuzz::require(w.text != last_.text || w.start_seconds > last_.start_seconds);
        last_ = w;
      }
    } else if (e.kind == Kind::final_text) {
      fuzz::require(ended_);
      open_ = false;
    } else {
      fuzz::require(!ended_);
    }
  }

  std::uint64_t item_ = 0;
  bool open_ = false, ended_ = false;
  double end_ = 0.0;
  StreamWord last_;
};

void push(Stream& stream, std::uint8_t kind, std::size_t count) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto t = static_cast<float>(i);
    if (kind % 3 == 1) samples[i] = 0.3F * std::sin(0.07F * static_cast<float>(1 + kind % 5) * t);
    if (kind % 3 == 2) samples[i] = 0.1F * std::sin(t * t);
  }
  if (kind == 255 && count > 0) samples.back() = std::numeric_limits<float>::quiet_NaN();
  try {
    stream.push(samples);
  } catch (const Error& error) {
    fuzz::require(error.category() == ErrorCategory::usage ||
                  (kind == 255 && error.category() == ErrorCategory::bad_data));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  StreamOptions options;
  options.vad = (data[0] & 1) != 0 ? "off" : "energy";
  options.longest_seconds = (data[0] & 2) != 0 ? 2.0 : 26.0;
  options.step_seconds = (data[0] & 4) != 0 ? 2.0 : 0.5;
  options.sample_rate = (data[0] & 8) != 0 ? 8000 : 16000;
  options.silence_seconds = (data[0] & 16) != 0 ? 0.1 : 0.6;
  Stream stream(model(), options);
  Order order;
  double seconds = 0.0;
  for (std::size_t i = 1; i + 1 < std::min(size, 2 * kMostCommands); i += 2) {
    const std::size_t count = std::size_t{data[i + 1]} * 64;
    switch (data[i] % 16) {
      case 0: stream.commit(); break;
      case 1: stream.finish(); break;
      case 2:
        stream.reset();
        order.forget();
        break;
      case 3:
      case 4:
      case 5: order.see(stream.advance()); break;
      default:
        seconds += static_cast<double>(count) / options.sample_rate;
        if (seconds < kMostSeconds) push(stream, data[i], count);
    }
    fuzz::require(stream.behind_seconds() >= 0.0);
  }
  if ((data[0] & 32) != 0) return 0;  // dropped wherever it is
  stream.finish();
  for (int calls = 0; !stream.done(); ++calls) {
    fuzz::require(calls < 1000);
    order.see(stream.advance());
  }
  fuzz::require(!order.open());
  return 0;
}
