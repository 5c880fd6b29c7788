// SPDX-License-Identifier: Apache-2.0
// What live clients say, in both languages: read, or refused as the client's mistake.
#include "openai/api_error.h"
#include "realtime/client_event.h"
#include "support.h"

namespace {

template <typename Read>
void try_to(Read&& read) {
  try {
    read();
  } catch (const seben::serve::ApiError& error) {
    seben::fuzz::require(error.status() >= 400 && error.status() < 500);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  const std::string_view text = fuzz::text(data, size);
  try_to([&] {
    const serve::ClientEvent event = serve::read_openai_event(text, {});
    fuzz::require(event.config.format.rate >= 8000 && event.config.format.rate <= 48000);
    (void)serve::PcmReader(event.config.format.form).read(event.audio);
  });
  try_to([&] { (void)serve::read_own_event(text); });
  (void)serve::event_id_of(text);
  return 0;
}
