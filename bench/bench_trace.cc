// SPDX-License-Identifier: Apache-2.0
// A large Instruments export: made, then analysed with its seconds and peak memory.
//
//   bench_trace --make FILE MEGABYTES    an os-signpost table in which one row in 50 is Core ML's
//   bench_trace FILE                     the verdict's status, rows, seconds, peak resident memory of this process
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "evidence/trace.h"
#include "seben/error.h"

namespace {

using seben::base::AtomicFile;

// Rows as Instruments writes them: every time and identifier new, the rest by reference.
class Maker {
 public:
  explicit Maker(const std::string& path) : file_(path) {}

  void make(std::uint64_t bytes) {
    begin();
    while (file_.bytes_written() + text_.size() < bytes) {
      row();
      if (text_.size() > (std::size_t{1} << 20)) flush();
    }
    text_ += "</node></trace-query-result>\n";
    flush();
    file_.commit();
  }

 private:
  void begin() {
    text_ =
        "<?xml version=\"1.0\"?>\n<trace-query-result>\n<node xpath='//trace-toc[1]/run[1]/data[1]/table[3]'>"
        "<schema name=\"os-signpost\"><col><mnemonic>time</mnemonic><name>Timestamp</name>"
        "<engineering-type>event-time</engineering-type></col></schema>\n";
    define("event-type", "Begin");
    define("event-type", "End");
    define("subsystem", "com.apple.coreml");
    define("subsystem", "com.apple.UIKit");
    define("signpost-name", "Neural Engine Request");
    define("signpost-name", "CPU");
    define("signpost-name", "DrawFrame");
    define("process", "App (42)");
  }
  void define(std::string_view tag, std::string_view value) {
    text_ += fmt::format("<row><{} id=\"{}\" fmt=\"{}\">{}</{}></row>\n", tag, ++id_, value, value, tag);
  }
  void row() {
    const bool core_ml = rows_ % 100 < 2;
    const bool end = rows_ % 2 == 1;
    const std::uint64_t interval = rows_ / 2;
    const int name = core_ml ? (interval % 100 == 0 ? 5 : 6) : 7;
    time_ += 1000 + rows_ % 977;
    text_ += fmt::format(
        "<row><event-time id=\"{}\" fmt=\"00:{:02}.{:03}.{:03}\">{}</event-time><thread id=\"{}\" fmt=\"Main Thread "
        "0x{:x} "
        "(App, pid: 42)\"><tid id=\"{}\" fmt=\"0x{:x}\">{}</tid><process ref=\"8\"/></thread><process ref=\"8\"/>"
        "<event-type ref=\"{}\"/><os-signpost-identifier id=\"{}\" fmt=\"{}\">{}</os-signpost-identifier>"
        "<signpost-name ref=\"{}\"/><format-string id=\"{}\" fmt=\"frame {}\">frame %d</format-string>"
        "<backtrace id=\"{}\" fmt=\"0x1a &#8592; (7 other frames)\"><text-addresses id=\"{}\" fmt=\"frag "
        "{}\">4331406713 "
        "4331406716 4331406800</text-addresses></backtrace><subsystem ref=\"{}\"/><sentinel/></row>\n",
        id_ + 1, time_ / 1'000'000'000 % 60, time_ / 1'000'000 % 1000, time_ / 1000 % 1000, time_, id_ + 2,
        rows_ % 30'000, id_ + 3, rows_ % 30'000, rows_ % 30'000, end ? 2 : 1, id_ + 4, interval, interval, name,
        id_ + 5, rows_, id_ + 6, id_ + 7, rows_, core_ml ? 3 : 4);
    id_ += 7;
    ++rows_;
  }
  void flush() {
    file_.write(text_);
    text_.clear();
  }

  AtomicFile file_;
  std::string text_;
  std::uint64_t id_ = 0, rows_ = 0, time_ = 0;
};

int analyse(const std::string& path) {
  const std::vector<std::string> paths{path};
  seben::evidence::TraceOptions options;
  options.process = "App";
  options.pid = 42;
  const auto begin = std::chrono::steady_clock::now();
  const seben::evidence::Verdict verdict = seben::evidence::analyse_trace_files(paths, options);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print("{}\n{} rows, {} intervals on ane, {} on cpu\n{:.2f} s, peak {:.0f} MB\n", verdict.reason,
             verdict.facts["rows"].get<std::size_t>(), verdict.facts["units"]["ane"]["intervals"].get<std::size_t>(),
             verdict.facts["units"]["cpu"]["intervals"].get<std::size_t>(), seconds,
             static_cast<double>(usage.ru_maxrss) / 1000.0);
  return verdict.passed ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  try {
    if (words.size() == 3 && words[0] == "--make") {
      Maker(words[1]).make(std::strtoull(words[2].c_str(), nullptr, 10) * 1'000'000);
      return 0;
    }
    if (words.size() == 1) return analyse(words[0]);
  } catch (const seben::Error& error) {
    fmt::print(stderr, "bench_trace: {}\n", error.what());
    return static_cast<int>(error.category());
  }
  fmt::print(stderr, "usage: bench_trace FILE | bench_trace --make FILE MEGABYTES\n");
  return 64;
}
