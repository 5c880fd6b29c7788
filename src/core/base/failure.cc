// SPDX-License-Identifier: Apache-2.0
#include "base/failure.h"

#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

namespace seben::base {
namespace {

Error of_the_file_system(const std::filesystem::filesystem_error& failure) {
  const std::string path = failure.path1().empty() ? "file system" : failure.path1().string();
  return {ErrorCategory::io, path, "a file system that does as it is asked", failure.code().message()};
}

}  // namespace

Error as_error(const std::exception& failure) {
  if (const auto* error = dynamic_cast<const Error*>(&failure)) return *error;
  if (const auto* files = dynamic_cast<const std::filesystem::filesystem_error*>(&failure)) {
    return of_the_file_system(*files);
  }
  constexpr int kIllFormed = 316;  // the library's number for a text that is not UTF-8 and cannot be written
  if (const auto* json = dynamic_cast<const nlohmann::json::type_error*>(&failure); json && json->id == kIllFormed) {
    return {ErrorCategory::bad_data, "text", "names and fields in UTF-8, to be written as JSON", json->what()};
  }
  if (const auto* system = dynamic_cast<const std::system_error*>(&failure)) {
    return {ErrorCategory::io, "system", "to do as it is asked", system->code().message()};
  }
  if (dynamic_cast<const std::bad_alloc*>(&failure) != nullptr) {
    return {ErrorCategory::memory, "memory", "enough of it (fewer --threads and smaller models need less)", "no more"};
  }
  return {ErrorCategory::internal, "internal", "no defect", failure.what()};
}

}  // namespace seben::base
