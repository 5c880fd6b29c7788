// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/made_folders.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/ctc_flags.h"
#include "cli/explain.h"
#include "cli/failures.h"
#include "cli/idle_options.h"
#include "cli/layout_flags.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "cli/output_place.h"
#include "cli/progress_line.h"
#include "cli/transcribe_options.h"
#include "cli/whisper_flags.h"
#include "engine/text_stage.h"
#include "engine/writers.h"
#include "seben/transcriber.h"

namespace seben::cli {
namespace {

namespace fs = std::filesystem;

struct TranscribeFlags {
  std::string bundle, model;
  std::vector<std::string> inputs;
  std::vector<std::string> features;
  std::string format;
  std::string output;
  std::string precision = "auto";
  int threads = 0;
  double overlap = 4.0;
  std::string channels = "mix";
  pipeline::Layout layout;
  std::string feature_codec;
  bool allow_unadmitted = false;
  bool json = false;
  bool timings = false;
  bool explain = false;
  std::string correct = "auto", language_guard = "auto";
  CorrectorOptions correction;
  std::string decoder = "auto";
  CtcOptions ctc;
  WhisperOptions whisper;
  std::int64_t max_edits = 0;
};

struct Job {
  std::string path;
  bool is_features = false;
};

pipeline::Format format_of(const TranscribeFlags& flags) {
  if (flags.json && !flags.format.empty() && flags.format != "json") {
    throw Error(ErrorCategory::usage, "--json", "no other --format", flags.format);
  }
  return flags.json ? pipeline::Format::json : *pipeline::parse_format(flags.format.empty() ? "txt" : flags.format);
}

// Where the result of `job` goes; empty means standard output.
std::string output_path(const TranscribeFlags& flags, const Job& job, std::size_t jobs, pipeline::Format format) {
  if (flags.output.empty()) return {};
  std::error_code none;
  const bool folder = jobs > 1 || flags.output.ends_with('/') || fs::is_directory(flags.output, none);
  if (!folder) return flags.output;
  const std::string stem = job.path == "-" ? "stdin" : fs::path(job.path).filename().string();
  return (fs::path(flags.output) / (stem + "." + std::string(pipeline::to_string(format)))).string();
}

using ResultFolder = std::optional<base::MadeFolders>;

void make_folder(const std::string& path, ResultFolder& folder) {
  std::error_code failure;
  folder.emplace(path, failure);
  if (!failure) return;
  std::error_code none;
  const bool file = fs::exists(path, none) && !fs::is_directory(path, none);
  throw Error(ErrorCategory::io, path, "to be created as a folder", file ? "a file" : failure.message());
}

bool writes_both(const TranscribeFlags& flags) { return flags.decoder == "both"; }

// "talk.srt" -> "talk.whisper.srt": where Whisper's text goes beside the head's.
std::string whisper_path(const std::string& path) {
  const fs::path whole(path);
  return (whole.parent_path() / (whole.stem().string() + ".whisper" + whole.extension().string())).string();
}

// Two texts in one file: JSON names them, plain text parts them by an empty line, the other formats cannot.
bool needs_two_files(const TranscribeFlags& flags, pipeline::Format format) {
  return writes_both(flags) && format != pipeline::Format::json && (!flags.output.empty());
}

void require_place(const std::string& path) {
  std::error_code none;
  const fs::path parent = fs::path(path).parent_path();
  if (!parent.empty() && !fs::is_directory(parent, none)) {
    throw Error(ErrorCategory::io, path, "a folder to be created in", "no folder " + parent.string());
  }
  base::require_writable(path);
}

// Whatever would lose a result, or a recording, is refused before hours of work rather than after them.
void prepare_outputs(const TranscribeFlags& flags, const std::vector<Job>& jobs, pipeline::Format format, ResultFolder& folder) {
  if (flags.output.empty()) {
    if (writes_both(flags) && format != pipeline::Format::json && format != pipeline::Format::txt) {
      throw Error(ErrorCategory::usage, "--decoder both", "--output, --format txt or --format json for two texts",
                  "--format " + std::string(pipeline::to_string(format)));
    }
    const bool subtitles = format == pipeline::Format::srt || format == pipeline::Format::vtt;
    if (subtitles && jobs.size() > 1) {  // numbers and times begin anew in each: one after the other they are no file
      throw Error(ErrorCategory::usage, "--format " + std::string(pipeline::to_string(format)),
                  "--output FOLDER for several recordings, a file for each", fmt::format("{} recordings", jobs.size()));
    }
    return;
  }
  if (jobs.size() > 1 || flags.output.ends_with('/')) make_folder(flags.output, folder);
  std::vector<std::string> read;
  for (const Job& job : jobs) read.push_back(job.path);
  Inputs inputs(read);
  inputs.add_bundle(flags.bundle);
  std::map<std::string, std::string> taken;
  for (const Job& job : jobs) {
    const std::string path = output_path(flags, job, jobs.size(), format);
    std::vector<std::string> paths{path};
    if (needs_two_files(flags, format)) {
      if (is_special_file(path)) {
        throw Error(ErrorCategory::usage, path, "a file, whose name also gives that of the second text",
                    "a pipe or a device");
      }
      paths.push_back(whisper_path(path));
    }
    for (const std::string& one : paths) {
      const auto [other, is_new] = taken.emplace(one, job.path);
      if (!is_new && other->second != job.path) {
        throw Error(ErrorCategory::usage, one, "the result of one recording", other->second + " and " + job.path);
      }
      inputs.refuse(one, job.path);
      require_place(one);
    }
  }
}

bool has_estimated_times(const Transcript& transcript, const TranscribeFlags& flags) {
  const pipeline::Format format = format_of(flags);
  if (pipeline::has_estimated_times(transcript, format, flags.layout)) return true;
  if (!writes_both(flags) || !transcript.whisper) return false;
  return pipeline::has_estimated_times(pipeline::transcript_of(*transcript.whisper), format, flags.layout);
}

void report(const Transcript& transcript, const TranscribeFlags& flags, const Job& job) {
  if (has_estimated_times(transcript, flags)) {
    print_err(
        "seben: warning: {}: times within segments are shared out by length of text; --word-timestamps measures them",
        job.path);
  }
  for (const std::string& warning : transcript.warnings) print_err("seben: warning: {}", warning);
  for (const std::string& reason : transcript.suspect) print_err("seben: suspect: {}", reason);
  if (flags.timings) {
    const Timings& t = transcript.timings;
    print_err(
        "seben: {:.2f} s of audio: decoding {:.3f} s, mel {:.3f} s, encoder {:.3f} s ({} runs), head {:.3f} s, text "
        "{:.3f} s, Whisper's text {:.3f} s",
        transcript.audio_seconds, t.audio, t.mel, t.encoder, t.encoder_runs, t.head, t.decode, t.whisper);
  }
}

// On a terminal, each text isolated from what stands around it, which needs no marks inside.
void show(const Transcript& transcript, const TranscribeFlags& flags, pipeline::Direction direction) {
  for (const std::string& line : pipeline::text_lines(transcript, {flags.layout.limits, false})) {
    write_out(pipeline::for_terminal(base::printable(line), direction) + "\n");
  }
}

void deliver(const Transcript& transcript, const TranscribeFlags& flags, const Job& job, std::size_t jobs) {
  const pipeline::Format format = format_of(flags);
  const std::string path = output_path(flags, job, jobs, format);
  const bool two = writes_both(flags) && format != pipeline::Format::json && transcript.whisper;
  const Transcript second = two ? pipeline::transcript_of(*transcript.whisper) : Transcript();
  if (!path.empty()) {
    const base::MustTidyUp until_both_are_there;
    base::write_text(path, pipeline::write(transcript, format, job.path, flags.layout));
    if (two) base::write_text(whisper_path(path), pipeline::write(second, format, job.path, flags.layout));
  } else if (format == pipeline::Format::txt && isatty(STDOUT_FILENO) != 0) {
    if (jobs > 1) print_out("{}:\n", job.path);
    const bool head = two || !transcript.whisper;
    show(transcript, flags, head ? pipeline::Direction::nko : pipeline::Direction::own);
    if (two) write_out("\n");
    show(second, flags, pipeline::Direction::own);
  } else if (format == pipeline::Format::json) {
    write_json(pipeline::write(transcript, format, job.path));
  } else {
    write_document(pipeline::write(transcript, format, job.path, flags.layout));
    if (two) write_document("\n" + pipeline::write(second, format, job.path, flags.layout));
  }
  flush_out("the transcript");
}

Transcript run_job(const Transcriber& transcriber, const Job& job) {
  ProgressLine line(job.path);
  Callbacks callbacks;
  callbacks.progress = [&line](const Progress& p) { line.update(p.done_seconds, p.total_seconds); };
  return job.is_features ? transcriber.transcribe_features(job.path, callbacks)
                         : transcriber.transcribe_file(job.path, callbacks);
}

void transcribe(const App& command, const TranscribeFlags& flags) {
  std::vector<Job> jobs;
  for (const std::string& path : flags.inputs) jobs.push_back({path, false});
  for (const std::string& path : flags.features) jobs.push_back({path, true});
  if (jobs.empty()) throw Error(ErrorCategory::usage, "transcribe", "a recording or --features", "neither");
  refuse_idle_layout(command, flags.layout, format_of(flags));
  ResultFolder folder;  // goes again when no result came into it
  prepare_outputs(flags, jobs, format_of(flags), folder);

  ProgressLine loading("loading");
  TranscriberOptions options;
  options.threads = flags.threads;
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
  options.load_progress = [&](std::int64_t done, std::int64_t total) {
    loading.update(static_cast<double>(done), static_cast<double>(total));
  };
  const Bundle bundle = Bundle::open(flags.bundle);
  refuse_idle_options(command, bundle.internal(), options, !flags.features.empty());
  require_readable(bundle.internal(), options, flags.inputs, flags.features);
  if (flags.inputs.empty()) refuse_idle(command, {"--overlap", "--channels"}, "a recording", "features alone");
  const Transcriber transcriber(bundle, options);
  loading.clear();

  int exit_code = 0;
  for (const Job& job : jobs) {
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

}  // namespace

void add_transcribe(const App& app) {
  App command = app.add_subcommand("transcribe", "Write what recordings say");
  auto flags = std::make_shared<TranscribeFlags>();
  const char* preset = std::getenv("SEBEN_BUNDLE");
  command->add_option("recordings", flags->inputs, "Files of any container that FFmpeg reads; - is standard input");
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
  add_layout_flags(*command, flags->layout);
  command->add_flag("--timings", flags->timings, "Say on standard error where the time went");
  command->footer("Example: seben transcribe --bundle bundles/demo-nko --format srt -o talk.srt talk.m4a");
  command->callback([flags, command, preset = std::string(preset == nullptr ? "" : preset)] {
    flags->bundle = choose_model(flags->bundle, flags->model, preset);
    if (flags->output == "-") flags->output.clear();
    transcribe(*command, *flags);
  });
}

}  // namespace seben::cli
