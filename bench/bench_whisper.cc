// SPDX-License-Identifier: Apache-2.0
// A bundle with Whisper's decoder on a recording, all ways taking turns.
//   bench_whisper batch BUNDLE RECORDING [--precisions f32,int8] [--sizes 1,4,8,16] [--threads 2] [--rounds 5]
//       one after the other, as batches of those sizes are compared with: not conditioned on previous text either. A
//       row is the median of its rounds, the ratios the medians of the rounds' ratios. On a busy machine processor time
//       with one thread says more than the clock.
//   bench_whisper load BUNDLE [--precisions f32,bf16,int8] [--threads 2] [--rounds 5]
//       from the start of a process to weights that are ready, wall clock and processor time, and the most memory that
//       the process has had by then and after one window.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "seben/error.h"
#include "seben/transcriber.h"

namespace {

using namespace seben;
using Clock = std::chrono::steady_clock;

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, ',');) out.push_back(part);
  return out;
}

struct Settings {
  std::string bundle, recording;
  std::map<std::string, std::string> values = {
      {"precisions", "f32,int8"}, {"sizes", "1,4,8,16"}, {"threads", "2"}, {"rounds", "5"}};
  [[nodiscard]] int number(const std::string& name) const { return std::stoi(values.at(name)); }
};

TranscriberOptions options_of(const Settings& settings, const std::string& precision, std::int64_t batch_size) {
  TranscriberOptions options;
  options.decoder = "whisper";
  options.precision = precision;
  options.allow_unadmitted = true;
  options.threads = settings.number("threads");
  options.whisper.condition_on_previous_text = false;
  options.whisper.batch_size = batch_size;
  return options;
}

double processor_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

void batch(const Settings& settings) {
  for (const std::string& precision : split(settings.values.at("precisions"))) {
    std::vector<std::int64_t> sizes = {0};
    for (const std::string& size : split(settings.values.at("sizes"))) sizes.push_back(std::stoll(size));
    std::vector<Transcriber> ways;
    for (const std::int64_t size : sizes) {
      ways.emplace_back(Bundle::open(settings.bundle), options_of(settings, precision, size));
    }
    std::vector<std::vector<double>> times(sizes.size()), ratios(sizes.size()), processor(sizes.size()),
        processor_ratios(sizes.size());
    std::vector<Transcript> texts(sizes.size());
    for (int round = 0; round < settings.number("rounds"); ++round) {
      for (std::size_t w = 0; w < ways.size(); ++w) {
        const auto start = Clock::now();
        const double before = processor_seconds();
        texts[w] = ways[w].transcribe_file(settings.recording);
        times[w].push_back(std::chrono::duration<double>(Clock::now() - start).count());
        processor[w].push_back(processor_seconds() - before);
        ratios[w].push_back(times[0].back() / times[w].back());
        processor_ratios[w].push_back(processor[0].back() / processor[w].back());
      }
    }
    for (std::size_t w = 0; w < ways.size(); ++w) {
      const Transcript& t = texts[w];
      std::stringstream words(t.text);
      std::size_t count = 0;
      for (std::string word; words >> word;) ++count;
      fmt::print(
          "{} {:>14}: {:7.2f} s, {:.2f} times as fast; {:7.2f} s of processors, {:.2f} times as little; {} windows, "
          "encoder {:.2f} s, {} words\n",
          precision, sizes[w] == 0 ? "one by one" : fmt::format("batch of {}", sizes[w]), median(times[w]),
          median(ratios[w]), median(processor[w]), median(processor_ratios[w]), t.whisper->windows, t.timings.encoder,
          count);
      std::fflush(stdout);
    }
  }
}

double peak_megabytes() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_maxrss) / 1e3;
}

// In a process of its own, which prints what it found: "wall processor peak peak-after-a-window".
int load_once(const Settings& settings, const std::string& precision) {
  const auto start = Clock::now();
  const Transcriber transcriber(Bundle::open(settings.bundle), options_of(settings, precision, 0));
  const double wall = std::chrono::duration<double>(Clock::now() - start).count(), processor = processor_seconds();
  const double peak = peak_megabytes();
  std::vector<float> noise(std::size_t{16000} * 30);
  std::uint32_t state = 1;
  for (float& x : noise) x = static_cast<float>(state = state * 1664525U + 1013904223U) * 0x1p-33F;
  (void)transcriber.transcribe_samples(noise);
  fmt::print("{} {} {} {}\n", wall, processor, peak, peak_megabytes());
  return 0;
}

void load(const Settings& settings, const char* program) {
  std::map<std::string, std::vector<double>> wall, processor, ready, used;
  const std::vector<std::string> precisions = split(settings.values.at("precisions"));
  for (int round = 0; round < settings.number("rounds"); ++round) {
    for (const std::string& precision : precisions) {
      const std::string command = fmt::format("'{}' once '{}' --precisions {} --threads {}", program, settings.bundle,
                                              precision, settings.values.at("threads"));
      FILE* pipe = popen(command.c_str(), "r");  // NOLINT(cert-env33-c): this program, called again
      double a = 0.0, b = 0.0, c = 0.0, d = 0.0;
      const bool read = pipe != nullptr && std::fscanf(pipe, "%lf %lf %lf %lf", &a, &b, &c, &d) == 4;
      if (pipe == nullptr || pclose(pipe) != 0 || !read) {
        throw Error(ErrorCategory::internal, command, "a process that loads", "a failure");
      }
      wall[precision].push_back(a);
      processor[precision].push_back(b);
      ready[precision].push_back(c);
      used[precision].push_back(d);
    }
  }
  for (const std::string& precision : precisions) {
    fmt::print("{:>5}: ready after {:.3f} s, {:.3f} s of processors; {:.0f} MB by then, {:.0f} MB after a window\n",
               precision, median(wall[precision]), median(processor[precision]), median(ready[precision]),
               median(used[precision]));
  }
}

int run(int argc, char** argv) {
  Settings settings;
  const std::string what = argc > 2 ? argv[1] : "";
  int next = what == "batch" ? 4 : 3;
  if ((what != "batch" && what != "load" && what != "once") || argc < next) {
    throw Error(ErrorCategory::usage, "bench_whisper", "batch BUNDLE RECORDING or load BUNDLE", "something else");
  }
  settings.bundle = argv[2];
  if (what == "batch") settings.recording = argv[3];
  if (what == "load") settings.values["precisions"] = "f32,bf16,int8";
  for (; next < argc; next += 2) {
    const auto value =
        settings.values.find(std::string(argv[next]).substr(std::min<std::size_t>(2, std::string(argv[next]).size())));
    if (value == settings.values.end() || next + 1 == argc) {
      throw Error(ErrorCategory::usage, argv[next], "a setting at the top of bench_whisper.cc and its value",
                  "another");
    }
    value->second = argv[next + 1];
  }
  if (what == "once") return load_once(settings, settings.values["precisions"]);
  if (what == "batch") {
    batch(settings);
  } else {
    load(settings, argv[0]);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_whisper: {}\n", error.what());
    return 1;
  }
}
