// SPDX-License-Identifier: Apache-2.0
// A form with the boundary "xyz", whole and cut in two: both ways give the same parts or the same refusal.
#include <vector>

#include "http/multipart.h"
#include "support.h"

namespace {

using seben::serve::FormPart;
using seben::serve::MultipartReader;

struct Parsed {
  std::vector<std::string> parts;
  std::string failure;
  bool operator==(const Parsed&) const = default;
};

Parsed parse(std::string_view first, std::string_view second) {
  Parsed out;
  MultipartReader reader(
      "xyz", {[&](const FormPart& part) { out.parts.push_back(part.name + "\n"); },
              [&](std::string_view data) { out.parts.back() += data; }, [&] { out.parts.back() += "\nend"; }});
  try {
    reader.push(first);
    reader.push(second);
    reader.finish();
  } catch (const seben::Error& error) {
    seben::fuzz::require(error.category() == seben::ErrorCategory::bad_data);
    out.failure = error.what();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  if (size == 0) return 0;
  const std::string_view text = fuzz::text(data + 1, size - 1);
  const std::size_t cut = text.size() * data[0] / 255;
  const Parsed whole = parse(text, {}), parts = parse(text.substr(0, cut), text.substr(cut));
  fuzz::require(whole.failure.empty() == parts.failure.empty());
  if (whole.failure.empty()) fuzz::require(whole == parts);
  (void)MultipartReader::boundary_of(text);
  return 0;
}
