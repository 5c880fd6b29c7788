// SPDX-License-Identifier: Apache-2.0
#include "cli/layout_flags.h"

#include <cmath>
#include <string>

#include "base/format.h"
#include "cli/idle_options.h"
#include "seben/error.h"

namespace seben::cli {

void add_layout_flags(const App& command, pipeline::Layout& layout) {
  command
      .add_option("--max-line-width", layout.limits.line_width,
                  "How many columns a line of txt, srt or vtt may have; a wide letter takes two")
      ->group(kLayoutGroup);
  command
      .add_option("--max-line-count", layout.limits.line_count,
                  "How many lines a cue of srt or vtt may have; cues then flow from segment to segment")
      ->group(kLayoutGroup);
  command.add_option("--max-segment-seconds", layout.limits.seconds, "How many seconds a cue of srt or vtt may last")
      ->group(kLayoutGroup);
  command
      .add_flag("--rtl-marks", layout.rtl_marks,
                "Mark lines with letters from right to left, for players that lay them out from left to right")
      ->group(kLayoutGroup);
}

void add_script_flag(const App& command, pipeline::Layout& layout) {
  command
      .add_option_function(
          "--script", [&layout](const std::string& word) { layout.script = *pipeline::parse_script(word); },
          "Which letters the head's text is written in: nko (default), latin, or both; seben transliterate has the "
          "rules")
      ->one_of({"nko", "latin", "both"})
      .group(kLayoutGroup);
}

void refuse_idle_layout(const App& command, const pipeline::Layout& layout, pipeline::Format format) {
  const bool cues = format == pipeline::Format::srt || format == pipeline::Format::vtt;
  const std::string found = "--format " + std::string(pipeline::to_string(format));
  if (!cues) refuse_idle(command, {"--max-line-count", "--max-segment-seconds"}, "--format srt or vtt", found);
  if (!cues && format != pipeline::Format::txt) {
    refuse_idle(command, {"--max-line-width", "--rtl-marks"}, "--format txt, srt or vtt", found);
  }
  const auto require = [](const char* flag, bool possible, const std::string& given) {
    if (!possible) throw Error(ErrorCategory::usage, flag, "a number above 0", given);
  };
  const pipeline::CueLimits& limits = layout.limits;
  if (limits.line_width) require("--max-line-width", *limits.line_width > 0, std::to_string(*limits.line_width));
  if (limits.line_count) require("--max-line-count", *limits.line_count > 0, std::to_string(*limits.line_count));
  if (limits.seconds) {
    require("--max-segment-seconds", *limits.seconds > 0.0 && std::isfinite(*limits.seconds),
            base::format("{}", *limits.seconds));
  }
  if (!limits.line_width) refuse_idle(command, {"--max-line-count"}, "--max-line-width", "none");
}

}  // namespace seben::cli
