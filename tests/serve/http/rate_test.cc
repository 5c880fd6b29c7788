// SPDX-License-Identifier: Apache-2.0
#include "http/rate.h"

#include <gtest/gtest.h>

#include <string>

namespace seben::serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateLimit, AnAllowanceIsSpentAtOnceAndGrowsBackEvenly) {
  RateLimit rate(3);
  const auto begin = RateLimit::Clock::now();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(rate.ask("10.0.0.1", begin));
  EXPECT_EQ(rate.ask("10.0.0.1", begin), milliseconds(20'000));
  EXPECT_EQ(rate.ask("10.0.0.1", begin + seconds(5)), milliseconds(15'000)) << "a refusal costs nothing";
  EXPECT_FALSE(rate.ask("10.0.0.1", begin + seconds(20)));
  EXPECT_EQ(rate.ask("10.0.0.1", begin + seconds(20)), milliseconds(20'000));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(rate.ask("10.0.0.1", begin + seconds(300)));
  EXPECT_TRUE(rate.ask("10.0.0.1", begin + seconds(300))) << "it does not grow beyond what it was";
}

TEST(RateLimit, EachClientHasItsOwnAndIsForgotten) {
  RateLimit rate(1);
  const auto begin = RateLimit::Clock::now();
  EXPECT_FALSE(rate.ask("10.0.0.1", begin));
  EXPECT_FALSE(rate.ask("10.0.0.2", begin));
  EXPECT_FALSE(rate.ask("2001:db8::1", begin));
  EXPECT_TRUE(rate.ask("2001:db8::ffff", begin)) << "one client has all addresses of a /64";
  EXPECT_FALSE(rate.ask("2001:db8:0:1::1", begin));
  EXPECT_TRUE(rate.ask("::ffff:10.0.0.1", begin)) << "IPv4 through a socket of IPv6";
  EXPECT_EQ(rate.clients(), 4U);
  EXPECT_FALSE(rate.ask("10.0.0.9", begin + seconds(61)));
  EXPECT_EQ(rate.clients(), 1U);
}

TEST(RateLimit, MoreClientsThanAreRememberedShareOneAllowance) {
  RateLimit rate(2, 10);
  const auto begin = RateLimit::Clock::now();
  int allowed = 0;
  for (int i = 0; i < 1'000; ++i) allowed += rate.ask("10.0." + std::to_string(i / 250) + ".1", begin) ? 0 : 1;
  EXPECT_EQ(allowed, 8) << "four clients, two each";
  for (int i = 0; i < 1'000; ++i) {
    (void)rate.ask("10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250), begin);
  }
  EXPECT_EQ(rate.clients(), 10U);
  EXPECT_TRUE(rate.ask("10.2.0.1", begin));
  EXPECT_FALSE(rate.ask("10.2.0.1", begin + seconds(61)));
}

TEST(RateLimit, NoneIsSaidByNought) {
  RateLimit rate(0);
  for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(rate.ask("10.0.0.1"));
  EXPECT_EQ(rate.clients(), 0U);
}

TEST(RateLimit, OnlyAProxysWordOnTheClientIsTaken) {
  const auto client = [](const std::string& peer, const std::string& forwarded) {
    Request request;
    request.peer = peer;
    request.headers = {{"x-forwarded-for", "1.1.1.1"}, {"x-forwarded-for", forwarded}};
    return client_of(request, {"127.0.0.1"});
  };
  EXPECT_EQ(client("127.0.0.1", "10.0.0.7"), "10.0.0.7");
  EXPECT_EQ(client("127.0.0.1", "1.2.3.4, 2001:db8::1"), "2001:db8::1") << "the proxy's is the last";
  EXPECT_EQ(client("10.9.9.9", "10.0.0.7"), "10.9.9.9");
  for (const char* bad : {"", ",", "unknown", "10.0.0.7:80", "10.0.0.7,"}) {
    EXPECT_EQ(client("127.0.0.1", bad), "127.0.0.1") << bad;
  }
  EXPECT_EQ(client("::ffff:127.0.0.1", "10.0.0.7"), "10.0.0.7");
  Request plain;
  plain.peer = "127.0.0.1";
  EXPECT_EQ(client_of(plain, {"127.0.0.1"}), "127.0.0.1");
}

}  // namespace
}  // namespace seben::serve
