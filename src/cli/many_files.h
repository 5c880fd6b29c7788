// SPDX-License-Identifier: Apache-2.0
// `seben transcribe` over many recordings: several at a time, a journal of what became of each (docs/batch.md).
#pragma once

#include <vector>

#include "cli/app.h"
#include "cli/transcribe_flags.h"
#include "seben/transcriber.h"

namespace seben::cli {

void add_many_flags(const App& command, ManyFlags& flags);
/// Whether this is a run of that kind: one of the options is there, or a folder among the recordings.
[[nodiscard]] bool asks_for_many(const TranscribeFlags& flags);
/// The jobs of folders, list and arguments. Error(usage) for options that do not go together.
[[nodiscard]] std::vector<TranscribeJob> many_jobs(const App& command, const TranscribeFlags& flags);
/// Threads for each recording, when the command line does not say.
[[nodiscard]] int threads_of_each(const TranscribeFlags& flags);

/// Does them. A recording that fails is tried once more and does not stop the others; throws Failed with the category
/// of the first of them.
void transcribe_many(const App& command, const TranscribeFlags& flags, const std::vector<TranscribeJob>& jobs,
                     const Transcriber& transcriber);

}  // namespace seben::cli
