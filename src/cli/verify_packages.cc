// SPDX-License-Identifier: Apache-2.0
#include "cli/verify_packages.h"

#include <fmt/format.h>

#include "base/file.h"
#include "cli/coreml_conversion.h"
#include "cli/idle_options.h"
#include "cli/output.h"
#include "cli/output_place.h"
#include "cli/progress_line.h"
#include "export/bisect.h"
#include "export/verify.h"
#include "kernels/threads.h"
#include "seben/error.h"

#ifdef __APPLE__
#include <map>

#include "device/coreml_runner.h"
#endif

namespace seben::cli {
namespace {

void print(const deploy::Verification& v) {
  for (const deploy::CheckedPart& p : v.parts) {
    const parity::Figures& f = p.figures;
    std::string line = fmt::format("{:<16} {:<10} mse {:.3e} max abs {:.3e} cosine {:.9f}", p.name, p.precision, f.mse,
                                   f.max_abs, f.cosine);
    if (f.frames > 0) line += fmt::format(" argmax changes {}/{}", f.argmax_changes, f.frames);
    if (f.texts > 0) line += fmt::format(" texts changed {}/{}", f.text_changes, f.texts);
    print_out("{} {}\n", line, p.failures.empty() ? "holds" : "FAILS: " + p.failures.front());
  }
}

}  // namespace

deploy::Gates gates_of(const PackageFlags& flags) {
  if (flags.gates.empty()) return deploy::builtin_gates();
  return deploy::parse_gates(base::read_text(flags.gates, std::size_t{1} << 16), flags.gates);
}

// On Apple systems packages may also be run by the framework itself.
std::unique_ptr<deploy::Runner> device_runner(const std::string& units) {
#ifdef __APPLE__
  using device::ComputeUnits;
  const std::map<std::string, ComputeUnits> words{{"cpu", ComputeUnits::cpu_only},
                                                  {"cpu+gpu", ComputeUnits::cpu_and_gpu},
                                                  {"cpu+ane", ComputeUnits::cpu_and_neural_engine},
                                                  {"all", ComputeUnits::all}};
  const auto it = words.find(units);
  if (it == words.end()) throw Error(ErrorCategory::usage, "--compute-units", "cpu, cpu+gpu, cpu+ane or all", units);
  return device::coreml_runner({it->second, {}});
#else
  throw Error(ErrorCategory::device_blocked, "--compute-units " + units, "a system with CoreML.framework", "none");
#endif
}

std::unique_ptr<deploy::Runner> runner_of(const PackageFlags& flags, int threads) {
  if (!flags.compute_units.empty()) return device_runner(flags.compute_units);
  if (!flags.runner.empty()) return deploy::command_runner(flags.runner);
  return deploy::interpreter_runner({threads, !flags.no_rounding});
}

void refuse_idle_package_options(const App& verify, const PackageFlags& flags) {
  if (!flags.bisect) {
    refuse_idle_group(verify, kStyleGroup, "--bisect", "none");
    refuse_idle(verify, {"--max-chunk"}, "--bisect", "none");
  } else {
    refuse_idle(verify, {"--html"}, "packages to be checked", "--bisect");
  }
  const bool elsewhere = !flags.runner.empty() || !flags.compute_units.empty();
  if (!flags.compute_units.empty()) refuse_idle(verify, {"--runner"}, "no other runner", "--compute-units");
  if (elsewhere) refuse_idle(verify, {"--no-rounding"}, "Seben's interpreter", "another runner");
}

void verify_packages(const PackageFlags& flags) {
  require_output("--html", flags.html);
  const deploy::Source source = deploy::Source::open(flags.against);
  const int threads = kernels::thread_count(flags.threads);
  const auto runner = runner_of(flags, threads);
  deploy::VerifyOptions options{gates_of(flags), recordings_of(flags.audio, source), threads, {}};
  ProgressLine line("running");
  double done = 0.0;
  options.progress = [&](const std::string&) {
    done += 1.0;
    line.update(done, done + 1.0);
  };
  const deploy::Verification v = deploy::verify_packages(flags.path, source, *runner, options);
  line.clear();
  if (!flags.html.empty()) deploy::write_html(v, flags.html);
  if (flags.json) {
    write_json(deploy::to_json(v));
  } else {
    print(v);
  }
  if (!v.passed()) {
    throw Error(ErrorCategory::incomplete, flags.path, "every part within the gates of " + v.gates,
                "at least one beyond them");
  }
}

void bisect_encoder(const PackageFlags& flags) {
  const deploy::Source source = deploy::Source::open(flags.against);
  const int threads = kernels::thread_count(flags.threads);
  const auto runner = runner_of(flags, threads);
  deploy::BisectOptions options;
  options.conversion = conversion_of(flags.conversion);
  options.gates = gates_of(flags);
  options.audio = recordings_of(flags.audio, source);
  if (options.audio.size() > 1 && flags.audio.empty())
    options.audio.resize(1);  // one tells a wrong chunk from a right one
  options.threads = threads;
  options.longest = flags.max_chunk;
  if (!flags.json) {
    options.progress = [](const deploy::Trial& t) {
      print_out("{:<10} {}\n", whisper::to_string(t.stage),
                t.holds ? fmt::format("mse {:.3e} holds", t.figures.mse) : "FAILS: " + t.failure);
    };
  }
  const deploy::Bisection found = deploy::bisect(source, *runner, options);
  if (flags.json) {
    write_json(deploy::to_json(found, runner->name()));
  } else {
    print_out("smallest failing chunk: {}\nsafe plan: {}\n",
              found.smallest_failure ? whisper::to_string(*found.smallest_failure) : "none",
              found.safe_plan.empty() ? "none" : deploy::plan_words(found.safe_plan));
  }
  if (found.safe_plan.empty()) {
    throw Error(ErrorCategory::incomplete, flags.against, "a plan that holds on this runner", "stages that fail alone");
  }
}

void add_package_flags(const App& verify, PackageFlags& flags) {
  verify.add_option("packages", flags.path, "An .mlpackage, or a folder of them with plan.json");
  verify.add_option("--against", flags.against, "Bundle or checkpoint whose native results are the reference");
  verify.add_option("--audio", flags.audio, "Recording to check with, once for each; default: the bundle's samples");
  verify.add_option("--gates", flags.gates, "File of thresholds (JSON) instead of the built-in ones");
  verify.add_option("--runner", flags.runner,
                    "Command that executes the packages, called as: COMMAND PACKAGE INPUTS OUTPUTS");
  verify.add_option("--compute-units", flags.compute_units,
                    "On Apple systems, let CoreML.framework execute them with cpu, cpu+gpu, cpu+ane or all");
  verify.add_option("--threads", flags.threads, "How many threads work; 0 (default): one for each processor");
  verify.add_flag("--no-rounding", flags.no_rounding,
                  "Compute fp16 programs in f32, to tell rounding from other faults");
  verify.add_flag("--json", flags.json, "Print JSON instead of a table");
  verify.add_option("--html", flags.html, "Write a report (HTML)");
  verify.add_flag("--bisect", flags.bisect,
                  "Find the smallest chunk that the runner gets wrong, and a plan that it gets right");
  verify.add_option("--max-chunk", flags.max_chunk, "With --bisect: how many layers a chunk may have at most");
  add_conversion_flags(verify, flags.conversion);
}

}  // namespace seben::cli
