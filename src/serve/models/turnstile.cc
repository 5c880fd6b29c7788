// SPDX-License-Identifier: Apache-2.0
#include "models/turnstile.h"

#include <chrono>
#include <utility>

namespace seben::serve {
namespace {

constexpr std::chrono::milliseconds kLookUp{250};

}  // namespace

Turnstile::Turn::Turn(Turnstile& turnstile, std::function<void()> waiting)
    : turnstile_(turnstile), waiting_(std::move(waiting)) {
  turnstile_.acquire(waiting_);
  held_ = true;
}

Turnstile::Turn::~Turn() {
  if (held_) turnstile_.release();
}

void Turnstile::Turn::pass_on() {
  if (turnstile_.waiting() == 0) return;
  held_ = false;
  turnstile_.release();
  turnstile_.acquire(waiting_);
  held_ = true;
}

std::size_t Turnstile::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::size_t Turnstile::working() const {
  const std::lock_guard lock(mutex_);
  return working_;
}

void Turnstile::acquire(const std::function<void()>& waiting) {
  std::unique_lock lock(mutex_);
  const auto place = queue_.insert(queue_.end(), 0);
  const auto mine = [&] { return free_ > 0 && place == queue_.begin(); };
  while (!changed_.wait_for(lock, kLookUp, mine)) {
    if (!waiting) continue;
    lock.unlock();
    try {
      waiting();
    } catch (...) {
      lock.lock();
      queue_.erase(place);
      changed_.notify_all();
      throw;
    }
    lock.lock();
  }
  queue_.erase(place);
  --free_;
  ++working_;
  if (free_ > 0) changed_.notify_all();
}

void Turnstile::release() noexcept {
  const std::lock_guard lock(mutex_);
  ++free_;
  --working_;
  changed_.notify_all();
}

}  // namespace seben::serve
