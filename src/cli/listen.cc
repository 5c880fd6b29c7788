// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/interrupt.h"
#include "bundle/bundle.h"
#include "cli/commands.h"
#include "cli/idle_options.h"
#include "cli/live_display.h"
#include "cli/live_source.h"
#include "cli/microphone.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "seben/stream.h"

namespace seben::cli {
namespace {

using std::chrono::steady_clock;

struct ListenFlags {
  std::string bundle, model;
  std::string input = "mic";
  int rate = 0;
  StreamOptions stream;
  TranscriberOptions model_options;
  bool as_fast_as_possible = false;
  bool json = false;
  bool timings = false;
};

constexpr double kFarBehind = 20.0;  // s of sound: a pipe that brings it faster than it is read waits

bool is_microphone(const std::string& input) { return input == "mic" || input.starts_with("mic:"); }

std::unique_ptr<LiveSource> open_source(const ListenFlags& flags) {
  if (flags.input == "-") return open_standard_input(flags.rate);
  if (is_microphone(flags.input)) return open_microphone(flags.input.substr(flags.input.find(':') + 1), flags.rate);
  return open_recording(flags.input);
}

std::vector<float> tenth_of_a_second(const LiveSource& source) {
  return std::vector<float>(static_cast<std::size_t>(source.sample_rate() / 10));
}

// Step by step: what is written depends on the sound alone.
void listen_in_steps(Stream& stream, LiveSource& source, LiveDisplay& display) {
  std::vector<float> samples = tenth_of_a_second(source);
  const auto advance = [&] {
    for (const StreamEvent& event : stream.advance()) display.show(event);
  };
  while (!base::interrupt_requested()) {
    std::size_t count = 0;  // a pipe brings pieces of any size
    while (count < samples.size() && !base::interrupt_requested()) {
      const std::size_t more = source.read(std::span(samples).subspan(count), {});
      if (more == 0) break;
      count += more;
    }
    if (count == 0) break;
    stream.push(std::span(samples).first(count));
    do {
      advance();
    } while (stream.ready() && !base::interrupt_requested());
  }
  stream.finish();
  while (!stream.done()) advance();
}

// Hears in a thread of its own, so that no sound is lost while something is read.
class Recorder {
 public:
  Recorder(Stream& stream, LiveSource& source, bool paced)
      : thread_([this, &stream, &source, paced](const std::stop_token& stop) {
          try {
            record(stream, source, paced, stop);
          } catch (...) {
            failure_ = std::current_exception();
          }
          stream.finish();
        }) {}

  void stop() { thread_.request_stop(); }
  void join() {
    thread_.join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static void record(Stream& stream, LiveSource& source, bool paced, const std::stop_token& stop) {
    std::vector<float> samples = tenth_of_a_second(source);
    const auto start = steady_clock::now();
    double heard = 0.0;
    while (!stop.stop_requested()) {
      const std::size_t count = source.read(samples, stop);
      if (count == 0) return;
      heard += static_cast<double>(count) / source.sample_rate();
      const auto due = start + std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(heard));
      while (!stop.stop_requested() && (paced ? steady_clock::now() < due : stream.behind_seconds() > kFarBehind)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      stream.push(std::span(samples).first(count));
    }
  }

  std::exception_ptr failure_;
  std::jthread thread_;
};

void listen_live(Stream& stream, LiveSource& source, LiveDisplay& display, bool paced) {
  Recorder recorder(stream, source, paced);
  while (!stream.done()) {
    if (base::interrupt_requested()) recorder.stop();
    if (stream.ready()) {
      for (const StreamEvent& event : stream.advance()) display.show(event);
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  recorder.join();
}

void report(const StreamCounts& counts) {
  const Timings& t = counts.timings;
  print_err(
      "seben: {:.2f} s of sound: {} utterances, {} readings, {} contradicted; mel {:.3f} s, encoder {:.3f} s, head "
      "{:.3f} s, text {:.3f} s, Whisper's text {:.3f} s",
      counts.heard_seconds, counts.items, counts.readings, counts.contradictions, t.mel, t.encoder, t.head, t.decode,
      t.whisper);
}

void refuse_idle_flags(const App& command, const ListenFlags& flags, const bundle::Bundle& bundle) {
  const TranscriberOptions& o = flags.model_options;
  const bool head = o.decoder == "ctc" || (o.decoder == "auto" && bundle.has_head());
  if (head) {
    refuse_idle(command, {"--language"}, "Whisper's text decoder to write (--decoder whisper)", "the CTC head");
  } else {
    refuse_idle(command, {"--correct", "--language-guard"}, "the CTC head to write", "Whisper's text decoder");
  }
  if (flags.input != "-" && !is_microphone(flags.input)) {
    refuse_idle(command, {"--rate"}, "samples of a microphone or a pipe", "a recording, which says its own");
  }
  if (is_microphone(flags.input)) {
    refuse_idle(command, {"--as-fast-as-possible"}, "a recording or a pipe", "a microphone");
  }
  if (flags.stream.vad == "off") refuse_idle(command, {"--silence"}, "a detector of speech (--vad)", "--vad off");
}

void listen(const App& command, ListenFlags& flags) {
  const Bundle bundle = Bundle::open(flags.bundle);
  refuse_idle_flags(command, flags, bundle.internal());
  const bool whisper = flags.model_options.decoder == "whisper" || !bundle.internal().has_head();
  flags.model_options.whisper.word_times = true;
  flags.model_options.whisper.condition_on_previous_text = false;
  ProgressLine loading("loading");
  flags.model_options.load_progress = [&](std::int64_t done, std::int64_t total) {
    loading.update(static_cast<double>(done), static_cast<double>(total));
  };
  const auto model = std::make_shared<const Transcriber>(bundle, flags.model_options);
  loading.clear();
  const std::unique_ptr<LiveSource> source = open_source(flags);
  flags.stream.sample_rate = source->sample_rate();
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  flags.stream.partials = flags.json || terminal;
  Stream stream(model, flags.stream);
  const LiveForm form = flags.json ? LiveForm::json : terminal ? LiveForm::terminal : LiveForm::lines;
  LiveDisplay display(form, whisper ? pipeline::Direction::own : pipeline::Direction::nko);
  const base::MustTidyUp until_the_last_text_is_shown;
  if (flags.as_fast_as_possible) {
    listen_in_steps(stream, *source, display);
  } else {
    listen_live(stream, *source, display, flags.input != "-" && !is_microphone(flags.input));
  }
  if (flags.timings) report(stream.counts());
}

}  // namespace

void add_listen(const App& app) {
  App command = app.add_subcommand("listen", "Write what is being said, while it is said");
  auto flags = std::make_shared<ListenFlags>();
  const char* preset = std::getenv("SEBEN_BUNDLE");
  add_model_choice(*command, flags->bundle, flags->model, "Folder of the model (or environment SEBEN_BUNDLE)");
  command->add_option("-i,--input", flags->input,
                      "What is heard: mic (default), mic:NAME (a microphone with that in its name), - (standard input: "
                      "16-bit samples, or a WAV of them), or a recording, at the speed of its sound");
  command->add_option("--rate", flags->rate, "Samples a second of a microphone or of samples without a header; 16000");
  command->add_flag("--json", flags->json, "A line for each event instead of one for each utterance");
  command->add_flag("--as-fast-as-possible", flags->as_fast_as_possible,
                    "Read a recording or a pipe as fast as it goes, step by step");
  command->add_option(
      "--vad", flags->stream.vad,
      "What hears whether somebody speaks: auto or energy (loudness and spectrum), the path of Silero's "
      "weights, or off (utterances end only where they are too long)");
  command->add_option("--step", flags->stream.step_seconds, "Seconds of new sound between two readings; 0.5");
  command->add_option("--silence", flags->stream.silence_seconds, "Seconds of silence that end an utterance; 0.6");
  command->add_option("--longest", flags->stream.longest_seconds, "Seconds of the longest utterance, 2..28; 26");
  command->add_option("--commit-margin", flags->stream.commit_margin_seconds,
                      "Seconds between a committed word and the newest sound; 0.6");
  command->add_option(
      "--sure", flags->stream.sure_confidence,
      "Confidence from which one reading of the head is enough to commit a word (0.9); above 1: always two");
  command->add_option("-p,--precision", flags->model_options.precision,
                      "Arithmetic: auto (the fastest that a gate admitted; default), f32, bf16 or int8");
  command->add_option("-t,--threads", flags->model_options.threads,
                      "How many threads work on a reading; 0 (default): one for each processor");
  command->add_flag("--allow-unadmitted", flags->model_options.allow_unadmitted,
                    "Use an arithmetic or coded weights that no gate of the bundle admitted");
  command
      ->add_option("--decoder", flags->model_options.decoder,
                   "Who writes: ctc (the head), whisper (Whisper's own decoder), or auto: the head when there is one")
      ->one_of({"auto", "ctc", "whisper"});
  command->add_option("--language", flags->model_options.whisper.language,
                      "Language that Whisper's decoder hears, as code or English name; default: detected");
  command->add_option("--correct", flags->model_options.correct,
                      "How boldly the head's final texts are corrected, as in seben transcribe");
  command->add_option("--language-guard", flags->model_options.language_guard,
                      "What becomes of sound that is not of the head's language: auto (left out), mark or off");
  command->add_flag("--timings", flags->timings, "Say on standard error how much was read and where the time went");
  command->footer("Example: arecord -q -f S16_LE -r 16000 -t raw | seben listen --bundle bundles/nko-base --input -");
  command->callback([flags, command, preset = std::string(preset == nullptr ? "" : preset)] {
    flags->bundle = choose_model(flags->bundle, flags->model, preset);
    listen(*command, *flags);
  });
}

}  // namespace seben::cli
