// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "audio/windows.h"
#include "base/counted.h"
#include "bundle/bundle.h"
#include "cli/commands.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "engine/recogniser.h"
#include "seben/transcriber.h"

namespace seben::cli {
namespace {

struct BenchFlags {
  std::string bundle, model, precision = "auto";
  int threads = 0;
  int rounds = 5;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// A recording of one window: soft noise, so that no stage sees a special case.
std::vector<float> one_window() {
  std::vector<float> samples(audio::kWindowSamples);
  std::uint32_t state = 1;
  for (float& x : samples) {
    state = state * 1664525U + 1013904223U;
    x = static_cast<float>(state >> 8) / 16777216.0F * 0.2F - 0.1F;
  }
  return samples;
}

void bench(const BenchFlags& flags) {
  const auto now = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  const double start = now();
  const Bundle bundle = Bundle::open(flags.bundle);
  bundle.internal().require_head("bench");
  pipeline::require_encoder(bundle.internal());
  const double opened = now();
  TranscriberOptions options;
  options.precision = flags.precision;
  options.threads = flags.threads;
  options.allow_unadmitted = true;
  const Transcriber transcriber(bundle, options);
  const double loaded = now();
  const std::vector<float> samples = one_window();
  std::vector<double> mel, encoder, head, decode, total;
  ProgressLine line("bench");
  for (int i = 0; i <= flags.rounds; ++i) {
    line.update(i, flags.rounds);
    const double before = now();
    const Transcript t = transcriber.transcribe_samples(samples);
    if (i == 0) continue;  // warms up
    total.push_back(now() - before);
    mel.push_back(t.timings.mel);
    encoder.push_back(t.timings.encoder);
    head.push_back(t.timings.head);
    decode.push_back(t.timings.decode);
  }
  line.clear();
  print_out("{} in {}, {}, {:.1f} MB of packed weights\n", bundle.name(), transcriber.precision(),
            flags.threads == 0 ? "all threads" : base::counted(flags.threads, "thread"),
            static_cast<double>(transcriber.weight_bytes()) / 1e6);
  print_out("open {:.1f} ms, load {:.1f} ms\n", 1e3 * (opened - start), 1e3 * (loaded - opened));
  print_out(
      "one 30 s window, median of {} (ms): mel {:.2f}, encoder {:.2f}, head {:.2f}, text {:.2f}, all {:.2f} = {:.0f} x "
      "real time\n",
      flags.rounds, 1e3 * median(mel), 1e3 * median(encoder), 1e3 * median(head), 1e3 * median(decode),
      1e3 * median(total), 30.0 / median(total));
}

}  // namespace

void add_bench(const App& app) {
  App command = app.add_subcommand("bench", "Time the stages of a bundle on this machine");
  auto flags = std::make_shared<BenchFlags>();
  add_model_choice(*command, flags->bundle, flags->model);
  command->add_option(
      "-p,--precision", flags->precision,
      "Arithmetic: auto (the fastest that a gate admitted; default), f32, bf16 or int8, admitted or not");
  command->add_option("-t,--threads", flags->threads, "How many threads work; 0 (default): one for each processor");
  command->add_option("-n,--rounds", flags->rounds, "How many windows are timed")
      ->capture_default_str()
      ->within(1, 1000);
  command->footer("Example: seben bench --bundle bundles/demo-nko --threads 2");
  command->callback([flags] {
    flags->bundle = choose_model(flags->bundle, flags->model);
    bench(*flags);
  });
}

}  // namespace seben::cli
