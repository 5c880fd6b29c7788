// SPDX-License-Identifier: Apache-2.0
#include "formats/composed_weights.h"

#include <utility>

#include "base/interrupt.h"
#include "seben/error.h"

namespace seben::tensor {
namespace {

constexpr std::uint64_t kAlignment = 64;

}  // namespace

ComposedWeights::ComposedWeights(std::string source, std::shared_ptr<const void> owner, const base::MappedFile* file)
    : source_(std::move(source)), owner_(std::move(owner)), file_(file) {}

void ComposedWeights::insert(Entry entry) {
  const std::string name = entry.view.name;
  if (!entries_.emplace(name, std::move(entry)).second) {
    throw Error(ErrorCategory::bad_data, source_ + ": " + name, "every tensor once", "it twice");
  }
}

void ComposedWeights::add(TensorView view) { insert({std::move(view), {}, 0}); }

void ComposedWeights::add(TensorView head, Producer produce) {
  head.data = nullptr;
  const std::uint64_t bytes = head.bytes();
  insert({std::move(head), std::move(produce), computed_bytes_});
  computed_bytes_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

const TensorView* ComposedWeights::peek(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second.view;
}

void ComposedWeights::stream(std::string_view name, const ByteSink& sink) const {
  const auto found = entries_.find(name);
  if (found == entries_.end() || !found->second.produce) {
    WeightFile::stream(name, sink);
    return;
  }
  found->second.produce([&](std::span<const std::byte> piece) {
    base::throw_if_interrupted();
    sink(piece);
  });
}

void ComposedWeights::compute(Entry& entry) const {
  if (!scratch_) scratch_ = std::make_unique<base::ScratchFile>(computed_bytes_, source_);
  std::uint64_t at = entry.offset;
  entry.produce([&](std::span<const std::byte> piece) {
    base::throw_if_interrupted();
    scratch_->write(at, piece);
    at += piece.size();
  });
  if (at - entry.offset != entry.view.bytes()) {
    throw Error(ErrorCategory::internal, source_ + ": " + entry.view.name,
                std::to_string(entry.view.bytes()) + " bytes", std::to_string(at - entry.offset));
  }
  entry.view.data = scratch_->bytes().data() + entry.offset;
}

const TensorView* ComposedWeights::find(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return nullptr;
  Entry& entry = found->second;
  if (entry.produce) {
    const std::lock_guard lock(mutex_);
    if (entry.view.data == nullptr && entry.view.bytes() != 0) compute(entry);
  }
  return &entry.view;
}

std::vector<std::string> ComposedWeights::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

std::optional<std::size_t> ComposedWeights::offset_in_file(const TensorView& view) const {
  if (file_ == nullptr || view.data == nullptr) return std::nullopt;
  const std::span<const std::byte> bytes = file_->bytes();
  const std::less<> before;
  if (before(view.data, bytes.data()) || !before(view.data, bytes.data() + bytes.size())) return std::nullopt;
  return static_cast<std::size_t>(view.data - bytes.data());
}

void ComposedWeights::prefetch(const TensorView& view) const {
  if (const auto offset = offset_in_file(view)) file_->prefetch(*offset, view.bytes());
}

void ComposedWeights::release(const TensorView& view) const {
  if (const auto offset = offset_in_file(view)) {
    file_->release(*offset, view.bytes());
    return;
  }
  const auto found = entries_.find(view.name);
  if (found == entries_.end() || !found->second.produce) return;
  const std::lock_guard lock(mutex_);
  if (found->second.view.data != nullptr) scratch_->release(found->second.offset, view.bytes());
}

}  // namespace seben::tensor
