// SPDX-License-Identifier: Apache-2.0
#include "evidence/trace_intervals.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "evidence/text.h"

namespace seben::evidence {
namespace {

constexpr std::uint64_t kNoTime = std::uint64_t{1} << 50;  // times from here on are Instruments' "not available"

bool has_part(std::string_view text, std::string_view what) noexcept {
  return text.find(what) != std::string_view::npos;
}

// "App (42)" or "Main Thread 0x1f (App, pid: 42)" -> "App", 42
struct ProcessName {
  std::string_view name;
  std::int64_t pid = 0;
};

ProcessName process_name(std::string_view text) noexcept {
  ProcessName process;
  if (!text.ends_with(')')) return {text, 0};
  const std::size_t open = text.rfind('(');
  if (open == std::string_view::npos) return {text, 0};
  std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  process.name = trim(text.substr(0, open));
  if (const std::size_t pid = inside.rfind(", pid: "); pid != std::string_view::npos) {
    process.name = inside.substr(0, pid);
    inside.remove_prefix(pid + 7);
  }
  const auto [end, error] = std::from_chars(inside.data(), inside.data() + inside.size(), process.pid);
  if (error != std::errc() || end != inside.data() + inside.size() || process.pid <= 0) return {text, 0};
  return process;
}

// Sorted, and joined where they overlap.
void merge(std::vector<Interval>& intervals) {
  std::sort(intervals.begin(), intervals.end(), [](Interval a, Interval b) { return a.begin < b.begin; });
  std::size_t kept = 0;
  for (const Interval interval : intervals) {
    if (kept > 0 && interval.begin <= intervals[kept - 1].end) {
      intervals[kept - 1].end = std::max(intervals[kept - 1].end, interval.end);
    } else {
      intervals[kept++] = interval;
    }
  }
  intervals.resize(kept);
}

bool within(Interval interval, const std::vector<Interval>& windows) {
  const auto after = std::partition_point(windows.begin(), windows.end(),
                                          [&](Interval window) { return window.begin <= interval.begin; });
  return after != windows.begin() && interval.end <= std::prev(after)->end;
}

}  // namespace

void TraceIntervals::table(std::string_view schema) {
  std::string name = quote(schema);
  if (rows_of_schema_.size() >= kMostSchemas && !rows_of_schema_.contains(name)) name = "(others)";
  schema_rows_ = &rows_of_schema_[std::move(name)];
}

void TraceIntervals::target(std::string_view name, std::int64_t pid) {
  ++targets_;
  const bool same_name = options_.process.empty() || name == options_.process;
  const bool same_pid = options_.pid == 0 || pid == options_.pid;
  attached_by_target_ = attached_by_target_ || (same_name && same_pid);
}

bool TraceIntervals::is_wanted(std::string_view text) const {
  const ProcessName process = process_name(text);
  if (process.pid == 0) return false;
  return (options_.process.empty() || process.name == options_.process) &&
         (options_.pid == 0 || process.pid == options_.pid);
}

TraceIntervals::Owner TraceIntervals::owner(const TraceRow& row, const Names& names) {
  const std::uint32_t name = row.process != 0 ? row.process : row.thread;
  if (name == 0) return row.unresolved ? Owner::other : Owner::unknown;
  if (process_of_name_.size() <= name) process_of_name_.resize(names.size() + 1, -1);
  std::int8_t& known = process_of_name_[name];
  if (known < 0) known = static_cast<std::int8_t>(is_wanted(names.text(name)) ? Owner::wanted : Owner::other);
  return static_cast<Owner>(known);
}

// "Neural Engine Prediction" computes, "Neural Engine Load: prepare and cache" does not.
TraceIntervals::Activity TraceIntervals::activity(std::string_view label) {
  const std::string text = lower_ascii(label);
  for (const std::string_view word : {"load", "compil", "prepar", "specializ"}) {
    if (has_part(text, word)) return Activity::preparation;
  }
  if (has_part(text, "neural engine") || text == "ane" || text.starts_with("ane ") || has_part(text, " ane ")) {
    return Activity::ane;
  }
  if (has_part(text, "gpu") || has_part(text, "mpsgraph") || has_part(text, "metal")) return Activity::gpu;
  if (has_part(text, "cpu") || has_part(text, "bnns")) return Activity::cpu;
  return has_part(text, "predict") ? Activity::prediction : Activity::none;
}

void TraceIntervals::note_time(Interval interval) {
  first_ = std::min(first_, interval.begin);
  last_ = std::max(last_, interval.end);
}

std::optional<Interval> TraceIntervals::whole(const TraceRow& row) {
  if (!row.start || !row.duration || *row.duration == 0 || *row.start >= kNoTime || *row.duration >= kNoTime) {
    return std::nullopt;
  }
  return Interval{*row.start, *row.start + *row.duration};
}

void TraceIntervals::count(Unit unit, Interval interval) {
  UnitTime& time = times_[static_cast<std::size_t>(unit)];
  time.first = time.intervals == 0 ? interval.begin : std::min(time.first, interval.begin);
  time.last = std::max(time.last, interval.end);
  time.total += interval.end - interval.begin;
  ++time.intervals;
}

void TraceIntervals::wait(std::vector<Interval>& list, Interval interval) {
  if (list.size() < kMostWaiting) {
    list.push_back(interval);
  } else {
    ++dropped_;
  }
}

void TraceIntervals::row(TableKind kind, const TraceRow& row, const Names& names) {
  ++rows_;
  if (schema_rows_ != nullptr) ++*schema_rows_;
  const Owner whose = owner(row, names);
  attached_by_row_ = attached_by_row_ || whose == Owner::wanted;
  if (kind == TableKind::other) return;
  if (row.unresolved) ++unresolved_;
  switch (kind) {
    case TableKind::coreml: core_ml(whose, names.text(row.event != 0 ? row.event : row.label), whole(row)); break;
    case TableKind::ane_hardware: hardware_row(Unit::ane, whose, row, names); break;
    case TableKind::gpu_hardware: hardware_row(Unit::gpu, whose, row, names); break;
    case TableKind::signpost_intervals: signpost_row(whose, row, names, whole(row)); break;
    case TableKind::signposts: pair(whose, row, names); break;
    case TableKind::other: break;
  }
}

void TraceIntervals::hardware_row(Unit unit, Owner whose, const TraceRow& row, const Names& names) {
  const std::optional<Interval> interval = whole(row);
  if (whose == Owner::other) {
    ++of_others_;
    return;
  }
  if (unit == Unit::ane) {
    const std::string label = lower_ascii(names.text(row.label));
    if (!has_part(label, "predict") || activity(label) == Activity::preparation) {
      ++preparations_;
      return;
    }
  }
  if (!interval) {
    ++unpaired_;
    return;
  }
  note_time(*interval);
  wait(waiting_[static_cast<std::size_t>(unit)], *interval);
}

void TraceIntervals::core_ml(Owner whose, std::string_view event, std::optional<Interval> interval) {
  const Activity what = activity(event);
  if (whose == Owner::other) {
    ++of_others_;
    return;
  }
  if (what == Activity::none || what == Activity::preparation) {
    ++preparations_;
    return;
  }
  if (!interval) {
    ++unpaired_;
    return;
  }
  note_time(*interval);
  if (what == Activity::prediction) {
    wait(whose == Owner::wanted ? windows_ : ownerless_windows_, *interval);
    return;
  }
  const Unit unit = what == Activity::ane ? Unit::ane : what == Activity::gpu ? Unit::gpu : Unit::cpu;
  if (whose == Owner::wanted) {
    count(unit, *interval);
  } else {
    wait(ownerless_[static_cast<std::size_t>(unit)], *interval);
  }
}

void TraceIntervals::signpost_row(Owner whose, const TraceRow& row, const Names& names,
                                  std::optional<Interval> interval) {
  const std::string subsystem = lower_ascii(names.text(row.subsystem));
  if (subsystem == "com.apple.coreml") {
    core_ml(whose, names.text(row.signpost), interval);
  } else if (whose == Owner::wanted && interval && !options_.window_subsystem.empty() &&
             names.text(row.subsystem) == options_.window_subsystem) {
    note_time(*interval);
    wait(windows_, *interval);
  }
}

// Begin and end are the same process, subsystem, name and identifier.
void TraceIntervals::pair(Owner whose, const TraceRow& row, const Names& names) {
  const std::string_view subsystem = names.text(row.subsystem);
  if (whose != Owner::wanted || !row.start || *row.start >= kNoTime) return;
  if (lower_ascii(subsystem) != "com.apple.coreml" && subsystem != options_.window_subsystem) return;
  std::uint64_t key = row.identifier;
  for (const std::uint64_t part : {row.process != 0 ? row.process : row.thread, row.subsystem, row.signpost}) {
    key = (key ^ part) * 0x9E3779B97F4A7C15U + (key >> 29U);
  }
  const std::string_view type = names.text(row.event_type);
  if (type.starts_with("Begin")) {
    if (open_.size() == kMostOpen) {
      ++dropped_;
    } else if (!open_.emplace(key, Open{*row.start}).second) {
      ++unpaired_;  // begun twice
    }
  } else if (type.starts_with("End")) {
    const auto begun = open_.find(key);
    if (begun == open_.end() || begun->second.begin >= *row.start) {
      ++unpaired_;
      return;
    }
    const Interval interval{begun->second.begin, *row.start};
    open_.erase(begun);
    signpost_row(whose, row, names, interval);
  }
}

void TraceIntervals::attribute() {
  if (attached_by_target_) {
    windows_.insert(windows_.end(), ownerless_windows_.begin(), ownerless_windows_.end());
  } else {
    unattributed_ += ownerless_windows_.size();
  }
  predictions_ = windows_.size();
  merge(windows_);
  for (const Unit unit : kUnits) {
    const auto i = static_cast<std::size_t>(unit);
    for (const Interval interval : ownerless_[i]) {
      if (attached_by_target_ || within(interval, windows_)) {
        count(unit, interval);
      } else {
        ++unattributed_;
      }
    }
    for (const Interval interval : waiting_[i]) {
      if (within(interval, windows_)) {
        count(unit, interval);
      } else {
        ++unattributed_;
      }
    }
  }
  unpaired_ += open_.size();
}

nlohmann::ordered_json TraceIntervals::facts() const {
  nlohmann::ordered_json units;
  for (const Unit unit : kUnits) {
    const UnitTime& used = time(unit);
    units[std::string(to_string(unit))] = {
        {"intervals", used.intervals}, {"total_ns", used.total}, {"first_ns", used.first}, {"last_ns", used.last}};
  }
  nlohmann::ordered_json tables = nlohmann::ordered_json::object();
  for (const auto& [schema, count] : rows_of_schema_) tables[schema] = count;
  const bool timed = last_ > 0;
  return {{"rows", rows_},
          {"tables", std::move(tables)},
          {"process_attached", attached()},
          {"attached_by_rows", attached_by_row_},
          {"attached_by_contents", attached_by_target_},
          {"runs_in_contents", runs_},
          {"targets_in_contents", targets_},
          {"units", std::move(units)},
          {"predictions", predictions_},
          {"first_ns", timed ? first_ : 0},
          {"last_ns", timed ? last_ : 0},
          {"not_computing", preparations_},
          {"unpaired", unpaired_},
          {"of_other_processes", of_others_},
          {"unattributed", unattributed_},
          {"unresolved_references", unresolved_},
          {"dropped", dropped_}};
}

}  // namespace seben::evidence
