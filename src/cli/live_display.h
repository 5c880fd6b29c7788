// SPDX-License-Identifier: Apache-2.0
// What `seben listen` shows of a stream's events: on a terminal one line that lives until its utterance is final,
// elsewhere a line for each utterance; as JSON a line for each event.
#pragma once

#include <cstdint>
#include <string>

#include "engine/writers.h"
#include "seben/stream.h"

namespace seben::cli {

enum class LiveForm : std::uint8_t { terminal, lines, json };

class LiveDisplay {
 public:
  LiveDisplay(LiveForm form, pipeline::Direction direction) : form_(form), direction_(direction) {}

  /// Error(io) when standard output does not take it.
  void show(const StreamEvent& event);

 private:
  void redraw() const;

  LiveForm form_;
  pipeline::Direction direction_;
  std::string committed_, provisional_;
};

}  // namespace seben::cli
