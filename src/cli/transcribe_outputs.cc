// SPDX-License-Identifier: Apache-2.0
#include "cli/transcribe_outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <system_error>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/printable.h"
#include "cli/explain.h"
#include "cli/output.h"
#include "cli/output_place.h"
#include "engine/text_stage.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

namespace fs = std::filesystem;

// A single result has the name that was given, several lie in a folder of that name.
bool into_folder(const TranscribeFlags& flags, std::size_t jobs, bool many) {
  std::error_code none;
  return many || jobs > 1 || flags.output.ends_with('/') || fs::is_directory(flags.output, none);
}

void make_folder(const std::string& path, ResultFolder& folder) {
  std::error_code failure;
  folder.emplace(path, failure);
  if (!failure) return;
  std::error_code none;
  const bool file = fs::exists(path, none) && !fs::is_directory(path, none);
  throw Error(ErrorCategory::io, path, "to be created as a folder", file ? "a file" : failure.message());
}

void require_place(const std::string& path) {
  std::error_code none;
  const fs::path parent = fs::path(path).parent_path();
  if (!parent.empty() && !fs::is_directory(parent, none)) {
    throw Error(ErrorCategory::io, path, "a folder to be created in", "no folder " + parent.string());
  }
  base::require_writable(path);
}

bool has_estimated_times(const Transcript& transcript, const TranscribeFlags& flags) {
  const pipeline::Format format = flags.written_format();
  if (pipeline::has_estimated_times(transcript, format, flags.layout)) return true;
  if (!flags.writes_both() || !transcript.whisper) return false;
  return pipeline::has_estimated_times(pipeline::transcript_of(*transcript.whisper), format, flags.layout);
}

// On a terminal, each text isolated from what stands around it, which needs no marks inside.
void show(const Transcript& transcript, const pipeline::Layout& layout, pipeline::Direction direction) {
  for (const std::string& line : pipeline::text_lines(transcript, {layout.limits, false, layout.script})) {
    write_out(pipeline::for_terminal(base::printable(line), direction) + "\n");
  }
}

// What a single stream can hold.
void require_one_stream(const TranscribeFlags& flags, std::size_t jobs, pipeline::Format format) {
  if (flags.writes_both() && format != pipeline::Format::json && format != pipeline::Format::txt) {
    throw Error(ErrorCategory::usage, "--decoder both", "--output, --format txt or --format json for two texts",
                "--format " + std::string(pipeline::to_string(format)));
  }
  const bool subtitles = format == pipeline::Format::srt || format == pipeline::Format::vtt;
  if (subtitles && jobs > 1) {  // numbers and times begin anew in each: one after the other they are no file
    throw Error(ErrorCategory::usage, "--format " + std::string(pipeline::to_string(format)),
                "--output FOLDER for several recordings, a file for each", fmt::format("{} recordings", jobs));
  }
}

// Folders below the output folder, as recordings lie in theirs.
void make_way_to(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  std::error_code failure;
  if (parent.empty() || fs::is_directory(parent, failure)) return;
  fs::create_directories(parent, failure);
  if (failure) throw Error(ErrorCategory::io, parent.string(), "to be created as a folder", failure.message());
}

}  // namespace

pipeline::Format TranscribeFlags::written_format() const {
  if (json && !format.empty() && format != "json") {
    throw Error(ErrorCategory::usage, "--json", "no other --format", format);
  }
  return json ? pipeline::Format::json : *pipeline::parse_format(format.empty() ? "txt" : format);
}

std::string whisper_path(const std::string& path) {
  const fs::path whole(path);
  return (whole.parent_path() / (whole.stem().string() + ".whisper" + whole.extension().string())).string();
}

bool needs_two_files(const TranscribeFlags& flags) {
  return flags.writes_both() && flags.written_format() != pipeline::Format::json && !flags.output.empty();
}

void prepare_outputs(const TranscribeFlags& flags, std::vector<TranscribeJob>& jobs, bool many, ResultFolder& folder) {
  const pipeline::Format format = flags.written_format();
  const std::string ending(pipeline::to_string(format));
  if (flags.output.empty()) return require_one_stream(flags, jobs.size(), format);
  if (many || jobs.size() > 1 || flags.output.ends_with('/')) make_folder(flags.output, folder);
  const bool inside = into_folder(flags, jobs.size(), many);
  std::vector<std::string> read;
  for (TranscribeJob& job : jobs) {
    job.output = inside ? (fs::path(flags.output) / (job.name + "." + ending)).string() : flags.output;
    read.push_back(job.path);
  }
  Inputs inputs(read);
  inputs.add_bundle(flags.bundle);
  std::map<std::string, std::string> taken;
  for (const TranscribeJob& job : jobs) {
    std::vector<std::string> paths{job.output};
    if (needs_two_files(flags)) {
      if (is_special_file(job.output)) {
        throw Error(ErrorCategory::usage, job.output, "a file, whose name also gives that of the second text",
                    "a pipe or a device");
      }
      paths.push_back(whisper_path(job.output));
    }
    for (const std::string& one : paths) {
      const auto [other, is_new] = taken.emplace(one, job.path);
      if (!is_new && other->second != job.path) {
        throw Error(ErrorCategory::usage, one, "the result of one recording", other->second + " and " + job.path);
      }
      inputs.refuse(one, job.path);
      if (!many) require_place(one);
    }
  }
  if (many) base::require_writable((fs::path(flags.output) / ("result." + ending)).string());
}

void deliver(const Transcript& transcript, const TranscribeFlags& flags, const TranscribeJob& job, std::size_t jobs) {
  const pipeline::Format format = flags.written_format();
  const std::string& path = job.output;
  const bool two = flags.writes_both() && format != pipeline::Format::json && transcript.whisper;
  const Transcript second = two ? pipeline::transcript_of(*transcript.whisper) : Transcript();
  const pipeline::Layout as_written{flags.layout.limits, flags.layout.rtl_marks};
  if (!path.empty()) {
    const base::MustTidyUp until_both_are_there;
    make_way_to(path);
    base::write_text(path, pipeline::write(transcript, format, job.path, flags.layout));
    if (two) base::write_text(whisper_path(path), pipeline::write(second, format, job.path, as_written));
  } else if (format == pipeline::Format::txt && isatty(STDOUT_FILENO) != 0) {
    if (jobs > 1) print_out("{}:\n", job.path);
    const bool nko = (two || !transcript.whisper) && flags.layout.script == pipeline::TextScript::nko;
    show(transcript, flags.layout, nko ? pipeline::Direction::nko : pipeline::Direction::own);
    if (two) write_out("\n");
    show(second, as_written, pipeline::Direction::own);
  } else if (format == pipeline::Format::json) {
    write_json(pipeline::write(transcript, format, job.path, flags.layout));
  } else {
    write_document(pipeline::write(transcript, format, job.path, flags.layout));
    if (two) write_document("\n" + pipeline::write(second, format, job.path, as_written));
  }
  flush_out("the transcript");
}

void report(const Transcript& transcript, const TranscribeFlags& flags, const TranscribeJob& job) {
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

}  // namespace seben::cli
