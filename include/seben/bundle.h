// SPDX-License-Identifier: Apache-2.0
// A deployable model on disk: encoder, head, vocabulary and the contract that they agreed on. See docs/bundle.md.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "seben/export.h"

namespace seben {

namespace bundle {
class Bundle;
}

/// An opened bundle. Opening reads structure, sizes and contracts, not the weights; copies share it. Thread-safe.
class SEBEN_API Bundle {
 public:
  /// Throws Error(no_input) when there is none, Error(bad_data) naming file and field when it does not hold together.
  [[nodiscard]] static Bundle open(const std::string& folder);

  [[nodiscard]] const std::string& name() const noexcept;
  /// Readable description, several lines.
  [[nodiscard]] std::string describe() const;
  /// Arithmetics that passed their gates, "f32" always among them.
  [[nodiscard]] std::vector<std::string> precisions() const;
  /// Reads every file; throws Error(bad_data) naming the first whose SHA-256 is not the listed one.
  void verify_digests() const;

  /// For Seben's own code.
  [[nodiscard]] const bundle::Bundle& internal() const noexcept { return *impl_; }

 private:
  explicit Bundle(std::shared_ptr<const bundle::Bundle> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const bundle::Bundle> impl_;
};

}  // namespace seben
