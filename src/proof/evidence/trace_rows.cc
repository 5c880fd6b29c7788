// SPDX-License-Identifier: Apache-2.0
// The form of the exports is a fact from public samples (tests/proof/evidence/SOURCES.md).
#include "evidence/trace_rows.h"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>
#include <utility>

#include "evidence/text.h"
#include "seben/error.h"

namespace seben::evidence {
namespace {

constexpr int kMostDepth = 64;
constexpr std::size_t kMostStalled = std::size_t{1} << 20;  // bytes of one token
constexpr std::size_t kPiece = std::size_t{1} << 18;
constexpr std::size_t kMostCellText = 256;  // characters of a cell that are kept

enum class Tag : std::uint8_t {
  none,
  start,
  duration,
  identifier,
  process,
  thread,
  label,
  event,
  model,
  subsystem,
  signpost,
  event_type
};

struct TagName {
  std::string_view name;
  Tag tag;
};

constexpr TagName kTags[] = {
    {"start-time", Tag::start},         {"event-time", Tag::start},        {"duration", Tag::duration},
    {"process", Tag::process},          {"thread", Tag::thread},           {"formatted-label", Tag::label},
    {"ane-event-name", Tag::label},     {"mps-event-name", Tag::label},    {"event-label", Tag::label},
    {"coreml-model-event", Tag::event}, {"coreml-model-name", Tag::model}, {"subsystem", Tag::subsystem},
    {"signpost-name", Tag::signpost},   {"event-type", Tag::event_type},   {"os-signpost-identifier", Tag::identifier},
};

Tag tag_of(std::string_view name) noexcept {
  for (const TagName& known : kTags) {
    if (known.name.size() == name.size() && known.name == name) return known.tag;
  }
  return Tag::none;
}

bool is_number(Tag tag) noexcept { return tag == Tag::start || tag == Tag::duration || tag == Tag::identifier; }

template <class Integer>
std::optional<Integer> whole_number(std::string_view text) noexcept {
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The attributes that matter, of one element.
struct Attributes {
  std::string_view id, ref, fmt, name, pid;

  explicit Attributes(const XML_Char** all) {
    for (; *all != nullptr; all += 2) {
      const std::string_view key = all[0];
      if (key == "id") id = all[1];
      if (key == "ref") ref = all[1];
      if (key == "fmt") fmt = all[1];
      if (key == "name") name = all[1];
      if (key == "pid") pid = all[1];
    }
  }
};

}  // namespace

TableKind table_kind(std::string_view schema) noexcept {
  if (schema.starts_with("coreml")) return TableKind::coreml;
  if (schema.starts_with("ane-hw-intervals")) return TableKind::ane_hardware;
  if (schema.starts_with("mps-hw-intervals") || schema.starts_with("metal-gpu-intervals"))
    return TableKind::gpu_hardware;
  if (schema.starts_with("os-signpost-interval") || schema == "OSSignpostIntervals") {
    return TableKind::signpost_intervals;
  }
  return schema == "os-signpost" ? TableKind::signposts : TableKind::other;
}

struct TraceReader::State {
  State(std::string name_, TraceListener& listener_) : name(std::move(name_)), listener(listener_) {
    parser = XML_ParserCreate(nullptr);
    if (parser == nullptr) throw std::bad_alloc();
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &on_start, &on_end);
    XML_SetCharacterDataHandler(parser, &on_text);
    XML_SetStartDoctypeDeclHandler(parser, &on_doctype);
    XML_SetParamEntityParsing(parser, XML_PARAM_ENTITY_PARSING_NEVER);
  }
  ~State() { XML_ParserFree(parser); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // Exceptions do not pass through expat, which is C: they wait until the piece is over.
  template <class Action>
  void guarded(Action action) noexcept {
    ++handled;
    if (failure) return;
    try {
      action();
    } catch (...) {
      failure = std::current_exception();
      XML_StopParser(parser, XML_FALSE);
    }
  }
  static State& of(void* user) noexcept { return *static_cast<State*>(user); }
  static void on_start(void* user, const XML_Char* element, const XML_Char** attributes) {
    of(user).guarded([&] { of(user).start(element, attributes); });
  }
  static void on_end(void* user, const XML_Char*) {
    of(user).guarded([&] { of(user).end(); });
  }
  static void on_text(void* user, const XML_Char* text, int length) {
    of(user).guarded([&] { of(user).add_text({text, static_cast<std::size_t>(length)}); });
  }
  static void on_doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    of(user).guarded([&] { of(user).fail("no document type", "one"); });
  }

  [[noreturn]] void fail(std::string expected, std::string found) const {
    throw Error(ErrorCategory::bad_data, fmt::format("{}: line {}", name, XML_GetCurrentLineNumber(parser)),
                std::move(expected), std::move(found));
  }

  void start(std::string_view element, const XML_Char** attributes);
  void start_contents(std::string_view element, const XML_Char** attributes);
  void start_cell(std::string_view element, const XML_Char** attributes);
  void start_schema(const XML_Char** attributes);
  void note_id(std::uint32_t id);
  void define(Tag tag, std::uint32_t id, std::uint64_t value);
  void assign(Tag tag, std::uint64_t value);
  void assign_reference(Tag tag, std::uint32_t id);
  void add_text(std::string_view piece);
  void end_cell();
  void end();

  std::string name;
  TraceListener& listener;
  XML_Parser parser = nullptr;
  std::exception_ptr failure;
  std::uint64_t handled = 0;
  std::size_t stalled = 0;

  int depth = 0;
  bool contents = false;  // of a table of contents
  bool in_target = false;
  int row_depth = 0;  // 0 outside of rows
  TableKind kind = TableKind::other;
  TraceRow row;
  Names names;
  NameRefs name_refs;
  NumberRefs number_refs;
  bool fresh_node = false;
  std::uint32_t last_id = 0;

  Tag open_tag = Tag::none;  // of the cell whose text is collected
  int open_depth = 0;
  std::optional<std::uint32_t> open_id;
  std::string text;
};

void TraceReader::State::start(std::string_view element, const XML_Char** attributes) {
  if (++depth > kMostDepth) fail(fmt::format("elements at most {} deep", kMostDepth), "deeper ones");
  if (depth == 1) {
    contents = element == "trace-toc";
    if (!contents && element != "trace-query-result") fail("trace-query-result or trace-toc", quote(element));
  } else if (contents) {
    start_contents(element, attributes);
  } else if (row_depth > 0) {
    start_cell(element, attributes);
  } else if (element == "node") {
    fresh_node = true;
  } else if (element == "schema") {
    start_schema(attributes);
  } else if (element == "row") {
    row_depth = depth;
    row = TraceRow();
  }
}

void TraceReader::State::start_contents(std::string_view element, const XML_Char** attributes) {
  if (element == "run" && depth == 2) listener.run();
  if (element == "target") in_target = true;
  if (element == "table") return;  // what could be exported is not yet evidence
  if (element != "process" || !in_target) return;
  const Attributes found(attributes);
  listener.target(found.name, whole_number<std::int64_t>(found.pid).value_or(0));
}

void TraceReader::State::start_schema(const XML_Char** attributes) {
  const Attributes found(attributes);
  kind = table_kind(found.name);
  listener.table(found.name);
}

// Ids may begin anew with every node.
void TraceReader::State::note_id(std::uint32_t id) {
  if (fresh_node && id <= last_id) {
    name_refs.clear();
    number_refs.clear();
  }
  fresh_node = false;
  last_id = id;
}

void TraceReader::State::start_cell(std::string_view element, const XML_Char** attributes) {
  const Tag tag = tag_of(element);
  const bool is_process = tag == Tag::process || tag == Tag::thread;
  if (tag == Tag::none || (kind == TableKind::other && !is_process)) return;
  const Attributes found(attributes);
  const auto id = whole_number<std::uint32_t>(found.id);
  if (id) note_id(*id);
  if (!found.ref.empty()) {
    if (const auto ref = whole_number<std::uint32_t>(found.ref)) assign_reference(tag, *ref);
    return;
  }
  if (!is_number(tag) && !found.fmt.empty()) {
    const std::uint32_t value = names.add(found.fmt);
    if (id) define(tag, *id, value);
    assign(tag, value);
    return;
  }
  open_tag = tag;
  open_depth = depth;
  open_id = id;
  text.clear();
}

void TraceReader::State::define(Tag tag, std::uint32_t id, std::uint64_t value) {
  if (is_number(tag)) {
    number_refs.define(id, value);
  } else {
    name_refs.define(id, static_cast<std::uint32_t>(value));
  }
}

// The first cell of a kind counts. A process is also taken from inside its thread.
void TraceReader::State::assign(Tag tag, std::uint64_t value) {
  if (depth != row_depth + 1 && tag != Tag::process) return;
  const auto set = [&](std::uint32_t& member) {
    if (member == 0) member = static_cast<std::uint32_t>(value);
  };
  switch (tag) {
    case Tag::start: row.start = row.start.value_or(value); break;
    case Tag::duration: row.duration = row.duration.value_or(value); break;
    case Tag::identifier: row.identifier = row.identifier == 0 ? value : row.identifier; break;
    case Tag::process: set(row.process); break;
    case Tag::thread: set(row.thread); break;
    case Tag::label: set(row.label); break;
    case Tag::event: set(row.event); break;
    case Tag::model: set(row.model); break;
    case Tag::subsystem: set(row.subsystem); break;
    case Tag::signpost: set(row.signpost); break;
    case Tag::event_type: set(row.event_type); break;
    case Tag::none: break;
  }
}

void TraceReader::State::assign_reference(Tag tag, std::uint32_t id) {
  std::optional<std::uint64_t> value;
  if (is_number(tag)) {
    value = number_refs.find(id);
  } else if (const auto known = name_refs.find(id)) {
    value = *known;
  }
  if (value) {
    assign(tag, *value);
  } else {
    row.unresolved = true;
  }
}

void TraceReader::State::add_text(std::string_view piece) {
  if (open_tag == Tag::none || depth != open_depth) return;
  text += piece.substr(0, kMostCellText - std::min(kMostCellText, text.size()));
}

void TraceReader::State::end_cell() {
  const Tag tag = std::exchange(open_tag, Tag::none);
  const std::string_view value = trim(text);
  std::optional<std::uint64_t> number;
  if (tag == Tag::identifier) {
    number = std::hash<std::string_view>()(value);
  } else if (is_number(tag)) {
    number = whole_number<std::uint64_t>(value);
  } else {
    number = names.add(value);
  }
  if (!number) return;  // the cell stays empty
  if (open_id) define(tag, *open_id, *number);
  assign(tag, *number);
}

void TraceReader::State::end() {
  if (open_tag != Tag::none && depth == open_depth) end_cell();
  if (row_depth > 0 && depth == row_depth) {
    row_depth = 0;
    listener.row(kind, row, names);
  }
  if (contents && in_target && depth <= 4) in_target = depth > 4;
  --depth;
}

TraceReader::TraceReader(std::string name, TraceListener& listener)
    : state_(std::make_unique<State>(std::move(name), listener)) {}

TraceReader::~TraceReader() = default;

void TraceReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPiece);
    bytes.remove_prefix(piece.size());
    const std::uint64_t before = state_->handled;
    const XML_Status status = XML_Parse(state_->parser, piece.data(), static_cast<int>(piece.size()), XML_FALSE);
    if (state_->failure) std::rethrow_exception(state_->failure);
    if (status != XML_STATUS_OK) {
      state_->fail("well-formed XML", XML_ErrorString(XML_GetErrorCode(state_->parser)));
    }
    state_->stalled = state_->handled == before ? state_->stalled + piece.size() : 0;
    if (state_->stalled > kMostStalled)
      state_->fail(fmt::format("tags of at most {} bytes", kMostStalled), "longer ones");
  }
}

void TraceReader::finish() {
  const XML_Status status = XML_Parse(state_->parser, "", 0, XML_TRUE);
  if (state_->failure) std::rethrow_exception(state_->failure);
  if (status != XML_STATUS_OK) {
    state_->fail("a whole XML document", XML_ErrorString(XML_GetErrorCode(state_->parser)));
  }
}

}  // namespace seben::evidence
