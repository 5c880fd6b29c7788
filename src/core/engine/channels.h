// SPDX-License-Identifier: Apache-2.0
// Which channels of a recording are read, and one transcript out of those of several channels.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "seben/transcript.h"

namespace seben::pipeline {

struct ChannelChoice {
  bool split = false;
  int one = 0;  ///< audio::kAllChannels: mixed down
};

/// "mix", "split" or a number from 1 to 64; Error(usage) otherwise.
[[nodiscard]] ChannelChoice parse_channels(const std::string& word);

/// All parts of the transcript say that they are of this channel.
void mark_channel(Transcript& transcript, std::int32_t channel);

/// Marked transcripts of one recording, channel after channel, as one: parts in the order of their beginnings, the
/// lower channel first where these are equal; texts are those of the segments. Never called with none.
[[nodiscard]] Transcript merge_channels(std::vector<Transcript> parts);

}  // namespace seben::pipeline
