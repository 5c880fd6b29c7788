// SPDX-License-Identifier: Apache-2.0
#include "http/rate.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "http/header_value.h"

namespace seben::serve {
namespace {

constexpr std::chrono::minutes kAllowanceTime{1};
constexpr std::chrono::seconds kForgetEvery{1};
constexpr const char* kTheRest = "others";  // no address

}  // namespace

std::optional<std::string> canonical_address(const std::string& text) {
  constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return text;
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
  const bool v4 = std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
  return v4 ? ::inet_ntop(AF_INET, bytes.data() + kMapped.size(), out.data(), out.size())
            : ::inet_ntop(AF_INET6, bytes.data(), out.data(), out.size());
}

std::string client_of(const Request& request, const std::vector<std::string>& proxies) {
  std::string peer = canonical_address(request.peer).value_or(request.peer);
  if (std::ranges::find(proxies, peer) == proxies.end()) return peer;
  // Proxies that add a field of their own, instead of a word to the client's, add it behind.
  const std::string* forwarded = nullptr;
  for (const auto& [name, value] : request.headers) {
    if (name == "x-forwarded-for") forwarded = &value;
  }
  if (forwarded == nullptr) return peer;
  const std::string_view last = trimmed(std::string_view(*forwarded).substr(forwarded->rfind(',') + 1));
  return canonical_address(std::string(last)).value_or(peer);
}

std::string network_of(const std::string& address) {
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return address;
  std::array<char, INET6_ADDRSTRLEN> out{};
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return ::inet_ntop(AF_INET6, bytes.data(), out.data(), out.size());
}

RateLimit::RateLimit(std::size_t a_minute, std::size_t most_clients)
    : a_minute_(a_minute), most_clients_(std::max<std::size_t>(most_clients, 2)) {
  if (a_minute_ != 0) each_ = Clock::duration(kAllowanceTime) / static_cast<Clock::rep>(a_minute_);
}

std::optional<std::chrono::milliseconds> RateLimit::ask(const std::string& client, Clock::time_point now) {
  if (a_minute_ == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  std::string name = network_of(canonical_address(client).value_or(client));
  if (now - forgot_ >= kForgetEvery) forget(now);
  // The last place is that of all who find no other.
  if (whole_at_.size() + 1 >= most_clients_ && !whole_at_.contains(name)) name = kTheRest;
  const auto found = whole_at_.find(name);
  const Clock::time_point whole = found == whole_at_.end() ? now : std::max(found->second, now);
  const Clock::duration missing = whole + each_ - now - each_ * static_cast<Clock::rep>(a_minute_);
  if (missing > Clock::duration::zero()) return std::chrono::ceil<std::chrono::milliseconds>(missing);
  whole_at_[name] = whole + each_;
  return std::nullopt;
}

std::size_t RateLimit::clients() const {
  const std::lock_guard lock(mutex_);
  return whole_at_.size();
}

void RateLimit::forget(Clock::time_point now) {
  std::erase_if(whole_at_, [now](const auto& one) { return one.second <= now; });
  forgot_ = now;
}

}  // namespace seben::serve
