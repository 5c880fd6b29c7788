// SPDX-License-Identifier: Apache-2.0
#include <span>

#include "formats/pickle.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto pickle =
        tensor::Pickle::read(std::as_bytes(std::span(data, size)), "fuzz",
                             {"torch._utils _rebuild_tensor_v2", "torch FloatStorage", "collections OrderedDict"});
    for (const auto item : pickle.at(pickle.root()).items) (void)pickle.at(item);  // every part is there
  });
}
