// SPDX-License-Identifier: Apache-2.0
// Alignments as files: a table of words, JSON, and subtitles of the text's own lines (docs/align.md).
#pragma once

#include <string>

#include "engine/writers.h"
#include "seben/alignment.h"

namespace seben::pipeline {

/// The whole file, ending in a newline. `txt` and `tsv` are the same table.
[[nodiscard]] std::string write_alignment(const Alignment& alignment, Format format, const std::string& source,
                                          const Layout& layout = {});

}  // namespace seben::pipeline
