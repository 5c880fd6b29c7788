// SPDX-License-Identifier: Apache-2.0
#include "cli/live_display.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/printable.h"
#include "cli/output.h"
#include "engine/stream_json.h"
#include "text/nko/utf8.h"

namespace seben::cli {
namespace {

constexpr const char* kEraseLine = "\r\x1b[K";

std::int64_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// As many words from the end as fit; `columns` becomes what is left.
std::string last_words(const std::string& text, std::int64_t& columns) {
  const std::vector<std::string> words = words_of(text);
  std::string out;
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    const std::int64_t width = nko::columns(*word) + 1;
    if (width > columns) {
      columns = 0;
      break;
    }
    columns -= width;
    out = out.empty() ? *word : *word + " " + out;
  }
  return out;
}

}  // namespace

std::string live_line(const std::string& committed, const std::string& provisional, pipeline::Direction direction,
                      std::int64_t columns) {
  std::int64_t left = std::max<std::int64_t>(columns - 1, 0);
  const std::string open = last_words(base::printable(provisional), left);
  std::string line = last_words(base::printable(committed), left);
  if (!open.empty()) line += (line.empty() ? "\x1b[2m" : " \x1b[2m") + open + "\x1b[22m";
  return (direction == pipeline::Direction::nko ? "\xE2\x81\xA7" : "\xE2\x81\xA8") + line + "\xE2\x81\xA9";
}

void LiveDisplay::redraw() const {
  write_out(kEraseLine + live_line(committed_, provisional_, direction_, terminal_columns()));
}

void LiveDisplay::show(const StreamEvent& event) {
  if (form_ == LiveForm::json) {
    write_json(pipeline::to_json(event).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return flush_out("the text");
  }
  using Kind = StreamEvent::Kind;
  switch (event.kind) {
    case Kind::speech_start:
      committed_.clear();
      provisional_.clear();
      return;
    case Kind::speech_end: return;
    case Kind::partial: provisional_ = event.text; break;
    case Kind::commit:
      committed_ += (committed_.empty() ? "" : " ") + event.text;
      provisional_.clear();  // what is left of it comes next
      break;
    case Kind::final_text:
      if (form_ == LiveForm::terminal) write_out(kEraseLine);
      if (!event.text.empty() && form_ == LiveForm::terminal) {
        write_out(pipeline::for_terminal(base::printable(event.text), direction_) + "\n");
      } else if (!event.text.empty()) {
        write_out(base::printable(event.text) + "\n");
      }
      return flush_out("the text");
  }
  if (form_ == LiveForm::terminal) redraw();
}

}  // namespace seben::cli
