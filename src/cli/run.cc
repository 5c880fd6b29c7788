// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <functional>
#include <sstream>
#include <string>

#include "audio/decoder.h"
#include "base/failure.h"
#include "base/interrupt.h"
#include "cli/commands.h"
#include "cli/failures.h"
#include "cli/output.h"
#include "cli/suggest.h"
#include "seben/error.h"
#include "seben/version.h"

namespace seben::cli {
namespace {

constexpr int kExitUsage = static_cast<int>(ErrorCategory::usage);

void complain(const std::string& message) { print_err("seben: {}", message); }

int parse_failure(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {  // --help, --version
    std::ostringstream asked_for;
    (void)app.exit(error, asked_for, asked_for);
    write_lines(asked_for.str());
    return 0;
  }
  complain(fmt::format("command line: {}{} (seben --help shows the ways)", error.what(), did_you_mean(app)));
  return kExitUsage;
}

// What went wrong becomes one line and an exit code.
int exit_code_of(const CLI::App& app, const std::function<void()>& work) {
  try {
    work();
    return 0;
  } catch (const CLI::ParseError& error) {
    return parse_failure(app, error);
  } catch (const Failed& failed) {
    return failed.exit_code();  // already reported
  } catch (const base::Interrupted& interrupted) {
    if (interrupted.signal() != SIGPIPE) complain(interrupted.what());  // `seben … | head` ends quietly
    base::end_by_signal(interrupted.signal());
  } catch (const std::exception& failure) {
    const Error error = base::as_error(failure);
    complain(error.what());
    return static_cast<int>(error.category());
  }
}

}  // namespace

int run(int argc, const char* const* argv) {
  hold_standard_streams();
  base::install_interrupt_handlers();
  audio::configure_ffmpeg_for_this_process();
  CLI::App app("Seben: speech to N'Ko text, on this machine, offline.", "seben");
  app.set_version_flag("--version", "seben " SEBEN_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 64 usage, 65 bad data, 66 no input, 69 unavailable, 70 internal, 71 out of memory, 74 "
      "input/output, 76 device blocked, 78 incomplete, 130 interrupted.\nExample: seben transcribe --bundle "
      "bundles/demo-nko speech.m4a");
  const App program(&app);
  add_transcribe(program);
  add_listen(program);
  add_inspect(program);
  add_import(program);
  add_fetch(program);
  add_verify(program);
  add_eval(program);
  add_correct(program);
  add_rank(program);
  add_guard(program);
  add_quantize(program);
  add_export(program);
  add_execute(program);
  add_proof(program);
  add_bench(program);
  add_serve(program);
  add_transliterate(program);
  add_align(program);
  const int exit_code = exit_code_of(app, [&] { app.parse(argc, argv); });
  const int written = exit_code_of(app, [] { finish_out(); });
  return exit_code != 0 ? exit_code : written;
}

}  // namespace seben::cli
