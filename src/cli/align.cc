// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/format.h"
#include "cli/commands.h"
#include "cli/idle_options.h"
#include "cli/layout_flags.h"
#include "cli/line_reader.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "cli/output_place.h"
#include "cli/progress_line.h"
#include "engine/alignment_writers.h"
#include "seben/transcriber.h"

namespace seben::cli {
namespace {

constexpr std::size_t kMaxAlignedText = std::size_t{64} << 20;

struct AlignFlags {
  std::string bundle, model, recording, text, format = "txt", output;
  TranscriberOptions options;
  AlignOptions align;
  pipeline::Layout layout;
  bool json = false, timings = false;
};

pipeline::Format format_of(const AlignFlags& flags) {
  if (flags.json && flags.format != "txt" && flags.format != "json") {
    throw Error(ErrorCategory::usage, "--json", "no other --format", flags.format);
  }
  return flags.json ? pipeline::Format::json : *pipeline::parse_format(flags.format);
}

std::string read_given_text(const std::string& path) {
  std::string out;
  LineReader lines(path, "a file of text");
  for (std::string line; lines.next(line, kMaxAlignedText);) {
    out += line + "\n";
    if (out.size() > kMaxAlignedText) {
      throw Error(ErrorCategory::bad_data, lines.name(), base::format("at most {} bytes", kMaxAlignedText), "more");
    }
  }
  return out;
}

void say_timings(const Alignment& found) {
  const auto spoken = std::ranges::count_if(found.words, [](const AlignedWord& word) { return word.spoken; });
  const Timings& t = found.timings;
  print_err(
      "seben: {} of {} words in {:.2f} s of audio: decoding {:.3f} s, mel {:.3f} s, encoder {:.3f} s, head {:.3f} "
      "s, alignment {:.3f} s",
      spoken, found.words.size(), found.audio_seconds, t.audio, t.mel, t.encoder, t.head, t.decode);
}

void align(const App& command, const AlignFlags& flags) {
  if (flags.recording == "-" && flags.text == "-") {
    throw Error(ErrorCategory::usage, "align", "standard input for the recording or for the text", "both");
  }
  const pipeline::Format format = format_of(flags);
  if (format == pipeline::Format::srt || format == pipeline::Format::vtt) {
    refuse_idle_layout(command, flags.layout, format);
  } else {
    refuse_idle_group(command, kLayoutGroup, "--format srt or vtt", "--format " + std::string(to_string(format)));
  }
  if (!flags.output.empty()) {
    const Inputs inputs({flags.recording, flags.text}, "input");
    inputs.refuse(flags.output, flags.recording);
    base::require_writable(flags.output);
  }
  const std::string text = read_given_text(flags.text);
  ProgressLine line("loading");
  TranscriberOptions options = flags.options;
  options.decoder = "ctc";
  options.correct = "off";
  options.language_guard = "off";
  options.load_progress = [&](std::int64_t done, std::int64_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  };
  const Transcriber transcriber(Bundle::open(flags.bundle), options);
  line.clear();
  ProgressLine hearing(flags.recording);
  Callbacks callbacks;
  callbacks.progress = [&](const Progress& p) { hearing.update(p.done_seconds, p.total_seconds); };
  const std::string name = flags.text == "-" ? "standard input" : flags.text;
  const Alignment found = transcriber.align_file(flags.recording, text, flags.align, callbacks, name);
  hearing.clear();
  const std::string written = pipeline::write_alignment(found, format, flags.recording, flags.layout);
  if (!flags.output.empty()) {
    base::write_text(flags.output, written);
  } else if (format == pipeline::Format::json) {
    write_json(written);
  } else {
    write_document(written);
  }
  flush_out("the alignment");
  for (const std::string& warning : found.warnings) print_err("seben: warning: {}", warning);
  if (flags.timings) say_timings(found);
}

}  // namespace

void add_align(const App& app) {
  App command = app.add_subcommand("align", "Find when the words of a known text were said");
  auto flags = std::make_shared<AlignFlags>();
  command->add_option("recording", flags->recording, "File of any container that FFmpeg reads; - is standard input")
      ->required();
  command->add_option("text", flags->text, "File of the text, in N'Ko or Latin letters; - is standard input")
      ->required();
  add_model_choice(*command, flags->bundle, flags->model);
  command
      ->add_option("-f,--format", flags->format,
                   "How the result is written: txt or tsv (a table of words; default), json, srt or vtt (the text's "
                   "lines)")
      ->one_of({"txt", "tsv", "json", "srt", "vtt"});
  command->add_flag("--json", flags->json, "The same as --format json");
  command->add_option("-o,--output", flags->output, "File that the result goes to; - or nothing: standard output");
  command
      ->add_option("--reach", flags->align.reach,
                   "How many words may have been left out at once; default 120; 0: any number, for short texts")
      ->within(0, 1'000'000);
  command->add_option("-p,--precision", flags->options.precision,
                      "Arithmetic: auto (the fastest that a gate admitted; default), f32, bf16 or int8");
  command->add_option("-t,--threads", flags->options.threads,
                      "How many threads work on a window; 0 (default): one for each processor");
  command->add_option("--overlap", flags->options.overlap_seconds,
                      "How many seconds neighbouring 30 s windows share; default 4");
  command->add_option("--channels", flags->options.channels,
                      "Which channels are heard: mix (all mixed down; default), or the number of one");
  add_layout_flags(*command, flags->layout);
  command->add_flag("--timings", flags->timings, "Say on standard error where the time went");
  command->footer("Example: seben align --bundle bundles/demo-nko --format srt talk.m4a talk.txt");
  command->callback([flags, command] {
    flags->bundle = choose_model(flags->bundle, flags->model);
    if (flags->output == "-") flags->output.clear();
    align(*command, *flags);
  });
}

}  // namespace seben::cli
