// SPDX-License-Identifier: Apache-2.0
// Every text of an evidence folder that is read as a whole: what is accepted keeps what it promises.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "evidence/device_files.h"
#include "evidence/device_run.h"
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
  using namespace seben::evidence;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  attempt([&] {
    const auto files = parse_sums(text, "s");
    require(!files.empty() && std::ranges::is_sorted(files, {}, &ListedFile::path));
    for (const ListedFile& file : files) require(stays_inside(file.path) && file.path.front() != '/');
  });
  attempt([&] { require(!parse_device_run(text, "r").compute_units.empty()); });
  attempt([&] { require(!parse_device_chain(text, "c").stages.empty()); });
  attempt([&] { require(!parse_device_details(text, "d").modes.empty()); });
  attempt([&] { require(fixtures_encoder(text, "f").size() == 64); });
  return 0;
}
