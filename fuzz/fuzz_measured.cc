// SPDX-License-Identifier: Apache-2.0
// The records of published models that come with the program.
#include "import/measured_models.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  const std::string text(fuzz::text(data, size));
  return fuzz::run([&] {
    for (const bundle::MeasuredModel& model : bundle::parse_measured_models(text, "fuzz")) {
      for (const bundle::PrecisionRecord& record : model.precisions) fuzz::require(record.admitted());
    }
  });
}
