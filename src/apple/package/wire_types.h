// SPDX-License-Identifier: Apache-2.0
// dtypes on the wire.
#pragma once

#include <optional>

#include "MIL.pb.h"
#include "Model.pb.h"
#include "mil/dtype.h"

namespace seben::coreml {

namespace milspec = CoreML::Specification::MILSpec;
namespace spec = CoreML::Specification;

[[nodiscard]] milspec::DataType to_wire(mil::DType dtype);
[[nodiscard]] std::optional<mil::DType> from_wire(milspec::DataType dtype);
[[nodiscard]] std::optional<spec::ArrayFeatureType::ArrayDataType> to_array_type(mil::DType dtype);
[[nodiscard]] std::optional<mil::DType> from_array_type(spec::ArrayFeatureType::ArrayDataType dtype);

}  // namespace seben::coreml
