// SPDX-License-Identifier: Apache-2.0
// Who computes: a few slots, lent for one window at a time, in turn. So a short recording waits for one window of a
// long one, not for all of them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>

namespace seben::serve {

/// Thread-safe.
class Turnstile {
 public:
  explicit Turnstile(std::size_t slots) : free_(slots) {}
  Turnstile(const Turnstile&) = delete;
  Turnstile& operator=(const Turnstile&) = delete;

  /// A slot, until it goes. Not for several threads.
  class Turn {
   public:
    Turn(Turnstile& turnstile, std::function<void()> waiting);
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();

    /// Between windows: lets those who wait go first.
    void pass_on();

   private:
    Turnstile& turnstile_;
    std::function<void()> waiting_;
    bool held_ = false;
  };

  /// Waits for its turn, and calls `waiting` (may be empty) some four times a second meanwhile: what it throws gives
  /// the place in the queue up, and is thrown.
  [[nodiscard]] Turn take(std::function<void()> waiting = {}) { return Turn(*this, std::move(waiting)); }

  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] std::size_t working() const;

 private:
  void acquire(const std::function<void()>& waiting);
  void release() noexcept;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<int> queue_;  // one entry for each that waits, in order
  std::size_t free_, working_ = 0;
};

}  // namespace seben::serve
