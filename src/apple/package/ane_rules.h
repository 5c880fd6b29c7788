// SPDX-License-Identifier: Apache-2.0
// The audit's rules.
#pragma once

#include "package/ane_audit.h"

namespace seben::coreml::rule {

inline constexpr std::string_view kGuide = "Apple, Deploying Transformers on the Apple Neural Engine (2022)";
inline constexpr std::string_view kTyped = "coremltools guide, typed execution";
inline constexpr std::string_view kRecord = "own record: large-v3 on an iPhone, fp32";
inline constexpr std::string_view kLimits = "a device's message, pytorch/executorch issue 7907";
inline constexpr std::string_view kReports = "reports of other developers, older devices";

inline constexpr AuditRule kChunk{"E3", Level::error,
                                  "more than 3 encoder layers, or 256 MiB of weights, in one package",
                                  "split it (seben export coreml --stages device-safe)", kRecord};
inline constexpr AuditRule kGigabyte{"E4", Level::error, "more than 1 GB of weights in one package",
                                     "split it, or store the weights in fewer bits", "coremltools guide, model size"};
inline constexpr AuditRule kFp32{"W1", Level::warning, "computed in fp32, which the Neural Engine does not have",
                                 "export with --precision fp16", kTyped};
inline constexpr AuditRule kCast{"W1", Level::warning, "a cast inside of the program", "keep one precision throughout",
                                 kTyped};
inline constexpr AuditRule kRank{"W2", Level::warning, "an activation that is not [1, C, 1, S]",
                                 "export with --layout ane", kGuide};
inline constexpr AuditRule kLinear{"W2", Level::warning, "a product that could be a 1x1 convolution",
                                   "export with --layout ane", kGuide};
inline constexpr AuditRule kBatch{"W2", Level::warning, "a batch other than 1", "run one window at a time", kGuide};
inline constexpr AuditRule kPadding{"W3", Level::warning, "the last axis is padded to 64 bytes",
                                    "let the longest axis be the last one", kGuide};
inline constexpr AuditRule kDimension{"W4", Level::warning, "a dimension beyond 16384 (65536 for channels)",
                                      "split the axis", kLimits};
inline constexpr AuditRule kLarge{"W4", Level::warning, "an intermediate result above 32 MB",
                                  "split attention by heads (--layout ane)", kGuide};
inline constexpr AuditRule kPoor{"W5", Level::warning,
                                 "an operator that the Neural Engine is known to lack or to do badly",
                                 "keep it at the ends of the program", kReports};
inline constexpr AuditRule kDynamic{"W5", Level::warning, "a shape that only the running program knows",
                                    "fix the shape, or enumerate shapes", kReports};
inline constexpr AuditRule kMoves{"W6", Level::warning, "more transposes and reshapes than the layout needs",
                                  "one transpose a layer is enough (k)", kGuide};
inline constexpr AuditRule kBetween{"W6", Level::warning, "something ineligible between eligible operations",
                                    "move it to an end: each change of processor costs", kReports};
inline constexpr AuditRule kEpsilon{"W7", Level::warning, "an epsilon below 6.1e-5 is subnormal in fp16",
                                    "keep layer_norm in fp32 (--keep-fp32 layer_norm), or measure",
                                    "IEEE 754 binary16"};
inline constexpr AuditRule kRange{"W7", Level::warning, "a constant that fp16 cannot hold, or an infinite mask",
                                  "use -1e4 for masks", "IEEE 754 binary16"};
inline constexpr AuditRule kFlexible{"I1", Level::note, "an input whose shape may vary", "prefer fixed shapes",
                                     "coremltools guide, flexible inputs"};
inline constexpr AuditRule kAttention{"I1", Level::note,
                                      "scaled_dot_product_attention below 2 million elements a query",
                                      "split attention by heads (--layout ane), or measure", kReports};
inline constexpr AuditRule kEqual{"I1", Level::note, "a constant that lies in the weight file twice",
                                  "share one constant", "the package itself"};
inline constexpr AuditRule kGelu{"I1", Level::note, "exact GELU: no report says where it runs",
                                 "measure it on a device", "nobody's report"};

}  // namespace seben::coreml::rule
