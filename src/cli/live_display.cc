// SPDX-License-Identifier: Apache-2.0
#include "cli/live_display.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "cli/output.h"
#include "engine/live_line.h"
#include "engine/stream_json.h"

namespace seben::cli {
namespace {

constexpr const char* kEraseLine = "\r\x1b[K";

std::int64_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

void LiveDisplay::redraw() const {
  write_out(kEraseLine + pipeline::live_line(committed_, provisional_, direction_, terminal_columns()));
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
