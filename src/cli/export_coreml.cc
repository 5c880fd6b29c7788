// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/export_commands.h"
#include "cli/progress_line.h"
#include "deploy/export.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

struct Flags {
  std::string source, folder, stages, opset = "ios16", layout = "sequence", precision = "fp32", weights = "full",
                                      interface = "fp32", naming = "seben", lengths, reuse;
  std::vector<std::string> parts, keep_fp32;
  std::int64_t max_chunk = 0;
  bool overwrite = false;
};

[[noreturn]] void refuse(const std::string& flag, const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::usage, flag, expected, found);
}

template <typename T>
T require(const std::optional<T>& value, const std::string& flag, const std::string& expected,
          const std::string& found) {
  if (!value) refuse(flag, expected, found);
  return *value;
}

mil::DType float_type(const std::string& flag, const std::string& word) {
  if (word != "fp16" && word != "fp32") refuse(flag, "fp16 or fp32", word);
  return *mil::parse_dtype(word);
}

convert::Style style_of(const Flags& flags) {
  convert::Style style;
  style.opset = require(mil::parse_opset(flags.opset), "--opset", "ios15, ios16, ios17 or ios18", flags.opset);
  style.layout = require(convert::parse_layout(flags.layout), "--layout", "sequence or ane", flags.layout);
  style.compute = float_type("--precision", flags.precision);
  style.interface = float_type("--io", flags.interface);
  style.weights = require(convert::parse_weight_code(flags.weights), "--weights",
                          "full, affine8, palette8, palette6, palette4, blockwise8 or blockwise4", flags.weights);
  style.keep_fp32.insert(flags.keep_fp32.begin(), flags.keep_fp32.end());
  convert::validate(style);
  return style;
}

std::int64_t number(const std::string& word) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size())
    refuse("--lengths", "numbers such as 1000,3000 or 100..3000", word);
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

std::vector<whisper::Stage> stages_of(const Flags& flags, const deploy::Source& source) {
  const whisper::EncoderConfig& config = source.encoder().config;
  if (flags.max_chunk > 0) return convert::chunked_stages(config, flags.max_chunk);
  if (flags.stages == "device-safe") return convert::device_safe_stages(config);
  return whisper::parse_stages(flags.stages, config);
}

deploy::ExportOptions options_of(const Flags& flags, const deploy::Source& source) {
  deploy::ExportOptions options;
  options.style = style_of(flags);
  options.lengths = lengths_of(flags.lengths);
  options.overwrite = flags.overwrite;
  options.reuse = flags.reuse;
  if (flags.naming != "seben" && flags.naming != "whisper.cpp")
    refuse("--naming", "seben or whisper.cpp", flags.naming);
  options.whisper_cpp_names = flags.naming == "whisper.cpp";
  const bool split = flags.max_chunk > 0 || (!flags.stages.empty() && flags.stages != "whole");
  if (flags.max_chunk > 0 && !flags.stages.empty()) refuse("--max-chunk", "it or --stages", "both");
  if (split) options.stages = stages_of(flags, source);
  for (const std::string& word : flags.parts) {
    deploy::Part part = require(deploy::parse_part(word), "--part", "encoder, head or encoder+head", word);
    if (part == deploy::Part::encoder && split) part = deploy::Part::stages;
    options.parts.push_back(part);
  }
  if (options.parts.empty()) {
    if (source.has_encoder()) options.parts.push_back(split ? deploy::Part::stages : deploy::Part::encoder);
    if (source.has_head()) options.parts.push_back(deploy::Part::head);
  }
  return options;
}

void export_coreml(const Flags& flags) {
  const deploy::Source source = deploy::Source::open(flags.source);
  deploy::ExportOptions options = options_of(flags, source);
  ProgressLine line("writing");
  options.progress = [&line](const std::string&, std::uint64_t done, std::uint64_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  };
  const auto packages = deploy::export_packages(source, flags.folder, options);
  line.clear();
  for (const deploy::ExportedPackage& p : packages) {
    fmt::print("{}/{}: {} {}, {:.1f} MB of weights{}\n", flags.folder, p.file, p.kind, p.stage,
               static_cast<double>(p.weight_bytes) / 1e6, p.linked ? ", linked" : "");
  }
}

}  // namespace

void add_export_coreml(CLI::App& parent) {
  CLI::App* command = parent.add_subcommand("coreml", "Core ML packages, written without a Mac");
  auto flags = std::make_shared<Flags>();
  command->add_option("source", flags->source, "Folder of a bundle or of a Whisper checkpoint")->required();
  command->add_option("folder", flags->folder, "Folder for the packages and plan.json")->required();
  command->add_option("--part", flags->parts, "encoder, head, encoder+head; default: encoder and head")->delimiter(',');
  command->add_option("--stages", flags->stages,
                      "Split the encoder: device-safe, or a list such as convpos,0-2,3,finalnorm");
  command->add_option("--max-chunk", flags->max_chunk, "Split the encoder into chunks of at most so many layers");
  command->add_option("--opset", flags->opset, "ios15, ios16, ios17 or ios18")->capture_default_str();
  command->add_option("--layout", flags->layout, "sequence or ane")->capture_default_str();
  command->add_option("--precision", flags->precision, "fp32 or fp16")->capture_default_str();
  command->add_option("--keep-fp32", flags->keep_fp32, "Operators that stay in fp32, such as softmax,layer_norm")
      ->delimiter(',');
  command
      ->add_option("--weights", flags->weights, "full, affine8, palette8, palette6, palette4, blockwise8 or blockwise4")
      ->capture_default_str();
  command->add_option("--io", flags->interface, "dtype of inputs and outputs: fp32 or fp16")->capture_default_str();
  command->add_option("--naming", flags->naming, "seben, or whisper.cpp for the names that it looks for")
      ->capture_default_str();
  command->add_option("--lengths", flags->lengths, "Frames that the input may have: 1000,2000,3000 or 200..3000");
  command->add_option("--reuse", flags->reuse, "A package of the same encoder to link instead of converting again");
  command->add_flag("--overwrite", flags->overwrite, "Replace packages of the same names");
  command->footer("Example: seben export coreml bundles/demo-nko packages --stages device-safe");
  command->callback([flags] { export_coreml(*flags); });
}

}  // namespace seben::cli
