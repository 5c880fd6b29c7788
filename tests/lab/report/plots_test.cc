// SPDX-License-Identifier: Apache-2.0
#include "report/plots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "lab/report/markup.h"
#include "lab/report/sample_page.h"
#include "report/axis.h"
#include "report/text.h"
#include "seben/error.h"

namespace seben::report {
namespace {

using test::Element;
using test::read_markup;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

std::vector<Element> all(const std::vector<Element>& elements, const std::string& name, const std::string& css = "") {
  std::vector<Element> out;
  for (const Element& e : elements) {
    const auto found = e.attributes.find("class");
    if (e.name == name && (css.empty() || (found != e.attributes.end() && found->second.starts_with(css))))
      out.push_back(e);
  }
  return out;
}

bool says_no_data(const Svg& svg) {
  return std::ranges::any_of(read_markup(svg.markup()), [](const Element& e) { return e.text == "no data"; });
}

// Every coordinate is a number inside the picture, so nothing is cut off or thrown away.
void expect_inside(const Svg& svg) {
  const std::vector<Element> elements = read_markup(svg.markup());
  std::istringstream box(elements.back().attributes.at("viewBox"));
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;
  box >> left >> top >> width >> height;
  ASSERT_GT(width, 0.0);
  ASSERT_GT(height, 0.0);
  for (const Element& e : elements) {
    for (const auto& [key, value] : e.attributes) {
      if (e.name == "svg" || value.empty()) continue;
      EXPECT_EQ(value.find("nan"), std::string::npos) << e.name << " " << key << "=" << value;
      EXPECT_EQ(value.find("inf"), std::string::npos) << e.name << " " << key << "=" << value;
      const bool horizontal = key == "x" || key == "x1" || key == "x2" || key == "cx";
      const bool vertical = key == "y" || key == "y1" || key == "y2" || key == "cy";
      if (!horizontal && !vertical) continue;
      EXPECT_GE(std::stod(value), -0.5) << e.name << " " << key;
      EXPECT_LE(std::stod(value), (horizontal ? width : height) + 0.5) << e.name << " " << key;
    }
  }
}

// Rough boxes of all texts; none may lie on another.
void expect_texts_apart(const Svg& svg) {
  struct Box {
    double left, right, top, bottom;
    std::string text;
  };
  std::vector<Box> boxes;
  for (const Element& e : all(read_markup(svg.markup()), "text")) {
    const double size = std::stod(e.attributes.at("font-size"));
    const double width = 0.82 * size * width_in_em(e.text);  // the measure is generous
    const double x = std::stod(e.attributes.at("x"));
    const double y = std::stod(e.attributes.at("y"));
    const auto anchor = e.attributes.count("text-anchor") != 0 ? e.attributes.at("text-anchor") : "start";
    const bool rtl = e.attributes.contains("direction");
    const double share = anchor == "middle" ? 0.5 : (anchor == "end") != rtl ? 1.0 : 0.0;
    const Box box{x - share * width, x + (1.0 - share) * width, y - 0.7 * size, y, e.text};
    for (const Box& other : boxes) {
      const bool apart =
          box.left >= other.right || other.left >= box.right || box.top >= other.bottom || other.top >= box.bottom;
      EXPECT_TRUE(apart) << "'" << box.text << "' on '" << other.text << "'";
    }
    boxes.push_back(box);
  }
}

TEST(Plots, SamplesLieInsideTheirPicturesWithTheirTextsApart) {
  for (const Svg& svg :
       {draw(test::sample_bars()), draw(test::sample_lines()), draw(test::sample_learning_curve()),
        draw(test::sample_reliability()), draw(test::sample_heat_map()), draw(test::sample_histogram())}) {
    expect_inside(svg);
    expect_texts_apart(svg);
    EXPECT_FALSE(says_no_data(svg));
  }
}

TEST(Plots, WithoutDataSaySo) {
  EXPECT_TRUE(says_no_data(draw(BarChart{})));
  EXPECT_TRUE(says_no_data(draw(BarChart{"t", "v", {{"a", kNan}, {"b", kInf}}})));
  EXPECT_TRUE(says_no_data(draw(LinePlot{})));
  EXPECT_TRUE(says_no_data(draw(LinePlot{"t", "x", {{"y", {{"s", {{1.0, kNan}, {kNan, 1.0}}}}, {}}}, {}, {}})));
  EXPECT_TRUE(says_no_data(draw(Reliability{})));
  EXPECT_TRUE(says_no_data(draw(Reliability{"t", {{0.5, 0.5, 0}, {kNan, 0.5, 3}, {0.2, 1.5, 3}}})));
  EXPECT_TRUE(says_no_data(draw(HeatMap{})));
  EXPECT_TRUE(says_no_data(draw(HeatMap{"t", "r", "c", "v", {"a"}, {"b"}, {0.0}})));
  EXPECT_TRUE(says_no_data(draw(Histogram{})));
  EXPECT_TRUE(says_no_data(draw(Histogram{"t", "x", "y", {0, 1, 2}, {0, 0}})));
}

TEST(BarChart, WordsStandWhereThereIsNoValue) {
  for (const BarChart& chart : {BarChart{"t", "v", {{"a", kNan, {}, true, "no difference"}, {"b", 2.0}}},
                                BarChart{"t", "v", {{"a", kNan, {}, true, "no difference"}}}}) {
    const Svg svg = draw(chart);
    EXPECT_FALSE(says_no_data(svg));
    EXPECT_TRUE(
        std::ranges::any_of(read_markup(svg.markup()), [](const Element& e) { return e.text == "no difference"; }));
    EXPECT_EQ(all(read_markup(svg.markup()), "rect", "f").size(), chart.bars.size() - 1);
    expect_inside(svg);
  }
}

TEST(Plots, DegenerateInputsAreDrawn) {
  const double most = std::numeric_limits<double>::max();
  for (const Svg& svg : {
           draw(BarChart{"", "", {{"zero", 0.0}}}),
           draw(BarChart{
               "", "", {{"tiny", 1e-300}, {"below", -3.0, Interval{-4.0, 1.0}}, {"none", kNan}, {"huge", most}}}),
           draw(BarChart{"", "", {{"a", 1.0, Interval{kNan, kInf}}}}),
           draw(LinePlot{
               "", "", {{"", {{"one", {{3.0, 3.0}}}}, {}}}, {{3.0, "here"}, {kNan, "nowhere"}, {9.0, "outside"}}, {}}),
           draw(LinePlot{"", "", {{"", {{"flat", {{0, 5}, {1, 5}}}}, {}}, {"", {}, {}}}, {}, Interval{0.2, 0.8}}),
           draw(LinePlot{"", "", {{"", {{"s", {{0, most}, {0, -most}, {1, 2}}, true}}, Interval{0.0, 0.0}}}, {}, {}}),
           draw(Reliability{"", {{0.0, 0.0, 1}, {1.0, 1.0, std::numeric_limits<std::int64_t>::max()}}}),
           draw(HeatMap{"", "", "", "", {"\u07ca"}, {"a", "b", "c"}, {kNan, 1e300, 2.0}}),
           draw(HeatMap{"", "", "", "", {"\u07ca"}, {"a", "b", "c"}, {1e-9, 7e8, 3e3}}),
           draw(Histogram{"", "", "", {0, 0}, {7}}),
       }) {
    expect_inside(svg);
  }
}

TEST(Plots, RefuseShapesThatDoNotFit) {
  EXPECT_THROW((void)draw(HeatMap{"t", "r", "c", "v", {"a", "b"}, {"c"}, {1.0}}), Error);
  EXPECT_THROW((void)draw(Histogram{"t", "x", "y", {0, 1}, {1, 2}}), Error);
  EXPECT_THROW((void)draw(Histogram{"t", "x", "y", {1, 0}, {1}}), Error);
  EXPECT_THROW((void)draw(Histogram{"t", "x", "y", {0, kNan}, {1}}), Error);
}

TEST(BarChart, IsProportionalWithItsIntervalAroundTheEnd) {
  const auto elements = read_markup(draw(BarChart{"t", "v", {{"a", 2.0, Interval{1.0, 3.0}}, {"b", 4.0}}}).markup());
  const auto bars = all(elements, "rect");
  ASSERT_EQ(bars.size(), 2U);
  const double a = std::stod(bars[0].attributes.at("width"));
  const double b = std::stod(bars[1].attributes.at("width"));
  EXPECT_NEAR(b, 2.0 * a, 0.2);
  const auto whiskers = all(elements, "line", "w");
  ASSERT_EQ(whiskers.size(), 3U);
  const double zero = std::stod(bars[0].attributes.at("x"));
  EXPECT_NEAR(std::stod(whiskers[0].attributes.at("x1")) - zero, 0.5 * a, 0.2);
  EXPECT_NEAR(std::stod(whiskers[0].attributes.at("x2")) - zero, 1.5 * a, 0.2);
}

TEST(LinePlot, MissingValuesInterruptTheLine) {
  const LinePlot plot{"t", "x", {{"y", {{"s", {{0, 1}, {1, 2}, {2, kNan}, {3, 4}, {4, 5}}}}, {}}}, {}, {}};
  EXPECT_EQ(all(read_markup(draw(plot).markup()), "polyline").size(), 2U);
}

TEST(LinePlot, StepsHoldTheirValue) {
  const LinePlot plot{"t", "x", {{"y", {{"s", {{0, 0}, {1, 1}}, true}}, {}}}, {}, {}};
  const auto lines = all(read_markup(draw(plot).markup()), "polyline");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(std::ranges::count(lines[0].attributes.at("points"), ','), 3);
}

TEST(LinePlot, LabelsOfCloseMarkersDoNotTouch) {
  LinePlot plot = test::sample_lines();
  for (const double start : {0.0, 0.3, 0.7, 0.97}) {
    for (std::size_t i = 0; i < plot.markers.size(); ++i) plot.markers[i].x = start + 0.01 * static_cast<double>(i);
    expect_texts_apart(draw(plot));
    expect_inside(draw(plot));
  }
}

// No line of a marker runs through the text of another.
TEST(LinePlot, LinesOfMarkersDoNotCrossLabels) {
  LinePlot plot = test::sample_lines();
  plot.markers = {{0.2852, "aggressive"}, {0.4046, "balanced"}, {0.8035, "conservative"}, {0.9422, "preservation"}};
  for (const double shift : {0.0, 0.02, 0.05}) {
    for (auto& marker : plot.markers) marker.x += shift;
    const auto elements = read_markup(draw(plot).markup());
    const auto lines = all(elements, "line", "m");
    for (const Element& text : all(elements, "text", "t halo")) {
      const double left = std::stod(text.attributes.at("x"));
      const double right = left + 0.82 * std::stod(text.attributes.at("font-size")) * width_in_em(text.text);
      const double y = std::stod(text.attributes.at("y"));
      for (const Element& line : lines) {
        const double x = std::stod(line.attributes.at("x1"));
        const bool reaches = std::stod(line.attributes.at("y1")) < y && std::stod(line.attributes.at("y2")) > y - 6.0;
        EXPECT_FALSE(reaches && x > left && x < right) << text.text;
      }
    }
  }
}

TEST(HeatMap, MakesSpacesMarksAndNothingVisible) {
  const auto elements =
      read_markup(draw(HeatMap{"t", "said", "heard", "times", {"", " ", "\u07eb"}, {"\u07ca"}, {1, 0, 5}}).markup());
  std::vector<std::string> texts;
  for (const Element& e : all(elements, "text")) texts.push_back(e.text);
  for (const char* shown : {"\u2205", "\u2423", "\u25CC\u07eb", "07CA", "07EB", "0020"}) {
    EXPECT_TRUE(std::ranges::count(texts, shown) == 1) << shown;
  }
  std::vector<std::string> tips;
  for (const Element& e : all(elements, "title")) tips.push_back(e.text);
  EXPECT_TRUE(std::ranges::count(tips, "said nothing, heard \u07ca U+07CA: 1 times") > 0);
  EXPECT_TRUE(std::ranges::count(tips, "said space, heard \u07ca U+07CA: none") == 1);
  EXPECT_EQ(all(elements, "rect", "he").size(), 1U);
}

TEST(HeatMap, NkoLabelsAreMarked) {
  const auto elements = read_markup(draw(test::sample_heat_map()).markup());
  for (const Element& e : all(elements, "text")) {
    if (has_nko(e.text)) {
      EXPECT_EQ(e.attributes.at("lang"), "nqo");
      EXPECT_EQ(e.attributes.at("direction"), "rtl");
    }
  }
}

TEST(Axis, TicksAreOneTwoOrFiveTimesAPowerOfTen) {
  for (const auto& [range, step] : std::vector<std::pair<Interval, double>>{
           {{0, 1}, 0.2}, {{0, 9}, 2}, {{0, 10.5}, 5}, {{-3e-7, 2e-7}, 1e-7}, {{0, 4.4e9}, 1e9}, {{7.1, 7.3}, 0.05}}) {
    const Axis axis = make_axis(range, 5, false);
    ASSERT_GE(axis.ticks.size(), 2U);
    EXPECT_NEAR((axis.ticks[1] - axis.ticks[0]) / step, 1.0, 1e-6) << range.low << " .. " << range.high;
    EXPECT_LE(axis.low, range.low);
    EXPECT_GE(axis.high, range.high);
  }
}

TEST(Axis, FixedEndsStay) {
  const Axis axis = make_axis({0.13, 0.97}, 8, true);
  EXPECT_EQ(axis.low, 0.13);
  EXPECT_EQ(axis.high, 0.97);
  EXPECT_NEAR(axis.ticks.front(), 0.2, 1e-12);
  EXPECT_NEAR(axis.ticks.back(), 0.8, 1e-12);
}

TEST(NumberText, IsReadable) {
  EXPECT_EQ(number_text(-0.001, 2), "0.00");
  EXPECT_EQ(number_text(-1.5, 1), "\u22121.5");
  EXPECT_EQ(number_text(1234, 0), "1234");
  EXPECT_EQ(number_text(12345.678, 1), "12\u2009345.7");
  EXPECT_EQ(number_text(1234567, 0), "1\u2009234\u2009567");
  EXPECT_EQ(number_text(123456, 0), "123\u2009456");
}

}  // namespace
}  // namespace seben::report
