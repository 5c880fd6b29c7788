// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "base/posix.h"
#include "http/connection.h"
#include "http/socket.h"
#include "seben/error.h"

namespace seben::serve {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address parse_address(const std::string& text, std::uint16_t port) {
  Address out;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    out.size = sizeof(sockaddr_in);
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    out.size = sizeof(sockaddr_in6);
  } else {
    throw Error(ErrorCategory::usage, "listen", "an IPv4 or IPv6 address", text);
  }
  return out;
}

std::string text_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = address.ss_family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  return ::inet_ntop(address.ss_family, bytes, text.data(), text.size()) != nullptr ? text.data() : "unknown";
}

std::uint16_t port_of(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  return ntohs(storage.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(storage).sin_port
                                            : reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
}

base::Descriptor listen_at(const ServerOptions& options) {
  const Address address = parse_address(options.address, options.port);
  base::Descriptor out(::socket(address.storage.ss_family, SOCK_STREAM, 0));
  const int on = 1;
  const auto failed = [&]() -> bool {
    if (!out || ::fcntl(out.get(), F_SETFD, FD_CLOEXEC) != 0) return true;
    (void)::setsockopt(out.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return ::bind(out.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 ||
           ::listen(out.get(), 128) != 0 || ::fcntl(out.get(), F_SETFL, O_NONBLOCK) != 0;
  };
  if (failed()) {
    const std::string reason = std::strerror(errno);
    throw Error(ErrorCategory::io, options.address + ":" + std::to_string(options.port), "to be listened to", reason);
  }
  return out;
}

}  // namespace

struct Server::Impl {
  struct Connection {
    explicit Connection(base::Descriptor descriptor) : socket(std::move(descriptor)) {}
    Socket socket;
    std::thread thread;
    bool over = false;
  };

  Impl(const ServerOptions& o, Handler h, Refuse r)
      : options(o),
        handler(std::move(h)),
        refuse(std::move(r)),
        listener(listen_at(options)),
        port(port_of(listener.get())) {
    int ends[2];
    if (::pipe(ends) != 0) throw Error(ErrorCategory::io, "listen", "a pipe", std::strerror(errno));
    wake_read = base::Descriptor(ends[0]);
    wake_write = base::Descriptor(ends[1]);
    for (const int end : ends) (void)::fcntl(end, F_SETFD, FD_CLOEXEC);
    acceptor = std::thread([this] { accept_all(); });
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    stop();
    cut();
    std::unique_lock lock(mutex);
    ended.wait(lock, [this] { return all_over(); });
    lock.unlock();
    for (Connection& one : connections) one.thread.join();
  }

  void stop() noexcept {
    stopping = true;
    const char byte = 0;
    (void)!::write(wake_write.get(), &byte, 1);
    if (acceptor.joinable()) acceptor.join();
    listener = base::Descriptor();  // so that clients are refused at once
  }
  void cut() noexcept {
    const std::lock_guard lock(mutex);
    for (const Connection& one : connections) one.socket.shut_down();
  }
  [[nodiscard]] bool all_over() const {
    for (const Connection& one : connections) {
      if (!one.over) return false;
    }
    return true;
  }

  void accept_all() {
    while (!stopping) {
      std::array<pollfd, 2> ready{pollfd{listener.get(), POLLIN, 0}, pollfd{wake_read.get(), POLLIN, 0}};
      if (::poll(ready.data(), ready.size(), 1'000) < 0 && errno != EINTR) return;
      join_ended();
      if (stopping) return;
      if ((ready[0].revents & POLLIN) != 0) accept_one();
    }
  }
  void accept_one() {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    base::Descriptor taken(::accept(listener.get(), reinterpret_cast<sockaddr*>(&peer), &size));
    if (!taken) {  // EMFILE and the like: others end meanwhile
      if (errno != EAGAIN && errno != EINTR) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      return;
    }
    (void)::fcntl(taken.get(), F_SETFD, FD_CLOEXEC);
    const int on = 1;
    (void)::setsockopt(taken.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard lock(mutex);
    if (connections.size() >= options.connections) {
      constexpr std::string_view kFull =
          "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      Socket full(std::move(taken));
      (void)full.write(std::as_bytes(std::span(kFull)));
      return;
    }
    Connection& one = connections.emplace_back(std::move(taken));
    try {
      one.thread = std::thread([this, &one, name = text_of(peer)] { run(one, name); });
    } catch (const std::system_error&) {
      connections.pop_back();  // no thread to be had: the client sees the connection closed
    }
  }
  void run(Connection& one, const std::string& peer) noexcept {
    serve_connection(one.socket, peer, {options, handler, refuse, stopping});
    one.socket.shut_down();
    const std::lock_guard lock(mutex);
    one.over = true;
    ended.notify_all();
  }
  void join_ended() {
    std::list<Connection> over;
    {
      const std::lock_guard lock(mutex);
      for (auto it = connections.begin(); it != connections.end();) {
        const auto next = std::next(it);
        if (it->over) over.splice(over.end(), connections, it);
        it = next;
      }
    }
    for (Connection& one : over) one.thread.join();
  }

  ServerOptions options;
  Handler handler;
  Refuse refuse;
  base::Descriptor listener;
  std::uint16_t port;
  base::Descriptor wake_read, wake_write;
  std::atomic<bool> stopping = false;
  std::mutex mutex;
  std::condition_variable ended;
  std::list<Connection> connections;
  std::thread acceptor;
};

Server::Server(const ServerOptions& options, Handler handler, Refuse refuse)
    : impl_(std::make_unique<Impl>(options, std::move(handler), std::move(refuse))) {}
Server::~Server() = default;

std::uint16_t Server::port() const noexcept { return impl_->port; }
std::size_t Server::connections() const noexcept {
  const std::lock_guard lock(impl_->mutex);
  std::size_t count = 0;
  for (const Impl::Connection& one : impl_->connections) count += one.over ? 0 : 1;
  return count;
}
void Server::stop_accepting() noexcept { impl_->stop(); }
bool Server::wait_for_end(std::chrono::milliseconds time) {
  std::unique_lock lock(impl_->mutex);
  return impl_->ended.wait_for(lock, time, [this] { return impl_->all_over(); });
}
void Server::cut() noexcept { impl_->cut(); }

}  // namespace seben::serve
