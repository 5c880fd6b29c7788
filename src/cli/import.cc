// SPDX-License-Identifier: Apache-2.0
#include "import/import.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/measure_bundle.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "seben/error.h"

namespace seben::cli {

namespace {

frontend::Framing framing_of(const std::string& padding) {
  const auto known = frontend::parse_padding(padding);
  if (!known) throw Error(ErrorCategory::usage, "--decoder-padding", "log_mel or samples", padding);
  return *known == frontend::Padding::log_mel ? frontend::kReferenceFraming : frontend::Framing{};
}

void require_measurable(const bundle::ImportOptions& options) {
  if (!options.models.empty() && !options.no_decoder) return;
  throw Error(ErrorCategory::usage, "--measure", "a text decoder to measure (--model)", "none");
}

}  // namespace

void add_import(const App& app) {
  App command = app.add_subcommand("import", "Make a bundle of Whisper models, a CTC head, or both");
  auto o = std::make_shared<bundle::ImportOptions>();
  auto provenance = std::make_shared<std::string>();
  auto padding = std::make_shared<std::string>("log_mel");
  auto measure = std::make_shared<std::vector<std::string>>();
  command->add_option(
      "--model", o->models,
      "Whisper: the folder of Hugging Face or of CTranslate2, its weights or their index, OpenAI's .pt, "
      "whisper.cpp's .bin; further ones that share its encoder add their decoders");
  command->add_option("--decoder-name", o->decoder_names,
                      "Name of a model's decoder, once for each; default: as its file");
  command->add_option("--tokenizer", o->tokenizer,
                      "File tokenizer.json, or a folder with one, when the model has none");
  command->add_option(
      "--decoder-padding", *padding,
      "What short windows of the decoders are padded with: log_mel, zeros behind the log-mel of the whole "
      "recording, as openai-whisper does; samples, silence in each window by itself, as Hugging Face and "
      "most heads do (default: log_mel)");
  command->add_flag(
      "--dequantise", o->dequantise,
      "Store blocks of a ggml file (q5_0, …) as the f32 numbers that they stand for, for what cannot take "
      "codes: quantize, export ggml");
  command->add_flag("--no-decoder", o->no_decoder, "Keep the model's encoder alone");
  command->add_option("--encoder", o->encoder,
                      "The same files, of which the encoder alone is taken; without any features come from outside");
  command->add_option("--encoder-config", o->encoder_config,
                      "File config.json of the encoder; default: the one beside the weights");
  command->add_option("--variant", o->variant, "Name of the encoder, for example large-v3");
  command->add_option("--head", o->head, "File with the weights of the CTC head (.safetensors)");
  command->add_option("--vocab", o->vocabulary, "File vocab.json of the head");
  command->add_option("--head-kind", o->head_options.kind,
                      "Kind of the head, when its file does not say: transformer, bilstm or conv-bilstm");
  command->add_option("--head-stride", o->head_options.stride, "By how much the head itself shortens time");
  command->add_option("--head-heads", o->head_options.heads, "How many attention heads a transformer head has");
  command->add_option("--blank", o->head_options.blank, "Class that is the CTC blank");
  command->add_option("--feature-stride", o->head_options.feature_stride,
                      "Every how many-th frame of the encoder the head was trained on");
  command->add_option("--contract", o->contract,
                      "File of the head's feature contract (JSON), when its metadata has none");
  command->add_option("--card", o->card, "File that describes the model, to keep in the bundle");
  command->add_option("--provenance", *provenance,
                      "File that says where the model comes from (JSON), to keep in the bundle");
  command->add_option("--name", o->name, "Name of the bundle")->required();
  command->add_option("--licence", o->licence, "Licence of the weights, for example CC-BY-SA-4.0")->required();
  add_measure_option(command, *measure);
  command->add_option("out", o->out, "Folder to make")->required();
  command->footer(
      "Example: seben import --model whisper-large-v3-turbo --name turbo --licence MIT bundles/turbo\n"
      "Example: seben import --encoder whisper-large-v3 --head head.safetensors --vocab vocab.json "
      "--head-kind transformer --head-stride 4 --head-heads 12 --blank 65 --feature-stride 1 --name my-nko "
      "--licence CC-BY-SA-4.0 bundles/my-nko");
  command->callback([o, provenance, padding, measure] {
    pipeline::Speech speech;
    if (!measure->empty()) {
      require_measurable(*o);
      speech = speech_to_measure_on(*measure);
    }
    o->framing = framing_of(*padding);
    if (!provenance->empty()) o->provenance = base::read_text(*provenance, std::size_t{1} << 20);
    ProgressLine line("importing");
    const std::vector<std::string> notes = bundle::import_bundle(*o, [&](std::uint64_t done, std::uint64_t total) {
      line.update(static_cast<double>(done), static_cast<double>(total));
    });
    line.clear();
    for (const std::string& note : notes) print_err("{}", note);
    if (!measure->empty()) {
      (void)measure_bundle({o->out, 0, false, false, [](const std::string& text) { print_err("{}", text); }}, speech);
    }
    print_out("{}\n", o->out);
  });
}

}  // namespace seben::cli
