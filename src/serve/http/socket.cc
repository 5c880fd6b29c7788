// SPDX-License-Identifier: Apache-2.0
#include "http/socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace seben::serve {
namespace {

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;  // Apple's systems: the option of the socket, below
#endif

#ifdef POLLRDHUP
constexpr short kHungUp = POLLRDHUP;
#else
constexpr short kHungUp = 0;  // Apple's systems say POLLHUP, unasked
#endif

using std::chrono::milliseconds;

int poll_one(int fd, short events, milliseconds time, short* seen) noexcept {
  pollfd one{fd, events, 0};
  const int count = ::poll(&one, 1, static_cast<int>(std::clamp<std::int64_t>(time.count(), 0, 1'000'000'000)));
  *seen = one.revents;
  return count;
}

}  // namespace

Socket::Socket(base::Descriptor descriptor) : descriptor_(std::move(descriptor)) {
  const int flags = ::fcntl(descriptor_.get(), F_GETFL, 0);
  (void)::fcntl(descriptor_.get(), F_SETFL, flags | O_NONBLOCK);
#ifdef SO_NOSIGPIPE
  const int on = 1;
  (void)::setsockopt(descriptor_.get(), SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
}

IoResult Socket::wait(short events, milliseconds patience, bool limited) const noexcept {
  const auto begin = Clock::now();
  while (true) {
    const auto now = Clock::now();
    milliseconds left = patience - std::chrono::duration_cast<milliseconds>(now - begin);
    if (limited && deadline_) left = std::min(left, std::chrono::ceil<milliseconds>(*deadline_ - now));
    if (left.count() <= 0) return {IoState::timeout, 0, 0};
    short seen = 0;
    const int count = poll_one(descriptor_.get(), events, left, &seen);
    if (count > 0) return {};
    if (count < 0 && errno != EINTR) return {IoState::failed, 0, errno};
  }
}

IoResult Socket::read(std::span<std::byte> out) {
  while (true) {
    if (deadline_ && Clock::now() >= *deadline_) return {IoState::timeout, 0, 0};
    const ssize_t got = ::recv(descriptor_.get(), out.data(), out.size(), 0);
    if (got > 0) return {IoState::done, static_cast<std::size_t>(got), 0};
    if (got == 0) return {IoState::end, 0, 0};
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return {IoState::failed, 0, errno};
    if (const IoResult waited = wait(POLLIN, read_, true); waited.state != IoState::done) return waited;
  }
}

IoResult Socket::write(std::span<const std::byte> bytes) {
  while (true) {
    const ssize_t put = ::send(descriptor_.get(), bytes.data(), bytes.size(), kNoSignal);
    if (put >= 0) return {IoState::done, static_cast<std::size_t>(put), 0};
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return {IoState::failed, 0, errno};
    if (const IoResult waited = wait(POLLOUT, write_, false); waited.state != IoState::done) return waited;
  }
}

bool Socket::readable_within(milliseconds time) const noexcept {
  return wait(POLLIN, time, false).state == IoState::done;
}

bool Socket::peer_gone() const noexcept {
  std::byte next{};
  const ssize_t got = ::recv(descriptor_.get(), &next, 1, MSG_PEEK);
  if (got > 0) return false;  // the next request, or more of this one
  return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

bool Socket::hung_up() const noexcept {
  short seen = 0;
  return poll_one(descriptor_.get(), kHungUp, milliseconds(0), &seen) > 0 &&
         (seen & (kHungUp | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void Socket::shut_down() const noexcept { (void)::shutdown(descriptor_.get(), SHUT_RDWR); }

void Socket::linger(milliseconds time) noexcept {
  (void)::shutdown(descriptor_.get(), SHUT_WR);
  const auto end = Clock::now() + time;
  std::array<std::byte, 65536> lost;
  set_deadline(end);
  while (read(lost).state == IoState::done) {
  }
  set_deadline(std::nullopt);
}

}  // namespace seben::serve
