// SPDX-License-Identifier: Apache-2.0
#include "package/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "package/value_table.h"
#include "report/drawing.h"
#include "report/html.h"

namespace seben::coreml {
namespace {

constexpr double kWidth = 168.0, kHeight = 44.0, kGapX = 18.0, kGapY = 30.0, kMargin = 24.0, kFrame = 12.0, kLane = 9.0;
constexpr std::size_t kMostNodes = 600;

struct Node {
  const mil::Operation* op = nullptr;
  std::size_t rank = 0;
  double x = 0.0, y = 0.0;
  std::vector<std::size_t> sources;
};

std::string_view family(std::string_view type) {
  const auto among = [type](std::initializer_list<std::string_view> list) {
    return std::ranges::find(list, type) != list.end();
  };
  if (among({"linear", "conv", "matmul", "einsum", "scaled_dot_product_attention", "lstm"})) return "s0 f";
  if (among({"softmax", "layer_norm", "reduce_mean", "reduce_sum", "reduce_max", "reduce_argmax"})) return "s1 f";
  if (among({"transpose", "reshape", "expand_dims", "squeeze", "split", "concat", "stack", "slice_by_index",
             "slice_by_size", "slice_update", "gather", "shape", "identity"})) {
    return "s2 f";
  }
  if (among({"cast", "read_state", "write_state"})) return "s4 f";
  return "s3 f";
}

std::vector<const mil::Operation*> working(const mil::Function& function) {
  std::vector<const mil::Operation*> ops;
  for (const mil::Operation& op : function.operations) {
    if (!is_parameter(op)) ops.push_back(&op);
  }
  return ops;
}

std::string shortened(const std::string& text, std::size_t most) {
  return text.size() > most ? text.substr(0, most - 1) + "…" : text;
}

class Picture {
 public:
  explicit Picture(const mil::Function& function) : values_(function) {
    const std::vector<const mil::Operation*> ops = working(function);
    std::vector<std::string> types;
    types.reserve(ops.size());
    for (const mil::Operation* op : ops) types.push_back(op->type);
    repeat_ = find_repeat(types);
    choose(ops);
    connect();
    place();
  }

  report::Svg draw() {
    report::Drawing d;
    frame(d);
    for (const Node& node : nodes_) {
      for (const std::size_t s : node.sources) edge(d, nodes_[s], node, lane_of_.find({s, index_of(node)}));
    }
    for (const Node& node : nodes_) box(d, node);
    return d.finish(width_, height_, "graph of the program", true);
  }

  [[nodiscard]] const Repeat& repeat() const noexcept { return repeat_; }
  [[nodiscard]] bool cut() const noexcept { return cut_; }

 private:
  // The repeated stretch stands once; what its later copies make is shown as made by the first.
  void choose(const std::vector<const mil::Operation*>& ops) {
    const std::size_t skipped_from = repeat_.first + repeat_.length;
    const std::size_t skipped_to = repeat_.first + repeat_.length * static_cast<std::size_t>(repeat_.times);
    std::map<std::size_t, std::size_t> kept;
    for (std::size_t i = 0; i < ops.size() && nodes_.size() < kMostNodes; ++i) {
      std::size_t stands_for = i;
      if (i >= skipped_from && i < skipped_to) {
        stands_for = repeat_.first + (i - repeat_.first) % repeat_.length;
      } else {
        kept[i] = nodes_.size();
        Node node;
        node.op = ops[i];
        nodes_.push_back(std::move(node));
      }
      for (const mil::NamedType& out : ops[i]->outputs) made_by_[out.name] = kept.at(stands_for);
    }
    cut_ = nodes_.size() == kMostNodes;
  }

  void connect() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      std::set<std::size_t> sources;
      for (const std::string& name : values_.reads(*nodes_[i].op)) {
        const auto it = made_by_.find(name);
        if (it != made_by_.end() && it->second < i) sources.insert(it->second);
      }
      nodes_[i].sources.assign(sources.begin(), sources.end());
      for (const std::size_t s : sources) nodes_[i].rank = std::max(nodes_[i].rank, nodes_[s].rank + 1);
    }
  }

  [[nodiscard]] std::size_t index_of(const Node& node) const { return static_cast<std::size_t>(&node - nodes_.data()); }

  // Lines over several rows run left of all boxes, each in a lane that is free between its ends.
  void assign_lanes() {
    std::vector<std::size_t> busy_until;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      for (const std::size_t s : nodes_[i].sources) {
        if (nodes_[i].rank == nodes_[s].rank + 1) continue;
        std::size_t lane = 0;
        while (lane < busy_until.size() && busy_until[lane] > nodes_[s].rank) ++lane;
        if (lane == busy_until.size()) busy_until.push_back(0);
        busy_until[lane] = nodes_[i].rank;
        lane_of_[{s, i}] = lane;
      }
    }
    lanes_ = busy_until.size();
  }

  void place() {
    assign_lanes();
    std::map<std::size_t, std::vector<std::size_t>> ranks;
    for (std::size_t i = 0; i < nodes_.size(); ++i) ranks[nodes_[i].rank].push_back(i);
    std::size_t widest = 1;
    for (const auto& [rank, members] : ranks) widest = std::max(widest, members.size());
    width_ = 2 * (kMargin + kFrame) + static_cast<double>(widest) * (kWidth + kGapX) - kGapX + 60.0 +
             2 * kLane * static_cast<double>(lanes_);
    double y = kMargin + kFrame;
    for (auto& [rank, members] : ranks) {
      std::ranges::stable_sort(members, {}, [this](std::size_t i) { return centre_of_sources(i); });
      const double total = static_cast<double>(members.size()) * (kWidth + kGapX) - kGapX;
      double x = (width_ - total) / 2.0;
      for (const std::size_t i : members) {
        nodes_[i].x = x;
        nodes_[i].y = y;
        x += kWidth + kGapX;
      }
      y += kHeight + kGapY;
    }
    height_ = y + kMargin;
    left_ = width_;
    for (const Node& node : nodes_) left_ = std::min(left_, node.x);
  }

  double centre_of_sources(std::size_t i) const {
    double sum = 0.0;
    for (const std::size_t s : nodes_[i].sources) sum += nodes_[s].x;
    return nodes_[i].sources.empty() ? 0.0 : sum / static_cast<double>(nodes_[i].sources.size());
  }

  void frame(report::Drawing& d) const {
    if (repeat_.times < 2) return;
    double left = width_, right = 0.0, top = height_, bottom = 0.0;
    for (std::size_t i = repeat_.first; i < std::min(nodes_.size(), repeat_.first + repeat_.length); ++i) {
      left = std::min(left, nodes_[i].x);
      right = std::max(right, nodes_[i].x + kWidth);
      top = std::min(top, nodes_[i].y);
      bottom = std::max(bottom, nodes_[i].y + kHeight);
    }
    d.rectangle({left - kFrame, top - kFrame, right - left + 2 * kFrame, bottom - top + 2 * kFrame}, "s5 f", "", 0.10);
    d.text({right + kFrame + 6.0, (top + bottom) / 2.0}, fmt::format("{} times", repeat_.times), {});
  }

  using Lanes = std::map<std::pair<std::size_t, std::size_t>, std::size_t>;

  void edge(report::Drawing& d, const Node& from, const Node& to, Lanes::const_iterator lane) const {
    const double x1 = from.x + kWidth / 2.0, y1 = from.y + kHeight, x2 = to.x + kWidth / 2.0, y2 = to.y;
    std::vector<report::Place> path{{x1, y1}};
    if (lane != lane_of_.end()) {
      const double side = left_ - kFrame - kLane * (1.0 + static_cast<double>(lane->second));
      const double shift = 2.0 * static_cast<double>(lane->second % 3);  // keeps neighbours' turns apart
      path.insert(path.end(),
                  {{x1, y1 + 8.0 + shift}, {side, y1 + 8.0 + shift}, {side, y2 - 8.0 - shift}, {x2, y2 - 8.0 - shift}});
    } else {
      path.insert(path.end(), {{x1, y1 + kGapY * 0.35}, {x2, y2 - kGapY * 0.35}});
    }
    path.push_back({x2, y2});
    d.polyline(path, "l base");
  }

  static void box(report::Drawing& d, const Node& node) {
    const std::string type = node.op->outputs.empty() ? "" : to_string(node.op->outputs.front().type);
    d.rectangle({node.x, node.y, kWidth, kHeight}, family(node.op->type), node.op->name() + ": " + type, 0.30);
    d.text({node.x + kWidth / 2.0, node.y + 18.0}, shortened(node.op->type, 26), {12.0, report::Anchor::middle, "t"});
    d.text({node.x + kWidth / 2.0, node.y + 35.0}, shortened(type, 30), {10.0, report::Anchor::middle, "t"});
  }

  ValueTable values_;
  Repeat repeat_;
  std::vector<Node> nodes_;
  std::map<std::string, std::size_t> made_by_;
  double width_ = 0.0, height_ = 0.0;
  bool cut_ = false;
  Lanes lane_of_;
  std::size_t lanes_ = 0;
  double left_ = 0.0;  ///< of the leftmost box
};

}  // namespace

Repeat find_repeat(const std::vector<std::string>& types) {
  Repeat best;
  std::size_t covered = 0;
  for (std::size_t length = 4; length * 2 <= types.size() && length <= 400; ++length) {
    std::size_t run = 0;  // how many operations in a row equal the one `length` before
    for (std::size_t i = length; i < types.size(); ++i) {
      run = types[i] == types[i - length] ? run + 1 : 0;
      const std::size_t times = run / length + 1;
      if (times >= 2 && run % length == 0 && times * length > covered) {
        covered = times * length;
        best = {i + 1 - times * length, length, static_cast<std::int64_t>(times)};
      }
    }
  }
  return best;
}

report::Svg draw_graph(const mil::Function& function) { return Picture(function).draw(); }

void write_graph_html(const mil::Function& function, const std::string& title, const std::string& path) {
  Picture picture(function);
  report::Page page("Graph of " + title);
  page.paragraph(
      "Blue: products. Orange: softmax and norms. Green: moving values. Then element by element, and casts and states. "
      "Parameters are left out; point at a box for its name.");
  const Repeat& r = picture.repeat();
  if (r.times > 1)
    page.note(fmt::format("The frame holds {} operations that come {} times in a row.", r.length, r.times));
  if (picture.cut()) page.warning(fmt::format("Only the first {} operations are drawn.", kMostNodes));
  page.figure(picture.draw(), "");
  page.write(path);
}

}  // namespace seben::coreml
