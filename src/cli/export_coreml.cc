// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <string>

#include "base/counted.h"
#include "cli/coreml_conversion.h"
#include "cli/export_commands.h"
#include "cli/idle_options.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "export/export.h"
#include "export/fixtures.h"
#include "export/keep_fp32.h"
#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

struct ExportCoremlFlags {
  std::string source, folder, stages, naming = "seben", lengths, reuse;
  std::vector<std::string> parts, audio;
  ConversionFlags conversion;
  std::int64_t max_chunk = 0;
  int threads = 0;
  bool overwrite = false;
};

std::int64_t number(const std::string& word) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size())
    refuse_flag("--lengths", "numbers such as 1000,3000 or 100..3000", word);
  return value;
}

convert::Flexibility lengths_of(const std::string& words) {
  convert::Flexibility lengths;
  if (words.empty()) return lengths;
  if (const auto dots = words.find(".."); dots != std::string::npos) {
    lengths.least = number(words.substr(0, dots));
    lengths.most = number(words.substr(dots + 2));
    return lengths;
  }
  for (std::size_t at = 0; at <= words.size();) {
    const std::size_t comma = std::min(words.find(',', at), words.size());
    lengths.enumerated.push_back(number(words.substr(at, comma - at)));
    at = comma + 1;
  }
  return lengths;
}

deploy::ExportOptions options_of(const ExportCoremlFlags& flags, const deploy::Source& source) {
  deploy::ExportOptions options;
  options.conversion = conversion_of(flags.conversion);
  options.lengths = lengths_of(flags.lengths);
  options.overwrite = flags.overwrite;
  options.reuse = flags.reuse;
  if (flags.naming != "seben" && flags.naming != "whisper.cpp")
    refuse_flag("--naming", "seben or whisper.cpp", flags.naming);
  options.whisper_cpp_names = flags.naming == "whisper.cpp";
  const bool split = flags.max_chunk > 0 || (!flags.stages.empty() && flags.stages != "whole");
  if (flags.max_chunk > 0 && !flags.stages.empty()) refuse_flag("--max-chunk", "it or --stages", "both");
  if (flags.max_chunk > 0) {
    options.stages = convert::chunked_stages(source.encoder().config, flags.max_chunk);
  } else if (split) {
    options.stages = stages_of(flags.stages, source);
  }
  for (const std::string& word : flags.parts) {
    const std::optional<deploy::Part> named = deploy::parse_part(word);
    if (!named || *named == deploy::Part::stages) refuse_flag("--part", "encoder, head, encoder+head or decoder", word);
    deploy::Part part = *named;
    if (part == deploy::Part::encoder && split) part = deploy::Part::stages;
    options.parts.push_back(part);
  }
  if (options.parts.empty()) {
    if (source.has_encoder()) options.parts.push_back(split ? deploy::Part::stages : deploy::Part::encoder);
    if (source.has_head()) options.parts.push_back(deploy::Part::head);
    if (source.has_decoder()) options.parts.push_back(deploy::Part::decoder);
  }
  return options;
}

// The operators that have to stay in fp32, found by trying.
std::set<std::string, std::less<>> kept_by_gates(const ExportCoremlFlags& flags, const deploy::Source& source,
                                                 const deploy::ExportOptions& options) {
  const int threads = kernels::thread_count(flags.threads);
  const deploy::VerifyOptions verify{deploy::builtin_gates(), recordings_of(flags.audio, source), threads, {}};
  const deploy::KeepSearch found = deploy::find_kept_fp32(source, options, verify, [](const deploy::KeepTrial& t) {
    std::string words;
    for (const std::string& type : t.kept) words += (words.empty() ? "" : ",") + type;
    print_err("in fp32: {}: {} parts beyond the gates, {} classes and {} texts changed, mse {:.1e}",
              words.empty() ? "nothing" : words, t.failing, t.changed_classes, t.changed_texts, t.mse);
  });
  if (!found.holds) {
    throw Error(ErrorCategory::incomplete, "--keep-fp32 auto", "a list with which the gates hold", "none");
  }
  return found.kept;
}

void export_coreml(const App& command, const ExportCoremlFlags& flags) {
  const deploy::Source source = deploy::Source::open(flags.source);
  const bool search = flags.conversion.keep_fp32 == std::vector<std::string>{"auto"};
  if (!search) refuse_idle(command, {"--audio", "--threads"}, "--keep-fp32 auto", "none");
  ExportCoremlFlags chosen = flags;
  if (search) chosen.conversion.keep_fp32.clear();
  deploy::ExportOptions options = options_of(chosen, source);
  if (search) deploy::require_free(source, flags.folder, options);
  if (search) options.conversion.keep_fp32 = kept_by_gates(flags, source, options);
  ProgressLine line("writing");
  options.progress = [&line](const std::string&, std::uint64_t done, std::uint64_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  };
  const auto packages = deploy::export_packages(source, flags.folder, options);
  line.clear();
  for (const deploy::ExportedPackage& p : packages) {
    print_out("{}/{}: {}{}{}, {:.1f} MB of weights{}\n", flags.folder, p.file, mil::to_string(p.kind),
              p.stage.empty() ? "" : " ", p.stage, static_cast<double>(p.weight_bytes) / 1e6,
              p.linked ? ", linked" : "");
  }
}

void export_fixtures(const ExportCoremlFlags& flags) {
  const deploy::Source source = deploy::Source::open(flags.source);
  const auto stages =
      flags.stages.empty() ? whisper::single_stages(source.encoder().config) : stages_of(flags.stages, source);
  const int threads = kernels::thread_count(flags.threads);
  const std::size_t files =
      deploy::export_fixtures(source, flags.folder, {recordings_of(flags.audio, source), stages, threads});
  print_out("{}: {}\n", flags.folder, base::counted(files, "file"));
}

}  // namespace

void add_export_fixtures(const App& parent) {
  App command = parent.add_subcommand("fixtures", "Write what a device is checked against: audio, mel, every stage");
  auto flags = std::make_shared<ExportCoremlFlags>();
  command->add_option("source", flags->source, "Folder of a bundle or of a Whisper checkpoint")->required();
  command->add_option("folder", flags->folder, "Folder to make, which must not exist")->required();
  command->add_option("--audio", flags->audio,
                      "Recording to make fixtures of, once for each; default: the bundle's samples");
  command->add_option("--stages", flags->stages,
                      "Stages whose outputs are written: device-safe, or a list; default: every layer alone");
  command->add_option("--threads", flags->threads, "How many threads work; 0 (default): one for each processor");
  command->footer("Example: seben export fixtures bundles/demo-nko fixtures --stages device-safe");
  command->callback([flags] { export_fixtures(*flags); });
}

void add_export_coreml(const App& parent) {
  App command = parent.add_subcommand("coreml", "Write Core ML packages, without a Mac");
  auto flags = std::make_shared<ExportCoremlFlags>();
  command->add_option("source", flags->source, "Folder of a bundle or of a Whisper checkpoint")->required();
  command->add_option("folder", flags->folder, "Folder for the packages and plan.json")->required();
  command
      ->add_option(
          "--part", flags->parts,
          "What is written: encoder, head, encoder+head or decoder, several with commas; default: what there is "
          "of encoder, head and decoder")
      ->delimiter(',');
  command->add_option(
      "--stages", flags->stages,
      "Split the encoder: device-safe, or a list such as convpos,0-2,3,finalnorm; default: in one piece");
  command->add_option("--max-chunk", flags->max_chunk,
                      "Split the encoder into chunks of at most so many layers; default: in one piece");
  add_conversion_flags(*command, flags->conversion);
  command
      ->add_option("--naming", flags->naming,
                   "How packages are called: seben, or whisper.cpp for the names that it looks for")
      ->capture_default_str();
  command->add_option("--lengths", flags->lengths,
                      "How many frames the input may have: 1000,2000,3000 or 200..3000; default: those of a window");
  command->add_option("--reuse", flags->reuse,
                      "Package of the same encoder that is linked instead of converting again");
  command->add_option("--audio", flags->audio,
                      "For --keep-fp32 auto: recording to check with, once for each; default: the bundle's samples");
  command->add_option("--threads", flags->threads,
                      "For --keep-fp32 auto: how many threads work; 0 (default): one for each processor");
  command->add_flag("--overwrite", flags->overwrite, "Replace packages of the same names");
  command->footer("Example: seben export coreml bundles/demo-nko packages --stages device-safe");
  command->callback([flags, command] { export_coreml(*command, *flags); });
}

}  // namespace seben::cli
