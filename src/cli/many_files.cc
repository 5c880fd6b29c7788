// SPDX-License-Identifier: Apache-2.0
#include "cli/many_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/failure.h"
#include "base/interrupt.h"
#include "base/posix.h"
#include "base/sha256.h"
#include "batch/journal.h"
#include "batch/recordings.h"
#include "batch/work.h"
#include "cli/explain.h"
#include "cli/failures.h"
#include "cli/idle_options.h"
#include "cli/many_progress.h"
#include "cli/output.h"
#include "cli/transcribe_outputs.h"
#include "kernels/threads.h"
#include "seben/version.h"

namespace seben::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kMostJobs = 256;
constexpr int kAttempts = 2;

// Options that a text does not depend on. Every other one is part of a journal's key.
constexpr std::array<std::string_view, 15> kHarmless{"recordings", "bundle",  "model",         "features", "output",
                                                     "threads",    "jobs",    "skip-existing", "journal",  "list",
                                                     "timeout",    "timings", "explain",       "help",     "json"};

// What the results depend on beside the recordings: program, model, options, and the files that options name.
std::string key_of(const App& command, const TranscribeFlags& flags, const Transcriber& transcriber) {
  base::Sha256 digest;
  const auto add = [&](std::string_view text) {
    digest.update(text);
    digest.update(std::string_view("\0", 1));
  };
  add(SEBEN_VERSION);
  add(base::sha256_file((fs::path(flags.bundle) / "bundle.json").string()));
  add(transcriber.precision());
  add(pipeline::to_string(flags.written_format()));
  for (const GivenOption& option : command.given()) {
    if (std::ranges::find(kHarmless, option.name) != kHarmless.end()) continue;
    add(option.name);
    for (const std::string& word : option.words) {
      add(word);
      std::error_code none;
      if (fs::is_regular_file(word, none)) add(base::sha256_file(word));
    }
  }
  return digest.finish_hex();
}

struct FileFacts {
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;
};

std::optional<FileFacts> facts_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileFacts{static_cast<std::uint64_t>(status.st_size),
                   static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec};
}

// Opening a pipe among a hundred thousand files would wait for its writer.
void require_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return;  // reading says what is missing
  throw Error(ErrorCategory::no_input, path, "a regular file", base::kind_of(status.st_mode));
}

struct HeardFile {
  std::optional<Transcript> transcript;
  std::optional<Error> error;
  int attempts = 0;
  double seconds = 0.0;
};

class Stopped : public std::exception {};

class ManyFiles {
 public:
  ManyFiles(const App& command, const TranscribeFlags& flags, const std::vector<TranscribeJob>& jobs,
            const Transcriber& transcriber)
      : flags_(flags), jobs_(jobs), transcriber_(transcriber) {
    if (!flags.many.journal.empty()) {
      journal_ = std::make_unique<batch::Journal>(flags.many.journal);
      key_ = key_of(command, flags, transcriber);
      if (journal_->was_cut()) {
        print_err("seben: warning: {}: its last line was cut, and is left out", flags.many.journal);
      }
    }
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (!is_done(jobs[i])) open_.push_back(i);
    }
  }

  void run() {
    ManyProgress progress(jobs_.size(), jobs_.size() - open_.size());
    progress_ = &progress;
    const batch::WorkOptions options{static_cast<std::size_t>(flags_.many.jobs.value_or(1)), flags_.output.empty()};
    batch::work_through<HeardFile>(
        open_.size(), options, stop_, [&](std::size_t i) { return hear(jobs_[open_[i]]); },
        [&](std::size_t i, HeardFile heard) { take(open_[i], std::move(heard)); },
        [&] {
          base::throw_if_interrupted();
          progress.show();
        });
    progress.say_total();
    if (exit_code_ != 0) throw Failed(exit_code_);
  }

 private:
  [[nodiscard]] bool has_result(const TranscribeJob& job) const {
    std::error_code none;
    return fs::is_regular_file(job.output, none) &&
           (!needs_two_files(flags_) || fs::is_regular_file(whisper_path(job.output), none));
  }

  [[nodiscard]] bool is_done(const TranscribeJob& job) const {
    if (flags_.many.skip_existing && has_result(job)) return true;
    const batch::JournalEntry* last = journal_ ? journal_->last(job.path) : nullptr;
    if (last == nullptr || !last->done || last->key != key_ || last->output != job.output) return false;
    const auto facts = facts_of(job.path);
    return facts && facts->bytes == last->bytes && facts->modified_ns == last->modified_ns && has_result(job);
  }

  // On a worker's thread.
  HeardFile hear(const TranscribeJob& job) {
    HeardFile out;
    const auto start = Clock::now();
    while (!out.transcript && out.attempts < kAttempts && !stop_) {
      ++out.attempts;
      try {
        out.transcript = hear_once(job);
        out.error.reset();
      } catch (const base::Interrupted&) {
        throw;
      } catch (const Stopped&) {
        break;
      } catch (const std::exception& failure) {
        out.error = base::as_error(failure);
      }
    }
    out.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return out;
  }

  Transcript hear_once(const TranscribeJob& job) {
    require_file(job.path);
    const auto start = Clock::now();
    Callbacks callbacks;
    callbacks.progress = [&](const Progress&) {
      base::throw_if_interrupted();
      if (stop_) throw Stopped();
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      if (!flags_.many.timeout || seconds <= *flags_.many.timeout) return;
      throw Error(ErrorCategory::incomplete, job.path, fmt::format("a text within {} s", *flags_.many.timeout),
                  fmt::format("{:.1f} s of work without one (--timeout)", seconds));
    };
    return job.is_features ? transcriber_.transcribe_features(job.path, callbacks)
                           : transcriber_.transcribe_file(job.path, callbacks);
  }

  // On the main thread: everything that is written or said.
  void take(std::size_t number, HeardFile heard) {
    base::throw_if_interrupted();
    if (!heard.transcript && !heard.error) return;  // stopped
    const TranscribeJob& job = jobs_[number];
    const auto facts = facts_of(job.path);
    progress_->clear();
    {
      const base::MustTidyUp until_the_journal_knows;
      try {
        if (heard.transcript) deliver(*heard.transcript, flags_, job, jobs_.size());
      } catch (const Error& error) {
        if (out_failed()) throw;  // what follows would be lost as well
        heard.error = error;
      }
      note(job, heard, facts.value_or(FileFacts()));
    }
    if (heard.error) {
      print_err("seben: {}", heard.error->what());
      progress_->failed();
      if (number < first_failed_) exit_code_ = static_cast<int>(heard.error->category());
      first_failed_ = std::min(first_failed_, number);
    } else {
      report(*heard.transcript, flags_, job);
      if (flags_.explain && heard.transcript->corrections) explain(job.path, *heard.transcript->corrections);
      progress_->written(heard.transcript->audio_seconds);
    }
    progress_->show();
  }

  void note(const TranscribeJob& job, const HeardFile& heard, FileFacts facts) {
    if (!journal_) return;
    batch::JournalEntry entry;
    entry.path = job.path;
    entry.bytes = facts.bytes;
    entry.modified_ns = facts.modified_ns;
    entry.key = key_;
    entry.output = job.output;
    entry.done = !heard.error;
    entry.attempts = heard.attempts;
    entry.seconds = heard.seconds;
    if (heard.transcript) entry.audio_seconds = heard.transcript->audio_seconds;
    if (heard.error) entry.error = heard.error->what();
    journal_->append(entry);
  }

  const TranscribeFlags& flags_;
  const std::vector<TranscribeJob>& jobs_;
  const Transcriber& transcriber_;
  std::unique_ptr<batch::Journal> journal_;
  std::string key_;
  std::vector<std::size_t> open_;
  std::atomic<bool> stop_ = false;
  ManyProgress* progress_ = nullptr;
  std::size_t first_failed_ = std::numeric_limits<std::size_t>::max();
  int exit_code_ = 0;
};

}  // namespace

void add_many_flags(const App& command, ManyFlags& flags) {
  constexpr const char* kGroup = "Many recordings";
  command.add_option("--jobs", flags.jobs, "How many recordings are worked on at the same time; default 1")
      .within(1, kMostJobs)
      .group(kGroup);
  command.add_option("--list", flags.list, "File of recordings' paths, one a line; - is standard input").group(kGroup);
  command.add_flag("--skip-existing", flags.skip_existing, "Pass over recordings whose result is there").group(kGroup);
  command
      .add_option("--journal", flags.journal,
                  "File that says what became of each recording; a run with the same one goes on where it ended")
      .group(kGroup);
  command.add_option("--timeout", flags.timeout, "How many seconds of work a recording may take").group(kGroup);
}

bool asks_for_many(const TranscribeFlags& flags) {
  const ManyFlags& many = flags.many;
  if (many.jobs || many.skip_existing || many.timeout || !many.list.empty() || !many.journal.empty()) return true;
  return std::ranges::any_of(flags.inputs, [](const std::string& path) {
    std::error_code none;
    return path != "-" && fs::is_directory(path, none);
  });
}

std::vector<TranscribeJob> many_jobs(const App& command, const TranscribeFlags& flags) {
  if (flags.output.empty()) {
    refuse_idle(command, {"--skip-existing", "--journal"}, "--output FOLDER, where results stay", "standard output");
  }
  if (const auto& t = flags.many.timeout; t && !(*t > 0.0 && std::isfinite(*t))) {
    throw Error(ErrorCategory::usage, "--timeout", "seconds above 0", fmt::format("{}", *t));
  }
  std::vector<std::string> paths = flags.inputs;
  if (!flags.many.list.empty()) {
    const std::string list = flags.many.list == "-" ? "/dev/stdin" : flags.many.list;
    for (std::string& path : batch::read_list(list)) paths.push_back(std::move(path));
  }
  if (std::ranges::find(paths, "-") != paths.end()) {
    throw Error(ErrorCategory::usage, "transcribe", "files among many recordings", "standard input");
  }
  std::vector<TranscribeJob> out;
  for (batch::NamedRecording& one : batch::expand(paths)) {
    out.push_back({std::move(one.path), false, std::move(one.name), {}});
  }
  for (const std::string& path : flags.features) {
    out.push_back({path, true, fs::path(path).filename().string(), {}});
  }
  if (out.empty()) throw Error(ErrorCategory::usage, "transcribe", "a recording, --list or --features", "neither");
  return out;
}

int threads_of_each(const TranscribeFlags& flags) {
  const auto jobs = static_cast<int>(flags.many.jobs.value_or(1));
  return flags.threads != 0 || jobs == 1 ? flags.threads : std::max(1, kernels::thread_count(0) / jobs);
}

void transcribe_many(const App& command, const TranscribeFlags& flags, const std::vector<TranscribeJob>& jobs,
                     const Transcriber& transcriber) {
  ManyFiles(command, flags, jobs, transcriber).run();
}

}  // namespace seben::cli
