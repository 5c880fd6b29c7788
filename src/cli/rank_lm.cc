// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/byte_order_mark.h"
#include "base/counted.h"
#include "base/file.h"
#include "cli/output.h"
#include "cli/output_place.h"
#include "cli/rank.h"
#include "fit/kneser_ney.h"
#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::cli {
namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 30;

struct Flags {
  std::string text, output, held_out, exclude;
  bool strip_tones = false;
  lm::TrainOptions options;
};

std::vector<std::u32string> read_sentences(const std::string& path, bool strip_tones) {
  const std::string file = base::read_text(path, kMaxText);
  const std::string_view text = base::without_byte_order_mark(file);
  std::vector<std::u32string> out;
  std::size_t number = 0;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find('\n', from), text.size());
    const std::string where = fmt::format("{}: line {}", path, ++number);
    const std::string line = nko::normalise(text.substr(from, to - from), where, {strip_tones});
    if (!line.empty()) out.push_back(nko::decode_utf8(line, where));
    from = to + 1;
  }
  return out;
}

void train(const Flags& flags) {
  require_output("--output", flags.output);
  auto sentences = read_sentences(flags.text, flags.strip_tones);
  if (!flags.exclude.empty()) {
    const auto excluded = read_sentences(flags.exclude, flags.strip_tones);
    const std::set<std::u32string> known(excluded.begin(), excluded.end());
    const auto left_out = std::erase_if(sentences, [&](const std::u32string& s) { return known.contains(s); });
    print_out("{} left out\n", base::counted(left_out, "sentence"));
  }
  const auto held_out =
      flags.held_out.empty() ? std::vector<std::u32string>() : read_sentences(flags.held_out, flags.strip_tones);
  if (!flags.held_out.empty() && held_out.empty()) {
    throw Error(ErrorCategory::bad_data, flags.held_out, "at least one sentence", "none");
  }
  const lm::Training training = lm::train(sentences, flags.options);
  base::write_text(flags.output, training.model.to_arpa());
  print_out("{}\n", base::counted(sentences.size(), "sentence"));
  for (int n = 1; n <= flags.options.order; ++n) {
    const lm::Discounts& d = training.discounts[static_cast<std::size_t>(n - 1)];
    print_out("order {}: {:>8} n-grams, discounts {:.3f} {:.3f} {:.3f}{}\n", n, training.model.size(n), d.value[0],
              d.value[1], d.value[2], d.estimated ? "" : " (too few to estimate)");
  }
  if (held_out.empty()) return;
  for (int n = 1; n <= flags.options.order; ++n) {
    lm::TrainOptions shorter = flags.options;
    shorter.order = n;
    print_out("order {}: perplexity {:.3f} a character on {} held-out sentences\n", n,
              lm::perplexity(n == flags.options.order ? training.model : lm::train(sentences, shorter).model, held_out),
              held_out.size());
  }
}

}  // namespace

void add_rank_lm(const App& rank) {
  App command = rank.add_subcommand("lm", "Train a character language model: modified Kneser-Ney, ARPA");
  auto flags = std::make_shared<Flags>();
  command->add_option("text", flags->text, "File of text, a sentence a line")->required();
  command->add_option("-o,--output", flags->output, "File for the model (ARPA)")->required();
  command->add_option("--order", flags->options.order, "How many characters the longest n-gram has")
      ->capture_default_str();
  command->add_option("--min-count", flags->options.min_count, "Leave out rarer n-grams of order 3 and above")
      ->capture_default_str()
      ->positive();
  command->add_flag("--strip-tones", flags->strip_tones, "Leave tone marks out, for heads that write none");
  command->add_option("--exclude", flags->exclude, "File of text whose sentences the model must not see");
  command->add_option("--held-out", flags->held_out, "File of text to measure the perplexity of every order on");
  command->footer("Example: seben rank lm sentences.txt -o nko.arpa --order 5 --strip-tones");
  command->callback([flags] { train(*flags); });
}

}  // namespace seben::cli
