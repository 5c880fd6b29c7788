// SPDX-License-Identifier: Apache-2.0
#include "proofs/chain_diagram.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "report/drawing.h"
#include "report/text.h"

namespace seben::proof {
namespace {

struct Box {
  std::string label, check, tip;
};

constexpr double kBoxWidth = 104.0, kBoxHeight = 34.0, kGap = 18.0, kRowGap = 22.0, kMargin = 4.0;
constexpr std::size_t kPerRow = 4;
const std::string kCross = "\u2717 ";

std::vector<Box> boxes_of(const Proof& p) {
  std::vector<Box> boxes{{"480,000 samples", "audioFixture", p.request.audio}};
  for (std::size_t i = 0; i < p.request.stages.size(); ++i) {
    const std::string& name = p.request.stages[i];
    boxes.push_back({stage_label(name), fmt::format("stage_{:02}_{}", i, name), "stage " + name});
  }
  boxes.push_back({"head", "head", "logits"});
  boxes.push_back({"greedy decode", "greedyDecode", "not blank"});
  boxes.push_back({"candidates", "boundedCandidates", "bounded"});
  boxes.push_back({"ranker", "rankerDecision", "decision"});
  if (p.device) boxes.push_back({"on a device", std::string(kDevice), "the same chain by Core ML"});
  return boxes;
}

bool holds(const Proof& p, const std::string& check) {
  if (check == kDevice) return p.device && p.device->passed();
  const auto good = [&](const GateResult& g) { return g.check != check || g.holds(); };
  return std::ranges::all_of(p.run_gates, good) &&
         std::ranges::all_of(p.modes, [&](const ModeProof& m) { return std::ranges::all_of(m.gates, good); });
}

void arrow(report::Drawing& drawing, report::Place from, report::Place to) {
  drawing.line(from, to, "w");
  drawing.circle(to, 2.5, "f s0");
}

}  // namespace

std::string stage_label(std::string_view stage) {
  const bool is_layer = !stage.empty() && stage.front() >= '0' && stage.front() <= '9';
  if (!is_layer) return std::string(stage);
  return fmt::format("{} {}", stage.find('-') == std::string_view::npos ? "layer" : "layers", stage);
}

report::Svg chain_diagram(const Proof& p) {
  report::Drawing drawing;
  const std::vector<Box> boxes = boxes_of(p);
  const auto place = [](std::size_t i) {
    const std::size_t row = i / kPerRow, column = i % kPerRow;
    return report::Place{kMargin + static_cast<double>(column) * (kBoxWidth + kGap),
                         kMargin + static_cast<double>(row) * (kBoxHeight + kRowGap)};
  };
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const report::Place at = place(i);
    const bool good = holds(p, boxes[i].check);
    drawing.rectangle({at.x, at.y, kBoxWidth, kBoxHeight}, good ? "f s0" : "f base", boxes[i].tip, 0.22);
    drawing.rectangle({at.x, at.y, kBoxWidth, kBoxHeight}, "frame");
    drawing.text({at.x + kBoxWidth / 2.0, at.y + kBoxHeight / 2.0 + 0.35 * report::kSmall},
                 report::shortened(good ? boxes[i].label : kCross + boxes[i].label, kBoxWidth / report::kSmall),
                 {report::kSmall, report::Anchor::middle, "t"});
    if (i + 1 == boxes.size()) break;
    const report::Place next = place(i + 1);
    if (next.y == at.y) {
      arrow(drawing, {at.x + kBoxWidth, at.y + kBoxHeight / 2.0}, {next.x - 2.5, next.y + kBoxHeight / 2.0});
    } else {  // down, back to the left, down
      const double middle = at.y + kBoxHeight + kRowGap / 2.0;
      drawing.polyline({{at.x + kBoxWidth / 2.0, at.y + kBoxHeight},
                        {at.x + kBoxWidth / 2.0, middle},
                        {next.x + kBoxWidth / 2.0, middle}},
                       "l s0");
      arrow(drawing, {next.x + kBoxWidth / 2.0, middle}, {next.x + kBoxWidth / 2.0, next.y - 2.5});
    }
  }
  const std::size_t count = (boxes.size() + kPerRow - 1) / kPerRow;
  const auto rows = static_cast<double>(count);
  return drawing.finish(2.0 * kMargin + static_cast<double>(kPerRow) * (kBoxWidth + kGap) - kGap,
                        2.0 * kMargin + rows * (kBoxHeight + kRowGap) - kRowGap,
                        p.holds ? "The chain, every step of which holds" : "The chain, of which a step does not hold");
}

}  // namespace seben::proof
