// SPDX-License-Identifier: Apache-2.0
#include "batch/journal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::batch {
namespace {

JournalEntry entry(const std::string& path, bool done = true) {
  JournalEntry out;
  out.path = path;
  out.bytes = 1234;
  out.modified_ns = 1'700'000'000'123'456'789;
  out.key = std::string(64, 'a');
  out.output = "out/" + path + ".txt";
  out.done = done;
  out.attempts = done ? 1 : 2;
  out.seconds = 1.25;
  out.audio_seconds = 60.5;
  if (!done) out.error = path + ": expected a readable file, found none";
  return out;
}

std::vector<JournalEntry> entries_of(const std::string& text) {
  std::vector<JournalEntry> out;
  EXPECT_EQ(read_journal(text, "j", [&](JournalEntry e) { out.push_back(std::move(e)); }), text.size());
  return out;
}

TEST(Journal, ComesBackAsItWasWritten) {
  const test::TempDir dir;
  // Names are bytes: a letter of N'Ko, a quote, what is no UTF-8.
  const std::vector<std::string> names{"a.wav", "\u07CA \"x\"\n.wav", "\xFF\x80.wav"};
  {
    Journal journal(dir / "j");
    EXPECT_FALSE(journal.was_cut());
    EXPECT_EQ(journal.last("a.wav"), nullptr);
    for (const std::string& name : names) journal.append(entry(name));
    journal.append(entry("b.wav", false));
  }
  const auto all = entries_of(test::read_file(dir / "j"));
  ASSERT_EQ(all.size(), 4U);
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(all[i], entry(names[i]));
  EXPECT_EQ(all[3], entry("b.wav", false));
  const Journal again(dir / "j");
  for (const std::string& name : names) {
    ASSERT_NE(again.last(name), nullptr);
    EXPECT_TRUE(again.last(name)->done);
  }
  EXPECT_FALSE(again.last("b.wav")->done);
}

TEST(Journal, TheLastLineOfARecordingCounts) {
  const test::TempDir dir;
  {
    Journal journal(dir / "j");
    journal.append(entry("a.wav", false));
    journal.append(entry("a.wav", true));
  }
  EXPECT_TRUE(Journal(dir / "j").last("a.wav")->done);
}

TEST(Journal, CutAtEveryByteOfTheLastLine) {
  const test::TempDir dir;
  {
    Journal journal(dir / "j");
    journal.append(entry("a.wav"));
    journal.append(entry("b.wav"));
  }
  const std::string whole = test::read_file(dir / "j");
  const std::size_t last = whole.size() - to_line(entry("b.wav")).size();
  for (std::size_t cut = last; cut < whole.size(); ++cut) {
    test::write_file(dir / "j", whole.substr(0, cut));
    {
      Journal journal(dir / "j");
      EXPECT_EQ(journal.was_cut(), cut > last) << cut;
      EXPECT_NE(journal.last("a.wav"), nullptr);
      EXPECT_EQ(journal.last("b.wav"), nullptr) << cut;
      journal.append(entry("b.wav"));
    }
    ASSERT_EQ(test::read_file(dir / "j"), whole) << cut;
  }
  const std::size_t header = whole.find('\n') + 1;
  for (std::size_t cut = 0; cut < header; ++cut) {
    test::write_file(dir / "j", whole.substr(0, cut));
    { Journal journal(dir / "j"); }
    ASSERT_EQ(test::read_file(dir / "j"), whole.substr(0, header)) << cut;
  }
}

TEST(Journal, OtherFilesStayAsTheyAre) {
  const test::TempDir dir;
  const std::string header = "{\"seben_journal\":1}\n", line = to_line(entry("a.wav"));
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string out = line;
    return out.replace(out.find(from), from.size(), to);
  };
  const std::vector<std::pair<std::string, std::string>> files{
      {"RIFF....WAVE", "line 1"},
      {"{\"seben_journal\":2}\n", "line 1"},
      {line, "line 1"},
      {header + "nonsense\n" + line, "line 2"},
      {header + line + "\n", "line 3"},
      {header + changed("\"done\"", "\"maybe\""), "status"},
      {header + changed(std::string(64, 'a'), "abc"), "key"},
      {header + changed("1.25", "-1"), "seconds"},
      {header + changed("\"bytes\":1234", "\"bytes\":-4"), "bytes"},
      {header + changed("\"path\":\"a.wav\"", "\"path_hex\":\"6g\""), "path_hex"},
      {header + changed("\"path\":\"a.wav\"", "\"path_hex\":\"666\""), "path_hex"},
      {header + changed("\"attempts\":1", "\"attempts\":0"), "attempts"},
      {header + std::string(70'000, ' '), "at most"}};
  for (const auto& [text, where] : files) {
    test::write_file(dir / "j", text);
    EXPECT_TRUE(test::is_bad_data(where, [&] { Journal journal(dir / "j"); })) << text.substr(0, 80);
    EXPECT_EQ(test::read_file(dir / "j"), text);
  }
}

TEST(Journal, IsForOneRun) {
  const test::TempDir dir;
  Journal first(dir / "j");
  first.append(entry("a.wav"));
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "no other run", [&] { Journal second(dir / "j"); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "opened", [&] { Journal journal(dir.str()); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "opened", [&] { Journal journal(dir / "nothere/j"); }));
}

TEST(Journal, LongErrorsStillMakeALine) {
  JournalEntry failed = entry("a.wav", false);
  failed.error = std::string(100'000, '"') + "\xFF";
  const auto all = entries_of("{\"seben_journal\":1}\n" + to_line(failed));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].error.size(), 4096U);
}

}  // namespace
}  // namespace seben::batch
