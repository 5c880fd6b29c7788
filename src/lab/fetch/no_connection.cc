// SPDX-License-Identifier: Apache-2.0
// In the place of connection.cc when Seben is built without the network (SEBEN_FETCH=OFF).
#include "fetch/connection.h"
#include "fetch/unavailable.h"

namespace seben::fetch {

struct Connection::Handle {};

Connection::Connection(int) {
  throw Error(kUnavailable, "network", "a program built with it (SEBEN_FETCH)", "one without");
}

Connection::~Connection() = default;

HttpResponse Connection::perform(const HttpRequest&) { return {}; }

}  // namespace seben::fetch
