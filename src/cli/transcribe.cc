// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/ctc_flags.h"
#include "cli/explain.h"
#include "cli/failures.h"
#include "cli/idle_options.h"
#include "cli/layout_flags.h"
#include "cli/many_files.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/transcribe_flags.h"
#include "cli/transcribe_options.h"
#include "cli/transcribe_outputs.h"
#include "cli/whisper_flags.h"
#include "seben/transcriber.h"

namespace seben::cli {
namespace {

namespace fs = std::filesystem;

Transcript run_job(const Transcriber& transcriber, const TranscribeJob& job) {
  ProgressLine line(job.path);
  Callbacks callbacks;
  callbacks.progress = [&line](const Progress& p) { line.update(p.done_seconds, p.total_seconds); };
  return job.is_features ? transcriber.transcribe_features(job.path, callbacks)
                         : transcriber.transcribe_file(job.path, callbacks);
}

std::vector<TranscribeJob> few_jobs(const TranscribeFlags& flags) {
  std::vector<TranscribeJob> out;
  for (const std::string& path : flags.inputs) {
    out.push_back({path, false, path == "-" ? "stdin" : fs::path(path).filename().string(), {}});
  }
  for (const std::string& path : flags.features) {
    out.push_back({path, true, fs::path(path).filename().string(), {}});
  }
  if (out.empty()) throw Error(ErrorCategory::usage, "transcribe", "a recording or --features", "neither");
  return out;
}

void transcribe_few(const TranscribeFlags& flags, const std::vector<TranscribeJob>& jobs,
                    const Transcriber& transcriber) {
  int exit_code = 0;
  for (const TranscribeJob& job : jobs) {
    try {
      const Transcript transcript = run_job(transcriber, job);
      deliver(transcript, flags, job, jobs.size());
      report(transcript, flags, job);
      if (flags.explain && transcript.corrections) explain(job.path, *transcript.corrections);
    } catch (const Error& error) {
      if (jobs.size() == 1) throw;
      print_err("seben: {}", error.what());
      if (exit_code == 0) exit_code = static_cast<int>(error.category());
      if (out_failed()) break;  // what follows would be lost as well
    }
  }
  if (exit_code != 0) throw Failed(exit_code);
}

TranscriberOptions transcriber_options(const TranscribeFlags& flags) {
  TranscriberOptions options;
  options.threads = threads_of_each(flags);
  options.precision = flags.precision;
  options.overlap_seconds = flags.overlap;
  options.channels = flags.channels;
  options.feature_codec = flags.feature_codec;
  options.allow_unadmitted = flags.allow_unadmitted;
  options.correct = flags.correct;
  options.language_guard = flags.language_guard;
  options.correction = flags.correction;
  options.decoder = flags.decoder;
  options.ctc = flags.ctc;
  options.whisper = flags.whisper;
  if (flags.max_edits != 0) options.correction.max_edits = flags.max_edits;
  return options;
}

void transcribe(const App& command, const TranscribeFlags& flags) {
  const bool many = asks_for_many(flags);
  std::vector<TranscribeJob> jobs = many ? many_jobs(command, flags) : few_jobs(flags);
  refuse_idle_layout(command, flags.layout, flags.written_format());
  ResultFolder folder;  // goes again when no result came into it
  prepare_outputs(flags, jobs, many, folder);

  ProgressLine loading("loading");
  TranscriberOptions options = transcriber_options(flags);
  options.load_progress = [&](std::int64_t done, std::int64_t total) {
    loading.update(static_cast<double>(done), static_cast<double>(total));
  };
  const Bundle bundle = Bundle::open(flags.bundle);
  refuse_idle_options(command, bundle.internal(), options, !flags.features.empty());
  std::vector<std::string> recordings;
  for (const TranscribeJob& job : jobs) {
    if (!job.is_features) recordings.push_back(job.path);
  }
  require_readable(bundle.internal(), options, recordings, flags.features);
  if (recordings.empty()) refuse_idle(command, {"--overlap", "--channels"}, "a recording", "features alone");
  const Transcriber transcriber(bundle, options);
  loading.clear();
  many ? transcribe_many(command, flags, jobs, transcriber) : transcribe_few(flags, jobs, transcriber);
}

}  // namespace

void add_transcribe(const App& app) {
  App command = app.add_subcommand("transcribe", "Write what recordings say");
  auto flags = std::make_shared<TranscribeFlags>();
  const char* preset = std::getenv("SEBEN_BUNDLE");
  command->add_option("recordings", flags->inputs,
                      "Files of any container that FFmpeg reads, or folders of them; - is standard input");
  add_model_choice(*command, flags->bundle, flags->model, "Folder of the model (or environment SEBEN_BUNDLE)");
  command->add_option("--features", flags->features,
                      "File of stored features (.spkt, .safetensors, .npy) instead of audio; once for each");
  command->add_option("-f,--format", flags->format, "How the result is written: txt (default), json, srt, vtt or tsv")
      ->one_of({"txt", "json", "srt", "vtt", "tsv"});
  command->add_flag("--json", flags->json, "The same as --format json");
  command->add_option("-o,--output", flags->output,
                      "File, or folder for several recordings, that the result goes to; - or nothing: standard output");
  command->add_option("-p,--precision", flags->precision,
                      "Arithmetic: auto (the fastest that a gate admitted; default), f32, bf16 or int8");
  command->add_option("-t,--threads", flags->threads,
                      "How many threads work on a window; 0 (default): one for each processor");
  command->add_option(
      "--feature-codec", flags->feature_codec,
      "Code the features and restore them on their way to whoever writes: affine8:g32, turbo4, agp:FILE, …");
  command->add_flag("--allow-unadmitted", flags->allow_unadmitted,
                    "Use an arithmetic, a codec or coded weights that no gate of the bundle admitted");
  command->add_option("--overlap", flags->overlap, "How many seconds neighbouring 30 s windows share; default 4");
  command->add_option("--channels", flags->channels,
                      "Which channels are heard: mix (all mixed down; default), split (each alone, the results merged "
                      "by time and numbered), or the number of one");
  command->add_option(
      "--decoder", flags->decoder,
      "Who writes: ctc (the head), whisper (Whisper's own decoder), both from one pass of the encoder, or "
      "auto: the head when there is one");
  add_ctc_flags(*command, flags->ctc);
  command->add_option(
      "--correct", flags->correct,
      "How boldly the head's text is corrected: auto (balanced when the bundle has a ranker and decoding is greedy; "
      "default), off, aggressive, balanced, conservative or preservation");
  command->add_option("--ranker", flags->correction.ranker, "Correct by this ranker.json instead of the bundle's");
  command->add_option("--ranker-lm", flags->correction.language_model,
                      "Language model (ARPA) that the ranker was fitted with");
  command->add_option("--max-edits", flags->max_edits, "How many edits a text may get; default: the ranker's limit");
  command->add_flag("--explain", flags->explain, "Say every correction and why on standard error");
  command->add_option(
      "--language-guard", flags->language_guard,
      "What becomes of sound that is not of the head's language, by the bundle's guard: auto (left out; default), mark "
      "(written, and said on standard error), or off");
  add_whisper_flags(*command, flags->whisper);
  add_many_flags(*command, flags->many);
  add_layout_flags(*command, flags->layout);
  add_script_flag(*command, flags->layout);
  command->add_flag("--timings", flags->timings, "Say on standard error where the time went");
  command->footer("Example: seben transcribe --bundle bundles/demo-nko --format srt -o talk.srt talk.m4a");
  command->callback([flags, command, preset = std::string(preset == nullptr ? "" : preset)] {
    flags->bundle = choose_model(flags->bundle, flags->model, preset);
    if (flags->output == "-") flags->output.clear();
    transcribe(*command, *flags);
  });
}

}  // namespace seben::cli
