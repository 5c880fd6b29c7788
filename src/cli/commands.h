// SPDX-License-Identifier: Apache-2.0
// The subcommands of `seben`. Each adds itself to the program; its work starts when its flags have been read.
#pragma once

#include "cli/app.h"

namespace seben::cli {

void add_transcribe(const App& app);
void add_listen(const App& app);
void add_inspect(const App& app);
void add_import(const App& app);
void add_fetch(const App& app);
void add_verify(const App& app);
void add_eval(const App& app);
void add_correct(const App& app);
void add_rank(const App& app);
void add_guard(const App& app);
void add_quantize(const App& app);
void add_export(const App& app);
void add_execute(const App& app);
void add_proof(const App& app);
void add_bench(const App& app);
void add_serve(const App& app);
void add_transliterate(const App& app);
void add_align(const App& app);

/// Reads the arguments, runs a subcommand, and turns whatever went wrong into one line on standard error and an exit
/// code of docs/errors.md.
[[nodiscard]] int run(int argc, const char* const* argv);

}  // namespace seben::cli
