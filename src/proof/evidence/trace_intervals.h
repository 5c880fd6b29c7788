// SPDX-License-Identifier: Apache-2.0
// Sorting the rows of a recording into computing intervals by unit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "evidence/trace.h"
#include "evidence/trace_rows.h"

namespace seben::evidence {

struct Interval {
  std::uint64_t begin = 0, end = 0;  ///< nanoseconds
};

struct UnitTime {
  std::size_t intervals = 0;
  std::uint64_t total = 0;  ///< nanoseconds, overlaps counted twice
  std::uint64_t first = 0, last = 0;
};

class TraceIntervals final : public TraceListener {
 public:
  /// Intervals that wait for the end of the recording to be attributed, of each kind.
  static constexpr std::size_t kMostWaiting = std::size_t{1} << 19;
  static constexpr std::size_t kMostOpen = std::size_t{1} << 16;  ///< signposts that have begun
  static constexpr std::size_t kMostSchemas = 256;

  explicit TraceIntervals(const TraceOptions& options) : options_(options) {}

  void begin_document() { process_of_name_.clear(); }  ///< names are numbered anew in every file
  void table(std::string_view schema) override;
  void row(TableKind kind, const TraceRow& row, const Names& names) override;
  void target(std::string_view name, std::int64_t pid) override;
  void run() override { ++runs_; }

  /// Attributes what waits. To be called once, after the last file.
  void attribute();

  [[nodiscard]] const UnitTime& time(Unit unit) const { return times_[static_cast<std::size_t>(unit)]; }
  [[nodiscard]] bool attached() const noexcept { return attached_by_row_ || attached_by_target_; }
  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] nlohmann::ordered_json facts() const;

 private:
  enum class Owner : std::uint8_t { unknown, wanted, other };
  enum class Activity : std::uint8_t { ane, gpu, cpu, prediction, preparation, none };

  struct Open {
    std::uint64_t begin = 0;
  };

  [[nodiscard]] Owner owner(const TraceRow& row, const Names& names);
  [[nodiscard]] bool is_wanted(std::string_view process) const;
  [[nodiscard]] static Activity activity(std::string_view label);
  void hardware_row(Unit unit, Owner owner, const TraceRow& row, const Names& names);
  void signpost_row(Owner owner, const TraceRow& row, const Names& names, std::optional<Interval> interval);
  void core_ml(Owner owner, std::string_view event, std::optional<Interval> interval);
  void pair(Owner owner, const TraceRow& row, const Names& names);
  [[nodiscard]] std::optional<Interval> whole(const TraceRow& row);
  void count(Unit unit, Interval interval);
  void wait(std::vector<Interval>& list, Interval interval);
  void note_time(Interval interval);

  const TraceOptions& options_;
  std::vector<std::int8_t> process_of_name_;  // -1 not looked at, else Owner, by index of the name
  std::array<UnitTime, 3> times_{};
  std::array<std::vector<Interval>, 3> waiting_;       // hardware without a process
  std::array<std::vector<Interval>, 3> ownerless_;     // Core ML without a process
  std::vector<Interval> windows_, ownerless_windows_;  // predictions
  std::unordered_map<std::uint64_t, Open> open_;
  std::map<std::string, std::size_t, std::less<>> rows_of_schema_;
  std::size_t* schema_rows_ = nullptr;
  std::size_t rows_ = 0, runs_ = 0, targets_ = 0;
  std::size_t predictions_ = 0, preparations_ = 0, unpaired_ = 0, unresolved_ = 0, unattributed_ = 0, dropped_ = 0,
              of_others_ = 0;
  std::uint64_t first_ = ~std::uint64_t{0}, last_ = 0;
  bool attached_by_row_ = false, attached_by_target_ = false;
};

}  // namespace seben::evidence
