// SPDX-License-Identifier: Apache-2.0
// Between a model in memory and its protobuf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "mil/model.h"

namespace seben::coreml {

/// Where the weight file has the data of a constant: its record's offset.
using PlaceBlob = std::function<std::uint64_t(const mil::Literal&)>;
/// The payload at a record's offset in the named file, of `type`; Error(bad_data) when it is not there or does not fit.
using FindBlob = std::function<std::shared_ptr<const mil::Payload>(const std::string& file, std::uint64_t offset,
                                                                   const mil::Type& type)>;

/// The serialized Model message. Equal models give equal bytes. Constants with `in_file` are placed by `place`.
[[nodiscard]] std::string serialize(const mil::Model& model, const PlaceBlob& place);

/// Error(bad_data) names `source` and the part that cannot be read: no protobuf, no ML program, an unknown opset,
/// control flow (blocks inside of operations), values that are no tensors. What the program means is not looked at.
[[nodiscard]] mil::Model deserialize(std::span<const std::byte> bytes, const std::string& source, const FindBlob& find);

}  // namespace seben::coreml
