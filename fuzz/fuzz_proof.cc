// SPDX-License-Identifier: Apache-2.0
// Every text that an audit reads: what is accepted is written again to the same bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "proofs/environment.h"
#include "proofs/figures.h"
#include "proofs/folder.h"
#include "proofs/gates.h"
#include "proofs/probe.h"
#include "proofs/reading.h"
#include "proofs/request.h"
#include "proofs/steps.h"
#include "seben/error.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <class Work>
void attempt(Work work) {
  try {
    work();
  } catch (const seben::Error&) {  // the one way to refuse
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben::proof;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  attempt([&] { require(manifest_text(parse_manifest(text, "m")) == text); });
  attempt([&] { require(to_text(parse_request(text, "r")) == text); });
  attempt([&] { require(to_text(parse_receipt(text, "s")) == text); });
  attempt([&] { require(to_text(parse_reading(text, "d")) == text); });
  attempt([&] { require(to_text(parse_timings(text, "t")) == text); });
  attempt([&] { require(environment_text(parse_environment(text, "e")) == text); });
  attempt([&] { require(parse_preflight(text, "p").free >= parse_preflight(text, "p").least); });
  attempt([&] { require(!parse_gates(text, "g").name.empty()); });
  attempt([&] { static_cast<void>(sort_outputs({std::string(text)})); });
  return 0;
}
