// SPDX-License-Identifier: Apache-2.0
// A static estimate of what may run on Apple's Neural Engine. It never says that something does: only a trace or a
// compute plan from a device shows placement.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "package/package.h"

namespace seben::coreml {

enum class Level : std::uint8_t { error, warning, note };

/// A rule of the audit: what it looks for, what helps, and where it is known from.
struct AuditRule {
  std::string_view id;  ///< "W3"
  Level level;
  std::string_view reason, remedy, source;
};

struct Finding {
  const AuditRule* rule;
  std::string operation;  ///< "linear layer_0_q", "" for the whole package
  std::string detail;     ///< the figure or type that was found
};

struct Audit {
  std::vector<Finding> findings;
  std::int64_t operations = 0;  ///< without parameters
  std::int64_t eligible = 0;
  double work = 0.0, eligible_work = 0.0;             ///< multiply-adds
  std::int64_t partitions = 0;                        ///< runs of eligible operations with others between them
  double activation_bytes = 0.0, padded_bytes = 0.0;  ///< of fp16 results, the last axis padded to 64 bytes

  [[nodiscard]] bool has_errors() const noexcept;
};

[[nodiscard]] Audit audit_ane(const Package& package);
/// By rule, with counts and the first few places.
[[nodiscard]] std::string audit_text(const Audit& audit);
[[nodiscard]] nlohmann::ordered_json audit_json(const Audit& audit);
void write_audit_html(const Audit& audit, const std::string& title, const std::string& path);

[[nodiscard]] std::string_view to_string(Level level) noexcept;

}  // namespace seben::coreml
