// SPDX-License-Identifier: Apache-2.0
// A program as a drawing: operations from top to bottom, values as lines, a repeated stretch (the layers of an encoder)
// drawn once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mil/program.h"
#include "report/plots.h"

namespace seben::coreml {

/// A stretch of operations that comes `times` times in a row.
struct Repeat {
  std::size_t first = 0, length = 0;
  std::int64_t times = 1;
};

/// The repeat that covers most of the operations' types; times 1 when nothing repeats. Parameters do not count.
[[nodiscard]] Repeat find_repeat(const std::vector<std::string>& types);

/// Parameters are left out; each box shows the operator, its name and the type of its first result.
[[nodiscard]] report::Svg draw_graph(const mil::Function& function);
/// The drawing with a legend, as one page.
void write_graph_html(const mil::Function& function, const std::string& title, const std::string& path);

}  // namespace seben::coreml
