// SPDX-License-Identifier: Apache-2.0
// A connected socket whose every wait has an end.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/posix.h"

namespace seben::serve {

enum class IoState : std::uint8_t { done, end, timeout, failed };

struct IoResult {
  IoState state = IoState::done;
  std::size_t bytes = 0;
  int error = 0;
};

/// One thread reads and writes; shut_down(), peer_gone() and hung_up() may be called by others.
class Socket {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Socket(base::Descriptor descriptor);

  /// The longest wait for the next bytes, or for room for some.
  void set_patience(std::chrono::milliseconds read, std::chrono::milliseconds write) noexcept {
    read_ = read, write_ = write;
  }
  /// Reading ends then, however many bytes come.
  void set_deadline(std::optional<Clock::time_point> deadline) noexcept { deadline_ = deadline; }

  /// At least one byte, unless the state says otherwise.
  [[nodiscard]] IoResult read(std::span<std::byte> out);
  [[nodiscard]] IoResult write(std::span<const std::byte> bytes);
  [[nodiscard]] bool readable_within(std::chrono::milliseconds time) const noexcept;
  /// Whether the other side sends no more: it closed, or half closed, or is gone.
  [[nodiscard]] bool peer_gone() const noexcept;
  /// Likewise, although there may be something that it sent before and nobody read.
  [[nodiscard]] bool hung_up() const noexcept;
  /// Ends every wait; the descriptor stays until the object goes.
  void shut_down() const noexcept;
  /// Says that nothing more is sent, and reads away what still comes, for a while: so that an answer before the end of
  /// a request is not lost with the connection.
  void linger(std::chrono::milliseconds time) noexcept;

 private:
  [[nodiscard]] IoResult wait(short events, std::chrono::milliseconds patience, bool limited) const noexcept;

  base::Descriptor descriptor_;
  std::chrono::milliseconds read_{30'000}, write_{30'000};
  std::optional<Clock::time_point> deadline_;
};

}  // namespace seben::serve
