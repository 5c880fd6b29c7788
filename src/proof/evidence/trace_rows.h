// SPDX-License-Identifier: Apache-2.0
// The XML that `xctrace export` writes, as a stream of rows: the tables of `--xpath` and the table of contents of
// `--toc`. Memory does not grow with the file: one row at a time, values by reference in bounded tables.
//
//   <trace-query-result><node><schema name="ane-hw-intervals"><col>…</col></schema>
//     <row><start-time id="1" fmt="…">500</start-time><duration id="2">40</duration><process id="3" fmt="App (42)"/>
//     <row><start-time id="4">700</start-time><duration ref="2"/><process ref="3"/> …
//
//   <trace-toc><run number="1"><info><target><process name="App" pid="42"/> …
//
// Expat's protection against entity expansion stays on, document types and entities are refused, nothing external is
// ever read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "evidence/ref_table.h"

namespace seben::evidence {

enum class TableKind : std::uint8_t { other, coreml, ane_hardware, gpu_hardware, signposts, signpost_intervals };

[[nodiscard]] TableKind table_kind(std::string_view schema) noexcept;

/// The cells that matter, of one row. Names are indices into the reader's Names; 0 when there is none.
struct TraceRow {
  std::optional<std::uint64_t> start;     ///< nanoseconds from the beginning of the recording
  std::optional<std::uint64_t> duration;  ///< nanoseconds
  std::uint64_t identifier = 0;           ///< of a signpost, hashed
  std::uint32_t process = 0;              ///< "App (42)"
  std::uint32_t thread = 0;               ///< "Main Thread 0x1f (App, pid: 42)"
  std::uint32_t label = 0, event = 0, model = 0, subsystem = 0, signpost = 0, event_type = 0;
  bool unresolved = false;  ///< a reference to a value that is not known (any more)
};

class TraceListener {
 public:
  virtual ~TraceListener() = default;
  virtual void table(std::string_view schema) = 0;
  virtual void row(TableKind kind, const TraceRow& row, const Names& names) = 0;
  /// A process that the recording was of, from the table of contents. `pid` is 0 when it is not said.
  virtual void target(std::string_view name, std::int64_t pid) = 0;
  virtual void run() = 0;  ///< of the table of contents
};

/// One document, in pieces. Every defect is Error(bad_data): XML that is not well-formed or ends early, document types,
/// another root element, an element deeper than 64, a tag or comment longer than 1 MiB.
class TraceReader {
 public:
  TraceReader(std::string name, TraceListener& listener);
  TraceReader(const TraceReader&) = delete;
  TraceReader& operator=(const TraceReader&) = delete;
  ~TraceReader();

  void feed(std::string_view piece);
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace seben::evidence
