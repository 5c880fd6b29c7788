// SPDX-License-Identifier: Apache-2.0
#include "import/import.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/printable.h"
#include "cli/progress_line.h"

namespace seben::cli {

void add_import(CLI::App& app) {
  CLI::App* command = app.add_subcommand("import", "Make a bundle of Whisper models, a CTC head, or both");
  auto o = std::make_shared<bundle::ImportOptions>();
  auto provenance = std::make_shared<std::string>();
  command
      ->add_option("--model", o->models,
                   "Whisper: Hugging Face's folder, its weights or their index, OpenAI's .pt, whisper.cpp's .bin; "
                   "further ones that share its encoder add their decoders")
      ->allow_extra_args(false);
  command->add_option("--decoder-name", o->decoder_names, "What to call a model's decoder; default: as its file")
      ->allow_extra_args(false);
  command->add_option("--tokenizer", o->tokenizer, "tokenizer.json or a folder of one, when the model has none");
  command->add_flag("--no-decoder", o->no_decoder, "Keep the model's encoder alone");
  command->add_option("--encoder", o->encoder,
                      "The same files, of which the encoder alone is taken; without any features come from outside");
  command->add_option("--encoder-config", o->encoder_config, "Its config.json; default: beside the weights");
  command->add_option("--variant", o->variant, "The encoder's name, for example large-v3");
  command->add_option("--head", o->head, "State dict of the CTC head (.safetensors)");
  command->add_option("--vocab", o->vocabulary, "The head's vocab.json");
  command->add_option("--head-kind", o->head_options.kind, "transformer or bilstm, when the file does not say");
  command->add_option("--head-stride", o->head_options.stride, "By how much the head shortens time itself");
  command->add_option("--head-heads", o->head_options.heads, "Attention heads of a transformer head");
  command->add_option("--blank", o->head_options.blank, "Class of the CTC blank");
  command->add_option("--feature-stride", o->head_options.feature_stride,
                      "The head was trained on every how many-th encoder frame");
  command->add_option("--contract", o->contract,
                      "The head's feature contract as JSON file, when its metadata has none");
  command->add_option("--card", o->card, "Description to keep in the bundle");
  command->add_option("--provenance", *provenance, "JSON file to keep in the bundle");
  command->add_option("--name", o->name, "Name of the bundle")->required();
  command->add_option("--licence", o->licence, "Licence of the weights, for example CC-BY-SA-4.0")->required();
  command->add_option("out", o->out, "Folder to make")->required();
  command->footer(
      "Example: seben import --model whisper-large-v3-turbo --name turbo --licence MIT bundles/turbo\n"
      "Example: seben import --encoder whisper-large-v3 --head head.safetensors --vocab vocab.json "
      "--head-kind transformer --head-stride 4 --head-heads 12 --blank 65 --feature-stride 1 --name my-nko "
      "--licence CC-BY-SA-4.0 bundles/my-nko");
  command->callback([o, provenance] {
    if (!provenance->empty()) o->provenance = base::read_text(*provenance, std::size_t{1} << 20);
    ProgressLine line("importing");
    const std::vector<std::string> notes = bundle::import_bundle(*o, [&](std::uint64_t done, std::uint64_t total) {
      line.update(static_cast<double>(done), static_cast<double>(total));
    });
    line.clear();
    for (const std::string& note : notes) fmt::print(stderr, "{}\n", printable(note));
    fmt::print("{}\n", o->out);
  });
}

}  // namespace seben::cli
