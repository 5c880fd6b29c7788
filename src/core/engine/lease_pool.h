// SPDX-License-Identifier: Apache-2.0
// Memory that calls borrow and give back: each call has one of its own, and what a burst of calls needed does not stay.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace seben::pipeline {

/// Thread-safe; it must outlive its leases. T is movable without throwing.
template <typename T>
class LeasePool {
 public:
  class Lease {
   public:
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { pool_.give_back(std::move(memory_)); }
    [[nodiscard]] T& operator*() noexcept { return memory_; }
    [[nodiscard]] T* operator->() noexcept { return &memory_; }

   private:
    friend class LeasePool;
    Lease(LeasePool& pool, T memory) noexcept : pool_(pool), memory_(std::move(memory)) {}
    LeasePool& pool_;
    T memory_;
  };

  /// A spare one, or what `make` gives.
  template <typename Make>
  [[nodiscard]] Lease borrow(Make&& make) {
    std::optional<T> memory = take();
    if (!memory) {
      try {
        memory.emplace(make());
      } catch (...) {
        const std::lock_guard lock(mutex_);
        --lent_;
        throw;
      }
    }
    return Lease(*this, std::move(*memory));
  }

  [[nodiscard]] std::size_t spares() const {
    const std::lock_guard lock(mutex_);
    return spare_.size();
  }

 private:
  // Counts the lease and makes the room in which it will be given back, so that giving back asks for no memory.
  std::optional<T> take() {
    const std::lock_guard lock(mutex_);
    spare_.reserve(spare_.size() + lent_ + 1);
    ++lent_;
    if (spare_.empty()) return std::nullopt;
    std::optional<T> memory(std::move(spare_.back()));
    spare_.pop_back();
    return memory;
  }

  // Spares are never more than the calls in flight and one: under a steady load none is made anew, after it one stays.
  void give_back(T memory) noexcept {
    std::optional<T> surplus[2];  // at most two, which go outside the lock: they are large
    const std::lock_guard lock(mutex_);
    --lent_;
    spare_.push_back(std::move(memory));
    for (std::optional<T>& one : surplus) {
      if (spare_.size() <= lent_ + 1) break;
      one.emplace(std::move(spare_.back()));
      spare_.pop_back();
    }
  }

  mutable std::mutex mutex_;
  std::vector<T> spare_;
  std::size_t lent_ = 0;
};

}  // namespace seben::pipeline
