// SPDX-License-Identifier: Apache-2.0
#include "import/skew.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bundle/bundle.h"
#include "bundle/replace_manifest.h"
#include "seben/error.h"

namespace seben::bundle {

SkewMeter::SkewMeter(std::int64_t dim) : dim_(static_cast<std::size_t>(dim)) {
  if (dim < 1) throw Error(ErrorCategory::internal, "skew", "features of width 1 or more", std::to_string(dim));
}

void SkewMeter::add(std::span<const float> provided, std::span<const float> required) {
  if (provided.size() != required.size() || provided.empty() || provided.size() % dim_ != 0) {
    throw Error(ErrorCategory::bad_data, fmt::format("skew: clip {}", clips_ + 1),
                fmt::format("{} values, whole frames of {}, as from the other extractor", required.size(), dim_),
                std::to_string(provided.size()));
  }
  for (std::size_t offset = 0; offset < provided.size(); offset += dim_) {
    add_frame(provided.subspan(offset, dim_), required.subspan(offset, dim_));
  }
  ++clips_;
}

void SkewMeter::add_frame(std::span<const float> provided, std::span<const float> required) {
  double dot = 0.0;
  double provided_square = 0.0;
  double required_square = 0.0;
  double error_square = 0.0;
  for (std::size_t i = 0; i < dim_; ++i) {
    const auto a = static_cast<double>(provided[i]);
    const auto b = static_cast<double>(required[i]);
    dot += a * b;
    provided_square += a * a;
    required_square += b * b;
    error_square += (a - b) * (a - b);
  }
  if (!std::isfinite(error_square) || (provided_square == 0.0) != (required_square == 0.0)) {
    throw Error(ErrorCategory::bad_data, fmt::format("skew: clip {}", clips_ + 1), "finite frames, none of them empty",
                "a frame that is not finite or that is zero on one side only");
  }
  const bool empty = required_square == 0.0;
  const double error = empty ? 0.0 : std::sqrt(error_square / required_square);
  const double cosine = empty ? 1.0 : std::min(1.0, dot / std::sqrt(provided_square * required_square));
  ++frames_;
  error_sum_ += error;
  max_error_ = std::max(max_error_, error);
  cosine_sum_ += cosine;
  min_cosine_ = std::min(min_cosine_, cosine);
}

SkewRecord SkewMeter::record(const frontend::FeatureContract& provided, const frontend::FeatureContract& required,
                             double cer_difference, const SkewBounds& bounds, const std::vector<Gate>& basis) const {
  if (clips_ == 0) throw Error(ErrorCategory::incomplete, "skew", "at least one clip measured", "none");
  if (provided.frames != required.frames || provided.dim != required.dim ||
      provided.extractor_stride != required.extractor_stride) {
    frontend::require_compatible(provided, required, "skew");
  }
  SkewRecord record;
  record.provided = provided;
  record.required = required;
  record.clips = clips_;
  record.frames = frames_;
  record.mean_error = error_sum_ / static_cast<double>(frames_);
  record.max_error = max_error_;
  record.mean_cosine = cosine_sum_ / static_cast<double>(frames_);
  record.min_cosine = min_cosine_;
  record.cer_difference = cer_difference;
  record.max_mean_error = bounds.max_mean_error;
  record.min_mean_cosine = bounds.min_mean_cosine;
  record.max_cer_difference = bounds.max_cer_difference;
  record.basis = basis;
  return record;
}

void store_skew(const std::string& folder, const SkewRecord& record) {
  if (!rests_on_enough(record.basis)) {
    throw Error(ErrorCategory::incomplete, folder + ": skew",
                "enough recordings, enough characters and a reading of them",
                "a measurement that does not rest on that");
  }
  if (!record.within_bounds()) {
    throw Error(ErrorCategory::incomplete, folder + ": skew",
                fmt::format("mean error <= {}, mean cosine >= {}, CER difference <= {}", record.max_mean_error,
                            record.min_mean_cosine, record.max_cer_difference),
                fmt::format("{}, {}, {}", record.mean_error, record.mean_cosine, record.cer_difference));
  }
  Manifest manifest = Bundle::open(folder).manifest();
  std::erase_if(manifest.skew, [&](const SkewRecord& old) {
    return old.provided == record.provided && old.required == record.required;
  });
  manifest.skew.push_back(record);
  replace_manifest(folder, manifest);
}

void store_precision(const std::string& folder, const PrecisionRecord& record) {
  Manifest manifest = Bundle::open(folder).manifest();
  std::erase_if(manifest.precisions, [&](const PrecisionRecord& old) { return old.precision == record.precision; });
  manifest.precisions.push_back(record);
  replace_manifest(folder, manifest);
}

void store_precision(const std::string& folder, const std::string& decoder, const PrecisionRecord& record) {
  const Bundle bundle = Bundle::open(folder);
  Manifest manifest = bundle.manifest();
  const std::string& name = bundle.decoder(decoder).entry->name;
  for (DecoderEntry& entry : manifest.decoders) {
    if (entry.name != name) continue;
    std::erase_if(entry.precisions, [&](const PrecisionRecord& old) { return old.precision == record.precision; });
    entry.precisions.push_back(record);
  }
  replace_manifest(folder, manifest);
}

}  // namespace seben::bundle
