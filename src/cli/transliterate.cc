// SPDX-License-Identifier: Apache-2.0
#include "seben/transliterate.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_order_mark.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "cli/commands.h"
#include "cli/line_reader.h"
#include "cli/output.h"
#include "cli/output_place.h"

namespace seben::cli {
namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;

struct TransliterateFlags {
  std::string script, output;
  std::vector<std::string> files, texts;
};

class LetterOutput {
 public:
  explicit LetterOutput(const std::string& path) {
    if (!path.empty()) file_.emplace(path);
  }
  void write(const std::string& line) {
    if (file_) return file_->write(line + "\n");
    write_document(line + "\n");
    flush_out("the text");  // line by line, for whoever types them
  }
  void commit() {
    if (file_) file_->commit();
  }

 private:
  std::optional<base::AtomicFile> file_;
};

void transliterate_lines(LineReader& lines, Script script, LetterOutput& output) {
  for (std::string line; lines.next(line, kMaxTextBytes);) {
    base::throw_if_interrupted();
    const std::string_view text = lines.number() == 1 ? base::without_byte_order_mark(line) : line;
    output.write(transliterate(text, script, lines.where()));
  }
}

void transliterate_all(const TransliterateFlags& flags) {
  if (!flags.texts.empty() && !flags.files.empty()) {
    throw Error(ErrorCategory::usage, "transliterate", "files or --text", "both");
  }
  const Inputs inputs(flags.files, "text");
  if (!flags.output.empty()) {
    for (const std::string& file : flags.files) inputs.refuse(flags.output, file);
    base::require_writable(flags.output);
  }
  const Script script = flags.script == "nko" ? Script::nko : Script::latin;
  LetterOutput output(flags.output);
  for (const std::string& text : flags.texts) output.write(transliterate(text, script, "--text"));
  std::vector<std::string> files = flags.files;
  if (files.empty() && flags.texts.empty()) files.emplace_back("-");
  for (const std::string& file : files) {
    LineReader lines(file, "a file of text");
    transliterate_lines(lines, script, output);
  }
  output.commit();
}

}  // namespace

void add_transliterate(const App& app) {
  App command = app.add_subcommand("transliterate", "Write N'Ko in Latin letters, or Bambara in Latin letters in N'Ko");
  auto flags = std::make_shared<TransliterateFlags>();
  command->add_option("script", flags->script, "The letters to write: nko or latin")
      ->required()
      .one_of({"nko", "latin"});
  command->add_option("files", flags->files, "Files of text, line by line; - or nothing: standard input");
  command->add_option("--text", flags->texts, "A text instead of files; once for each");
  command->add_option("-o,--output", flags->output, "File that the result goes to; - or nothing: standard output");
  command->footer("Example: seben transliterate nko --text 'i ni ce'");
  command->callback([flags] {
    if (flags->output == "-") flags->output.clear();
    transliterate_all(*flags);
  });
}

}  // namespace seben::cli
