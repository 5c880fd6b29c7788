// SPDX-License-Identifier: Apache-2.0
#include "import/head_source.h"

#include <charconv>

#include "seben/error.h"

namespace seben::bundle {
namespace {

const std::string kPrefix = "seben.head.";

void merge(tensor::Metadata& metadata, const std::string& name, const std::optional<std::string>& option,
           const std::string& source) {
  if (!option) return;
  const auto [entry, is_new] = metadata.emplace(kPrefix + name, *option);
  if (is_new || entry->second == *option) return;
  throw Error(ErrorCategory::usage, source + ": metadata " + kPrefix + name, "the value given, " + *option,
              entry->second);
}

std::optional<std::string> text(const std::optional<std::int64_t>& number) {
  if (!number) return std::nullopt;
  return std::to_string(*number);
}

}  // namespace

HeadSource::HeadSource(const tensor::SafetensorsFile& file, const HeadOptions& options, bool has_contract)
    : file_(file), metadata_(file.metadata()) {
  merge(metadata_, "kind", options.kind, source());
  merge(metadata_, "stride", text(options.stride), source());
  merge(metadata_, "heads", text(options.heads), source());
  merge(metadata_, "blank", text(options.blank), source());
  merge(metadata_, "feature_stride", text(options.feature_stride), source());
  const auto require_stated = [this](const std::string& name, const char* meaning) {
    if (metadata_.contains(kPrefix + name)) return;
    throw Error(ErrorCategory::usage, source() + ": " + kPrefix + name,
                std::string(meaning) + ", in the file's metadata or as an option", "it nowhere (it is never guessed)");
  };
  require_stated("kind", "the head's kind, transformer, bilstm or conv-bilstm");
  require_stated("blank", "the index of the CTC blank");
  const std::string& kind = metadata_.at(kPrefix + "kind");
  if (kind != "bilstm") require_stated("stride", "by how much the head shortens time itself");
  if (kind == "transformer") require_stated("heads", "the number of attention heads");
  if (!has_contract) require_stated("feature_stride", "on every how many-th encoder frame the head was trained");
}

std::int64_t HeadSource::feature_stride() const {
  const auto entry = metadata_.find(kPrefix + "feature_stride");
  if (entry == metadata_.end()) return 0;
  const std::string& value = entry->second;
  std::int64_t stride = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), stride);
  if (error != std::errc() || end != value.data() + value.size() || stride < 1 || stride > 1000) {
    throw Error(ErrorCategory::bad_data, source() + ": metadata " + kPrefix + "feature_stride",
                "a number from 1 to 1000", value);
  }
  return stride;
}

}  // namespace seben::bundle
