// SPDX-License-Identifier: Apache-2.0
// The subcommands of `seben`. Each adds itself to the program; its work starts when its flags have been read.
#pragma once

#include <CLI/CLI.hpp>

namespace seben::cli {

void add_transcribe(CLI::App& app);
void add_inspect(CLI::App& app);
void add_import(CLI::App& app);
void add_verify(CLI::App& app);
void add_eval(CLI::App& app);
void add_correct(CLI::App& app);
void add_rank(CLI::App& app);
void add_quantize(CLI::App& app);
void add_export(CLI::App& app);
void add_execute(CLI::App& app);
void add_proof(CLI::App& app);
void add_bench(CLI::App& app);

/// Reads the arguments, runs a subcommand, and turns whatever went wrong into one line on standard error and an exit
/// code of docs/errors.md.
[[nodiscard]] int run(int argc, const char* const* argv);

}  // namespace seben::cli
