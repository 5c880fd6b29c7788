// SPDX-License-Identifier: Apache-2.0
// Where the results of `seben transcribe` go, and that they may go there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/made_folders.h"
#include "cli/transcribe_flags.h"

namespace seben::cli {

using ResultFolder = std::optional<base::MadeFolders>;

/// Names the output of every job and makes the folder that they lie in, which goes again when nothing comes into it.
/// Whatever would lose a result, or a recording, is refused before hours of work rather than after them. `many`: always
/// a folder, of which one name is tried for all, and names in it may have folders of their own.
void prepare_outputs(const TranscribeFlags& flags, std::vector<TranscribeJob>& jobs, bool many, ResultFolder& folder);

/// "talk.srt" -> "talk.whisper.srt": where Whisper's text goes beside the head's.
[[nodiscard]] std::string whisper_path(const std::string& path);
/// Two texts in one file: JSON names them, plain text parts them by an empty line, the other formats cannot.
[[nodiscard]] bool needs_two_files(const TranscribeFlags& flags);

/// Writes the result where its job says. `jobs` is how many there are.
void deliver(const Transcript& transcript, const TranscribeFlags& flags, const TranscribeJob& job, std::size_t jobs);
/// What is to be said of it on standard error.
void report(const Transcript& transcript, const TranscribeFlags& flags, const TranscribeJob& job);

}  // namespace seben::cli
