// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "lab/report/markup.h"
#include "lab/report/sample_page.h"
#include "seben/error.h"

namespace seben::report {
namespace {

using test::Element;
using test::read_markup;

const std::string kHostile = "</td></svg></style><script>alert('1')</script>\"onload=\"x\" &amp; <img src=x> ]]> <!-- ";

std::vector<std::string> names(const std::vector<Element>& elements) {
  std::vector<std::string> out;
  for (const Element& e : elements) out.push_back(e.name);
  return out;
}

const Element& find(const std::vector<Element>& elements, const std::string& name) {
  const auto found = std::ranges::find(elements, name, &Element::name);
  if (found == elements.end()) throw std::runtime_error("no <" + name + ">");
  return *found;
}

TEST(MarkupReader, RefusesWhatIsNotWellFormed) {
  for (const char* bad : {"<p>", "<p></b>", "<p a=1></p>", "<p>a & b</p>", "<p>&nbsp;</p>", "<p><b></p></b>",
                          "x<p></p>", "<p a=\"1\" a=\"2\"></p>", "<p>\x01</p>", "<p", "<p a=\"<\"></p>", "</p>"}) {
    EXPECT_THROW((void)read_markup(bad), std::runtime_error) << bad;
  }
  EXPECT_EQ(read_markup("<p a=\"&lt;\">x &amp; y<b/></p>").size(), 2U);
}

TEST(Page, WithOneOfEverythingIsWellFormed) {
  const std::vector<Element> elements = read_markup(test::sample_page().str());
  for (const char* name : {"title", "style", "h1", "h2", "p", "table", "th", "td", "figure", "svg", "del", "ins",
                           "details", "summary", "ul", "li", "bdi", "figcaption"}) {
    EXPECT_TRUE(std::ranges::count(names(elements), name) > 0) << name;
  }
}

TEST(Page, NeedsNoNetworkAndNoScript) {
  const std::string html = test::sample_page().str();
  for (const Element& e : read_markup(html)) {
    EXPECT_NE(e.name, "script");
    EXPECT_NE(e.name, "link");
    for (const auto& [key, value] : e.attributes) {
      EXPECT_FALSE(key.starts_with("on")) << key;
      EXPECT_TRUE(key != "src" && key != "href") << key;
      EXPECT_TRUE(key == "xmlns" || value.find("://") == std::string::npos) << value;
    }
  }
  const std::string css = find(read_markup(html), "style").text;
  EXPECT_EQ(css.find("url("), std::string::npos);
  EXPECT_EQ(css.find("@import"), std::string::npos);
}

// Readable without colour: a mark, which is read aloud as a word.
TEST(Page, AVerdictIsAMarkAndAColour) {
  Page page("t");
  page.verdict(Outcome::good, "it holds").verdict(Outcome::bad, "it <fails>").verdict(Outcome::unclear, "who knows");
  page.table({{{"a"}}, {{Cell(Outcome::bad, "worse")}}, ""});
  const std::vector<Element> elements = read_markup(page.str());
  std::vector<std::string> marks, words;
  for (const Element& e : elements) {
    if (e.name != "span" || e.attributes.at("class") != "mark") continue;
    marks.push_back(e.text);
    words.push_back(e.attributes.at("aria-label"));
  }
  EXPECT_EQ(marks, (std::vector<std::string>{"\u2713", "\u2717", "?", "\u2717"}));
  EXPECT_EQ(words, (std::vector<std::string>{"good", "bad", "unclear", "bad"}));
  EXPECT_NE(page.str().find("it &lt;fails&gt;"), std::string::npos);
}

TEST(Page, EqualCallsMakeEqualBytes) { EXPECT_EQ(test::sample_page().str(), test::sample_page().str()); }

// Every place that a text can come to.
Page hostile_page() {
  Page page(kHostile);
  page.heading(kHostile).heading(kHostile, 3).paragraph(kHostile).note(kHostile).warning(kHostile).list({kHostile});
  page.verdict(Outcome::unclear, kHostile);
  page.table({{{kHostile}, {kHostile, ColumnKind::number}, {kHostile, ColumnKind::nko}},
              {{kHostile, kHostile, kHostile},
               {std::vector<Run>{{kHostile, Run::Mark::removed}, {kHostile, Run::Mark::added}}, "1", "2"}},
              kHostile});
  page.figure(draw(BarChart{kHostile, kHostile, {{kHostile, 1.0, Interval{0.5, 2.0}}}}), kHostile);
  page.figure(draw(LinePlot{kHostile,
                            kHostile,
                            {{kHostile, {{kHostile, {{0, 1}, {1, 2}}}, {kHostile, {{0, 2}}}}, {}}},
                            {{0.5, kHostile}},
                            {}}),
              kHostile);
  page.figure(draw(Reliability{kHostile, {{0.5, 0.5, 3}}}), kHostile);
  page.figure(draw(HeatMap{kHostile, kHostile, kHostile, kHostile, {kHostile}, {kHostile}, {3.0}}), kHostile);
  page.figure(draw(Histogram{kHostile, kHostile, kHostile, {0, 1}, {4}}), kHostile);
  page.open_details(kHostile);
  return page;
}

TEST(Page, HostileTextsStayTexts) {
  const std::vector<Element> elements = read_markup(hostile_page().str());
  const std::vector<std::string> all = names(elements);
  for (const char* name : {"script", "img"}) EXPECT_EQ(std::ranges::count(all, name), 0) << name;
  EXPECT_EQ(std::ranges::count(all, "style"), 1);
  EXPECT_EQ(std::ranges::count(all, "svg"), 5);
  EXPECT_EQ(find(elements, "h1").text, kHostile);
  EXPECT_EQ(find(elements, "td").text, kHostile);
  EXPECT_EQ(find(elements, "del").text, kHostile);
  EXPECT_EQ(find(elements, "summary").text, kHostile);
  EXPECT_EQ(find(elements, "svg").attributes.at("aria-label"), kHostile);
  for (const Element& e : elements) EXPECT_EQ(e.attributes.count("onload"), 0U);
}

TEST(Page, NkoIsMarkedWhereverItStands) {
  const std::string nko = test::kSentence;
  Page page("t");
  page.paragraph("before " + nko + ", after");
  page.table({{{"a"}, {"b", ColumnKind::nko}}, {{nko, nko}}, ""});
  const std::vector<Element> elements = read_markup(page.str());
  const Element& inside = find(elements, "bdi");
  EXPECT_EQ(inside.path, "html/body/p/bdi");
  EXPECT_EQ(inside.text, nko);  // one stretch over its space, without the comma
  EXPECT_EQ(inside.attributes.at("lang"), "nqo");
  EXPECT_EQ(inside.attributes.at("dir"), "rtl");
  EXPECT_EQ(find(elements, "p").text, "before , after");
  const auto cell =
      std::ranges::find_if(elements, [](const Element& e) { return e.attributes.contains("dir") && e.name == "td"; });
  ASSERT_NE(cell, elements.end());
  EXPECT_EQ(cell->text, nko);
  EXPECT_EQ(cell->attributes.at("lang"), "nqo");
}

TEST(Page, RefusesRowsOfAnotherLengthAndClosesWithoutOpens) {
  Page page("t");
  EXPECT_THROW(page.table({{{"a"}, {"b"}}, {{"only one"}}, ""}), Error);
  EXPECT_THROW(Page("t").close_details(), Error);
}

TEST(Page, ClosesWhatWasLeftOpen) {
  Page page("t");
  page.open_details("a").open_details("b").paragraph("c");
  const std::vector<Element> elements = read_markup(page.str());
  EXPECT_EQ(find(elements, "p").path, "html/body/details/details/p");
}

TEST(Page, IsWrittenWholeOrNotAtAll) {
  const std::string folder = ::testing::TempDir() + "seben_report";
  std::filesystem::create_directories(folder);
  const Page page = test::sample_page();
  page.write(folder + "/a.html");
  EXPECT_EQ(base::read_text(folder + "/a.html", 1 << 22), page.str());
  EXPECT_THROW(page.write(folder + "/missing/a.html"), Error);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace seben::report
