// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "audio/decoder.h"
#include "base/failure.h"
#include "base/interrupt.h"
#include "cli/commands.h"
#include "cli/failures.h"
#include "cli/printable.h"
#include "seben/error.h"
#include "seben/version.h"

namespace seben::cli {
namespace {

constexpr int kExitUsage = static_cast<int>(ErrorCategory::usage);

void complain(const std::string& message) { fmt::print(stderr, "seben: {}\n", printable(message)); }

int parse_failure(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  complain(fmt::format("command line: {} (seben --help shows the ways)", error.what()));
  return kExitUsage;
}

}  // namespace

int run(int argc, const char* const* argv) {
  std::signal(SIGPIPE, SIG_DFL);  // `seben … | head` ends quietly
  base::install_interrupt_handlers();
  audio::configure_ffmpeg_for_this_process();
  CLI::App app("Seben: speech to N'Ko text, on this machine, offline.", "seben");
  app.set_version_flag("--version", "seben " SEBEN_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 64 usage, 65 bad data, 66 no input, 70 internal, 71 out of memory, 74 input/output, 76 "
      "device blocked, "
      "78 incomplete, 130 interrupted.\nExample: seben transcribe --bundle bundles/demo-nko speech.m4a");
  add_transcribe(app);
  add_inspect(app);
  add_import(app);
  add_verify(app);
  add_eval(app);
  add_correct(app);
  add_rank(app);
  add_quantize(app);
  add_export(app);
  add_execute(app);
  add_proof(app);
  add_bench(app);
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return parse_failure(app, error);
  } catch (const Failed& failed) {
    return failed.exit_code();  // already reported
  } catch (const base::Interrupted& interrupted) {
    complain(interrupted.what());
    return 128 + interrupted.signal();
  } catch (const std::exception& failure) {
    const Error error = base::as_error(failure);
    complain(error.what());
    return static_cast<int>(error.category());
  }
}

}  // namespace seben::cli
