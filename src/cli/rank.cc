// SPDX-License-Identifier: Apache-2.0
#include "cli/rank.h"

#include "cli/commands.h"
#include "cli/group_examples.h"

namespace seben::cli {

void add_rank(const App& app) {
  App rank = app.add_subcommand("rank", "Learn from a recogniser's errors: confusions, ranker, language model");
  rank->require_subcommand(1);
  add_rank_rows(*rank);
  add_rank_mine(*rank);
  add_rank_check_text(*rank);
  add_rank_lm(*rank);
  add_rank_fit(*rank);
  show_examples(*rank);
}

}  // namespace seben::cli
