// SPDX-License-Identifier: Apache-2.0
// A weight file of a Core ML package.
#include "package/blob_file.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto blobs = coreml::BlobFile::view(std::as_bytes(std::span(data, size)), "fuzz");
    std::uint64_t end = 0;
    for (const coreml::BlobRecord& record : blobs.records()) {
      fuzz::require(record.offset >= end);
      end = record.data_offset + blobs.data(record).size();
      fuzz::require(end <= size);
    }
  });
}
