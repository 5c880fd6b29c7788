// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/byte_order_mark.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "bundle/bundle.h"
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/failures.h"
#include "cli/line_reader.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "engine/writers.h"
#include "fit/rows.h"
#include "seben/corrector.h"

namespace seben::cli {
namespace {

constexpr std::size_t kMaxTextLine = std::size_t{16} << 20;

struct CorrectFlags {
  std::string bundle, model, hypothesis, logits, log_probs, rows, output;
  CorrectorOptions options;
  std::int64_t max_edits = 0;
  bool json = false;
  bool explain = false;
};

class Output {
 public:
  explicit Output(const CorrectFlags& flags) : flags_(flags) {
    if (!flags.output.empty() && flags.output != "-") file_.emplace(flags.output);
  }
  void write(const std::string& id, const CorrectedText& result) {
    const std::string line = flags_.json ? to_json(id, result).dump() + "\n" : result.text + "\n";
    if (file_) {
      file_->write(line);
    } else {
      flags_.json ? write_json(line) : write_document(line);
      flush_out("the text");
    }
    if (flags_.explain) explain(id, result.corrections);
  }
  void commit() {
    if (file_) file_->commit();
  }

 private:
  static nlohmann::json to_json(const std::string& id, const CorrectedText& result) {
    nlohmann::json json = pipeline::to_json(result.corrections);
    json["id"] = id;
    json["text"] = result.text;
    json["decision"] = result.corrections.edits.empty() ? "COPY" : "EDIT";
    return json;
  }
  const CorrectFlags& flags_;
  std::optional<base::AtomicFile> file_;
};

CorrectedText correct_row(const Corrector& corrector, const correction::Row& row) {
  const auto log_probs = correction::read_log_probs(row, corrector.bundle().internal().vocabulary());
  return corrector.correct(row.hypothesis, log_probs.values);
}

// One bad line does not stop the others; the exit code tells.
int correct_rows(const Corrector& corrector, const std::string& path, Output& output) {
  LineReader lines(path, "rows");
  const std::string folder = path == "-" ? "" : std::filesystem::path(path).parent_path().string();
  int exit_code = 0;
  for (std::string line; lines.next(line, kMaxTextLine);) {
    base::throw_if_interrupted();
    if (line.empty()) continue;
    try {
      const auto row = correction::parse_row(line, lines.where(), folder);
      output.write(row.id, correct_row(corrector, row));
    } catch (const Error& error) {
      if (error.category() == ErrorCategory::io) throw;
      const std::string where = lines.where() + ":", what = error.what();
      print_err("seben: {}{}", what.starts_with(where) ? "" : where + " ", what);
      if (exit_code == 0) exit_code = static_cast<int>(error.category());
    }
  }
  return exit_code;
}

void check(const CorrectFlags& flags) {
  const bool alone = !flags.hypothesis.empty() || !flags.logits.empty() || !flags.log_probs.empty();
  if (alone == !flags.rows.empty()) {
    throw Error(ErrorCategory::usage, "correct", "either --rows, or --hyp with --logits or --log-probs",
                alone ? "both" : "neither");
  }
  if (alone && (flags.hypothesis.empty() || flags.logits.empty() == flags.log_probs.empty())) {
    throw Error(ErrorCategory::usage, "correct", "--hyp with one of --logits and --log-probs", "another combination");
  }
}

void correct(CorrectFlags flags) {
  check(flags);
  if (flags.max_edits != 0) flags.options.max_edits = flags.max_edits;
  const Corrector corrector(Bundle::open(flags.bundle), flags.options);
  Output output(flags);
  int exit_code = 0;
  if (flags.rows.empty()) {
    correction::Row row;
    row.id = row.where = flags.hypothesis;
    row.hypothesis = base::without_byte_order_mark(base::read_text(flags.hypothesis, std::size_t{1} << 20));
    row.logits = !flags.logits.empty();
    row.frames = row.logits ? flags.logits : flags.log_probs;
    output.write(row.id, correct_row(corrector, row));
  } else {
    exit_code = correct_rows(corrector, flags.rows, output);
  }
  output.commit();
  if (exit_code != 0) throw Failed(exit_code);
}

}  // namespace

void add_correct(const App& app) {
  App command = app.add_subcommand("correct", "Correct texts from the log-probabilities that they were read from");
  auto flags = std::make_shared<CorrectFlags>();
  add_model_choice(*command, flags->bundle, flags->model, "Folder of the model whose head wrote the texts");
  command->add_option("--rows", flags->rows,
                      "File of JSON lines with id, hypothesis, log_probs or logits; - is standard input");
  command->add_option("--hyp", flags->hypothesis, "File with one text");
  command->add_option("--logits", flags->logits, "File of that text's logits, .npy [frames, classes]");
  command->add_option("--log-probs", flags->log_probs, "File of its log-probabilities instead");
  command->add_option("--ranker", flags->options.ranker, "Correct by this ranker.json instead of the bundle's");
  command->add_option("--lm", flags->options.language_model, "Language model (ARPA) that the ranker was fitted with");
  command->add_option("-m,--mode", flags->options.mode,
                      "How boldly texts are corrected: aggressive, balanced (default), conservative or preservation");
  command->add_option("--max-edits", flags->max_edits, "How many edits a text may get; default: the ranker's limit");
  command->add_option("-o,--output", flags->output, "File that the result goes to; - or nothing: standard output");
  command->add_flag("--json", flags->json, "Print JSON lines with every edit, its probability and reasons");
  command->add_flag("--explain", flags->explain, "Say every edit and why on standard error");
  command->footer("Example: seben correct --bundle bundles/demo-nko --rows rows/rows.jsonl --mode conservative");
  command->callback([flags] {
    flags->bundle = choose_model(flags->bundle, flags->model);
    correct(*flags);
  });
}

}  // namespace seben::cli
