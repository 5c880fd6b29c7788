// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/interrupt.h"
#include "cli/commands.h"
#include "cli/failures.h"
#include "cli/group_examples.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/proof_commands.h"
#include "kernels/threads.h"
#include "proofs/attach.h"
#include "proofs/audit.h"
#include "proofs/report.h"
#include "proofs/run.h"
#include "proofs/watch.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

struct RunFlags {
  proof::RunOptions options;
  std::string target;
  std::uint64_t min_free = 0;
  bool json = false;
};

struct AttachFlags {
  proof::AttachOptions options;
  bool json = false;
};

struct WatchFlags {
  proof::WatchOptions options;
  std::string log;
};

struct FolderFlags {
  std::string folder, output;
  proof::Origin origin;
  bool json = false;
};

// The last line of what is printed; only what was computed from bundle and recording is called proved.
const char* word_of(proof::Standing standing) {
  switch (standing) {
    case proof::Standing::proved: return "proved";
    case proof::Standing::consistent: return "consistent, not computed from bundle and recording";
    case proof::Standing::other_gates: return "NOT PROVED, held by other gates";
    case proof::Standing::fails: break;
  }
  return "NOT PROVED";
}

void print(const proof::Proof& p) {
  for (const proof::ModeProof& m : p.modes) {
    print_out("{:<10} {} log {}; encoder error {:.2e}, total {:.3f} s (median of {})\n", m.mode,
              m.passed() ? "holds:" : "FAILS:", evidence::to_string(m.log.status), m.figures.encoder.error,
              proof::spread_of(m.timings.phases.back().seconds).median, m.timings.phases.back().seconds.size());
  }
  if (p.device) {
    print_out("{:<10} {} {}\n", "device",
              p.device->passed() ? "holds:" : "FAILS:", evidence::conclude(p.device->evidence).reason);
  }
  for (const proof::Claim& c : p.claims) {
    print_out("{} {} ({})\n", c.supported ? "supported:    " : "not supported:", c.sentence, c.because);
  }
  print_out("gates: {}\n", p.gates.whose());
  print_out("{}: {}\n", word_of(p.standing()), p.reason);
}

void require_passed(const proof::Proof& p, const std::string& folder) {
  if (p.passed) return;
  throw Error(ErrorCategory::incomplete, folder, p.holds ? "Seben's own gates" : "every gate to hold",
              p.holds ? "other ones: " + p.gates.whose() : p.reason);
}

// Without bundle and recording a folder can at most agree with itself.
proof::Audit audit_of(const FolderFlags& flags, const std::string& folder) {
  const proof::Origin& given = flags.origin;
  if (given.bundle.empty() != given.audio.empty()) {
    throw Error(ErrorCategory::usage, "--bundle, --audio", "both or none", "one of them");
  }
  if (given.bundle.empty()) {
    if (!given.packages.empty() || !given.runner.empty()) {
      throw Error(ErrorCategory::usage, "--packages, --runner", "--bundle and --audio", "none");
    }
    return proof::audit(folder);
  }
  proof::Origin origin = given;
  origin.threads = kernels::thread_count(origin.threads);
  ProgressLine line("audit");
  origin.progress = [&](const std::string&, double done, double total) { line.update(done, total); };
  proof::Audit audit = proof::audit(folder, origin);
  line.clear();
  return audit;
}

void run_proof(RunFlags& flags) {
  proof::RunOptions& options = flags.options;
  options.target = flags.target == "native" ? proof::Target::native : proof::Target::package;
  options.threads = kernels::thread_count(options.threads);
  ProgressLine line("proof");
  options.progress = [&](const std::string&, double done, double total) { line.update(done, total); };
  options.on_step = [&](const std::string& step, bool reused) {
    if (!reused) return;
    line.clear();
    print_err("seben: {}: done before, reused", step);
  };
  const proof::Proof p = proof::run(options);
  line.clear();
  if (flags.json) {
    write_json(proof::to_text(p));
  } else {
    print(p);
  }
  require_passed(p, options.out);
}

void attach_evidence(const AttachFlags& flags) {
  proof::AttachOptions options = flags.options;
  ProgressLine line("evidence");
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  };
  const proof::Proof p = proof::attach(options);
  line.clear();
  if (flags.json) {
    write_json(proof::to_text(p));
  } else {
    print(p);
  }
  require_passed(p, options.proof);
}

void audit_proof(const FolderFlags& flags) {
  const proof::Audit audit = audit_of(flags, flags.folder);
  for (const std::string& problem : audit.problems) print_err("seben: {}", problem);
  if (!audit.problems.empty()) throw Failed(static_cast<int>(ErrorCategory::incomplete));
  if (flags.json) {
    write_json(proof::to_text(*audit.proof));
  } else {
    print(*audit.proof);
  }
  require_passed(*audit.proof, flags.folder);
}

void report_proof(const FolderFlags& flags) {
  std::string folder = flags.folder;
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  const std::string page = flags.output.empty() ? folder + ".html" : flags.output;
  if (proof::lies_within(page, folder)) {
    throw Error(ErrorCategory::usage, page, "a page beside the proof", "a place inside of it, which would break it");
  }
  base::require_writable(page);
  const proof::Audit audit = audit_of(flags, folder);
  proof::write_report(audit, folder, page);
  print_out("{}\n", page);
  if (!audit.passed()) throw Error(ErrorCategory::incomplete, folder, "a proof that holds", "the page says what not");
}

void watch_device(WatchFlags& flags) {
  std::ofstream file;
  if (!flags.log.empty()) {
    file.open(flags.log, std::ios::app);
    if (!file) throw Error(ErrorCategory::io, flags.log, "a file that can be written", "none");
  }
  flags.options.record = [&](const std::string& line) {
    if (!file.is_open()) return print_err("{}", line);
    if (!(file << line << '\n' << std::flush)) throw Error(ErrorCategory::io, flags.log, "to be written", "a failure");
  };
  const base::MustTidyUp until_children_ended;
  if (const int code = proof::watch(flags.options); code != 0) throw Failed(code);
}

void add_run(const App& group) {
  App command = group.add_subcommand("run", "Prove a bundle on this machine; exit 78 when a gate does not hold");
  auto flags = std::make_shared<RunFlags>();
  proof::RunOptions& o = flags->options;
  command->add_option("bundle", o.bundle, "Folder of the model")->required();
  command->add_option("--target", flags->target, "native (the engine) or package (its Core ML packages)")
      ->required()
      ->one_of({"native", "package"});
  command->add_option("--audio", o.audio, "Recording whose first 30 s are the fixture")->required();
  command->add_option("--out", o.out, "Folder of the proof: new, or one that was interrupted")->required();
  command
      ->add_option("--modes", o.modes,
                   "Arithmetics to prove, with commas: of f32, bf16, int8 (native; default: all admitted), of fp32, "
                   "fp16 (package)")
      ->delimiter(',');
  command->add_option("--stages", o.stages,
                      "How the encoder is split: single, device-safe, or a list such as convpos,0-2,3,finalnorm");
  command->add_option("--packages", o.packages, "Folder of packages with plan.json, instead of exporting them");
  command->add_option("--runner", o.runner,
                      "Command that executes the packages, called as: COMMAND PACKAGE INPUTS OUTPUTS");
  command->add_option("--gates", o.gates,
                      "File of thresholds (JSON) instead of Seben's own; what holds by others ends with exit 78");
  command->add_option("--repetitions", o.repetitions, "How often everything is timed")
      ->capture_default_str()
      ->within(1, 1000);
  command
      ->add_option("--min-free", flags->min_free, "Room that the disk must have, such as 500MB or 10GiB; default 2GiB")
      ->as_size();
  command->add_option("-t,--threads", o.threads, "How many threads work; 0 (default): one for each processor")
      ->default_val(0);
  command->add_flag("--json", flags->json, "Print the summary as JSON");
  command->footer(
      "Example: seben proof run bundles/demo-nko --target native --audio bundles/demo-nko/samples/seen-1.wav --out p");
  command->callback([command, flags] {
    if (command->count("--min-free") > 0) flags->options.min_free = flags->min_free;
    run_proof(*flags);
  });
}

void add_origin(const App& command, proof::Origin& origin) {
  command.add_option("--bundle", origin.bundle,
                     "Folder of the model, from which, with --audio, everything is computed again");
  command.add_option("--audio", origin.audio, "Recording that the proof is about");
  command.add_option("--packages", origin.packages,
                     "Folder of the packages that the proof is about, when they came from outside");
  command.add_option("--runner", origin.runner, "Command that executed the packages, when there was one");
  command.add_option("-t,--threads", origin.threads, "How many threads work; 0 (default): one for each processor")
      ->default_val(0);
}

void add_attach(const App& group) {
  App command = group.add_subcommand(
      "attach", "Put evidence of a device into a proof of packages; exit 78 when a gate does not hold");
  auto flags = std::make_shared<AttachFlags>();
  proof::AttachOptions& o = flags->options;
  command->add_option("folder", o.proof, "Folder of the proof")->required();
  command->add_option("evidence", o.evidence, "Folder that run-on-device.sh of a harness wrote")->required();
  command->add_flag("--replace", o.replace, "Take the place of evidence that was attached before");
  command->add_option("--most", o.most_bytes, "How large the evidence may be, without recordings; default 4GiB")
      ->as_size();
  command->add_flag("--json", flags->json, "Print the summary as JSON");
  command->footer("Example: seben proof attach proof evidence-2026-07-12");
  command->callback([flags] { attach_evidence(*flags); });
}

void add_watch(const App& group) {
  App command =
      group.add_subcommand("watch", "Wait for a launchable device, then start a run; exit 76 when there is none");
  auto flags = std::make_shared<WatchFlags>();
  proof::WatchOptions& o = flags->options;
  command->add_option("--devices", o.probe, "Shell command that writes what the tools say into the folder $SEBEN_PROBE")
      ->required();
  command->add_option("--device", o.device, "Device to wait for, by UDID, identifier or name; default: the only one");
  command->add_option("--attempts", o.attempts, "How often it is looked for at most")->capture_default_str();
  command->add_option("--interval", o.interval_seconds, "Seconds to wait after the first time")->capture_default_str();
  command->add_option("--backoff", o.backoff, "How many times longer each further wait is")->capture_default_str();
  command->add_option("--max-interval", o.max_interval_seconds, "Seconds that a wait may last at most")
      ->capture_default_str();
  command->add_option("--probe-timeout", o.probe_timeout_seconds, "Seconds that --devices may take")
      ->capture_default_str();
  command->add_option("--min-free", o.min_free_bytes, "Room that the disk must have; default 2GiB")->as_size();
  command->add_option("--log", flags->log, "File that JSON lines are added to; default: standard error");
  command->add_option("run", o.run, "Program to start and its arguments, after --")->required();
  command->footer("Example: seben proof watch --devices ./probe.sh --attempts 40 -- ./run-on-device.sh");
  command->callback([flags] { watch_device(*flags); });
}

}  // namespace

void add_proof(const App& app) {
  App group = app.add_subcommand("proof", "Evidence that a model does what it should, and its audit");
  group->require_subcommand(1);
  add_run(*group);
  add_attach(*group);
  add_watch(*group);
  auto flags = std::make_shared<FolderFlags>();
  App audit = group->add_subcommand("audit", "Compute everything in a proof again; exit 78 when anything differs");
  audit->add_option("folder", flags->folder, "Folder of the proof")->required();
  add_origin(*audit, flags->origin);
  audit->add_flag("--json", flags->json, "Print the summary as JSON");
  audit->footer(
      "Example: seben proof audit proof --bundle bundles/demo-nko --audio bundles/demo-nko/samples/seen-1.wav");
  audit->callback([flags] { audit_proof(*flags); });
  App report = group->add_subcommand("report", "A page about a proof, after auditing it");
  report->add_option("folder", flags->folder, "Folder of the proof")->required();
  report->add_option("-o,--output", flags->output, "File of the page; default: FOLDER.html, beside it");
  add_origin(*report, flags->origin);
  report->footer("Example: seben proof report proof -o proof.html");
  report->callback([flags] { report_proof(*flags); });
  add_proof_analyse(*group);
  show_examples(*group);
}

}  // namespace seben::cli
