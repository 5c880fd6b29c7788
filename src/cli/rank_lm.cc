// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/byte_order_mark.h"
#include "base/counted.h"
#include "base/file.h"
#include "cli/idle_options.h"
#include "cli/output.h"
#include "cli/output_place.h"
#include "cli/rank.h"
#include "fit/kneser_ney.h"
#include "fit/mixture.h"
#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::cli {
namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 30;

struct RankLmFlags {
  std::vector<std::string> texts, held_out;
  std::string output, exclude, mix;
  bool strip_tones = false;
  std::optional<std::size_t> max_bytes;
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

lm::Sentences read_held_out(const std::string& path, bool strip_tones) {
  lm::Sentences out = read_sentences(path, strip_tones);
  if (out.empty()) throw Error(ErrorCategory::bad_data, path, "at least one sentence", "none");
  return out;
}

// Texts of a kind each, without the sentences that the model must not see.
std::vector<lm::Sentences> read_texts(const RankLmFlags& flags) {
  std::set<std::u32string> known;
  if (!flags.exclude.empty()) {
    const auto excluded = read_sentences(flags.exclude, flags.strip_tones);
    known.insert(excluded.begin(), excluded.end());
  }
  std::size_t left_out = 0;
  std::vector<lm::Sentences> out;
  for (const std::string& path : flags.texts) {
    out.push_back(read_sentences(path, flags.strip_tones));
    left_out += std::erase_if(out.back(), [&](const std::u32string& s) { return known.contains(s); });
    if (out.back().empty()) throw Error(ErrorCategory::bad_data, path, "at least one sentence", "none");
  }
  if (!flags.exclude.empty()) print_out("{} left out\n", base::counted(left_out, "sentence"));
  return out;
}

void describe(const lm::Training& training, std::size_t sentences) {
  print_out("{}\n", base::counted(sentences, "sentence"));
  for (std::size_t n = 1; n <= training.discounts.size(); ++n) {
    const lm::Discounts& d = training.discounts[n - 1];
    print_out("order {}: {:>8} n-grams, discounts {:.3f} {:.3f} {:.3f}{}\n", n,
              training.model.size(static_cast<int>(n)), d.value[0], d.value[1], d.value[2],
              d.estimated ? "" : " (too few to estimate)");
  }
}

lm::Training fit_to_size(const RankLmFlags& flags, const lm::Training& model, const std::vector<lm::Sentences>& texts,
                         const std::vector<double>& weights) {
  if (!flags.max_bytes) return model;
  std::vector<lm::WeightedText> weighted;
  for (std::size_t k = 0; k < texts.size(); ++k) weighted.push_back({&texts[k], weights[k]});
  return lm::prune(model, weighted, *flags.max_bytes);
}

void print_pruned(const RankLmFlags& flags, const lm::Training& before, const lm::Training& after) {
  if (!flags.max_bytes) return;
  for (int n = 1; n <= after.model.order(); ++n) {
    print_out("pruned: {:>8} of {} n-grams of order {}\n", after.model.size(n), before.model.size(n), n);
  }
}

void train_one(const RankLmFlags& flags) {
  const std::vector<lm::Sentences> texts = read_texts(flags);
  std::vector<lm::Sentences> held_out;
  for (const std::string& path : flags.held_out) held_out.push_back(read_held_out(path, flags.strip_tones));
  const lm::Training training = lm::train(texts[0], flags.options);
  const lm::Training written = fit_to_size(flags, training, texts, {1.0});
  base::write_text(flags.output, written.model.to_arpa());
  describe(training, texts[0].size());
  print_pruned(flags, training, written);
  for (const lm::Sentences& held : held_out) {
    for (int n = 1; n <= flags.options.order; ++n) {
      lm::TrainOptions shorter = flags.options;
      shorter.order = n;
      const bool whole = n == flags.options.order;
      print_out("order {}: perplexity {:.3f} a character on {} held-out sentences\n", n,
                lm::perplexity(whole ? written.model : lm::train(texts[0], shorter).model, held), held.size());
    }
  }
}

void print_perplexities(const RankLmFlags& flags, const std::vector<lm::Training>& models,
                        const std::vector<double>& weights, const lm::Training& written) {
  for (const std::string& path : flags.held_out) {
    const lm::Sentences held = read_held_out(path, flags.strip_tones);
    print_out("{}: {}, perplexity a character\n", path, base::counted(held.size(), "sentence"));
    for (std::size_t k = 0; k < models.size(); ++k) {
      print_out("  {:.3f} {}\n", lm::perplexity(models[k].model, held), flags.texts[k]);
    }
    print_out("  {:.3f} mixture\n  {:.3f} the model written\n", lm::mixture_perplexity(models, weights, held),
              lm::perplexity(written.model, held));
  }
}

void train_mixture(RankLmFlags flags) {
  const std::vector<lm::Sentences> texts = read_texts(flags);
  const lm::Sentences tuning = read_held_out(flags.mix, flags.strip_tones);
  std::set<char32_t> alphabet;
  for (const lm::Sentences& text : texts) {
    for (const std::u32string& s : text) alphabet.insert(s.begin(), s.end());
  }
  flags.options.alphabet.assign(alphabet.begin(), alphabet.end());
  std::vector<lm::Training> models;
  for (const lm::Sentences& text : texts) models.push_back(lm::train(text, flags.options));
  const std::vector<double> weights = lm::mixture_weights(models, tuning);
  const lm::Training mixed = lm::mix(models, weights);
  const lm::Training written = fit_to_size(flags, mixed, texts, weights);
  base::write_text(flags.output, written.model.to_arpa());
  for (std::size_t k = 0; k < models.size(); ++k) {
    print_out("{}: ", flags.texts[k]);
    describe(models[k], texts[k].size());
  }
  for (std::size_t k = 0; k < models.size(); ++k) print_out("weight {:.4f} {}\n", weights[k], flags.texts[k]);
  print_pruned(flags, mixed, written);
  print_perplexities(flags, models, weights, written);
}

void train(const App& command, const RankLmFlags& flags) {
  require_output("--output", flags.output);
  if (flags.texts.size() == 1) {
    refuse_idle(command, {"--mix"}, "several texts, each of a kind", "one");
    return train_one(flags);
  }
  if (flags.mix.empty()) {
    throw Error(ErrorCategory::usage, "--mix", "held-out text to weigh several texts by", "none");
  }
  train_mixture(flags);
}

}  // namespace

void add_rank_lm(const App& rank) {
  App command = rank.add_subcommand("lm", "Train a character language model: modified Kneser-Ney, ARPA");
  auto flags = std::make_shared<RankLmFlags>();
  command
      ->add_option("texts", flags->texts,
                   "File of text, a sentence a line; several: one model of their mixture (--mix)")
      ->required();
  command->add_option("-o,--output", flags->output, "File for the model (ARPA)")->required();
  command->add_option("--order", flags->options.order, "How many characters the longest n-gram has")
      ->capture_default_str();
  command->add_option("--min-count", flags->options.min_count, "Leave out rarer n-grams of order 3 and above")
      ->capture_default_str()
      ->positive();
  command->add_flag("--strip-tones", flags->strip_tones, "Leave tone marks out, for heads that write none");
  command->add_option("--exclude", flags->exclude, "File of text whose sentences the model must not see");
  command->add_option("--mix", flags->mix,
                      "File of text that the mixture of several texts is to make most probable; no sentence of them");
  command->add_option("--max-bytes", flags->max_bytes,
                      "Leave out the n-grams that matter least, until the file has at most so many bytes");
  command->add_option("--held-out", flags->held_out, "File of text to measure perplexity on; once for each");
  command->footer("Example: seben rank lm sentences.txt -o nko.arpa --order 5 --strip-tones");
  command->callback([flags, command] { train(*command, *flags); });
}

}  // namespace seben::cli
