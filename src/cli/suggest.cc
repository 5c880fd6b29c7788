// SPDX-License-Identifier: Apache-2.0
#include "cli/suggest.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

namespace seben::cli {
namespace {

// Letters that were changed, left out, put in, or exchanged with their neighbour.
std::size_t mistakes(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      const bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (exchanged) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

const CLI::App& chosen(const CLI::App& app) {
  const auto inner = app.get_subcommands();
  return inner.empty() ? app : chosen(*inner.front());
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// Words that nobody took, and those that a command takes for a file because it is none of its subcommands.
std::vector<std::string> doubtful_words(const CLI::App& app) {
  std::vector<std::string> words = app.remaining();
  if (commands_of(app).empty()) return words;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    for (const std::string& word : option->results()) {
      std::error_code none;
      if (!std::filesystem::exists(word, none)) words.insert(words.begin(), word);
    }
  }
  return words;
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& names) {
  constexpr std::size_t kLeastPrefix = 3;
  std::vector<std::string> longer;
  std::ranges::copy_if(names, std::back_inserter(longer), [&](const std::string& n) { return n.starts_with(word); });
  if (longer.size() == 1 && word.size() >= kLeastPrefix) return longer.front();
  if (longer.size() == 2 && word.size() > kLeastPrefix) return longer.front() + " or " + longer.back();
  std::string best;
  std::size_t fewest = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& name : names) {
    const std::size_t found = mistakes(word, name);
    if (found >= fewest || found == name.size()) continue;
    fewest = found;
    best = name;
  }
  return best;
}

std::string did_you_mean(const CLI::App& app) {
  const CLI::App& command = chosen(app);
  for (const std::string& word : doubtful_words(command)) {
    const bool option = word.starts_with("--");
    const std::string meant =
        nearest(word.substr(0, word.find('=')), option ? options_of(command) : commands_of(command));
    if (!meant.empty()) return "; did you mean " + meant + "?";
  }
  return {};
}

}  // namespace seben::cli
