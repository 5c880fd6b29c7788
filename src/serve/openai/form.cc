// SPDX-License-Identifier: Apache-2.0
#include "openai/form.h"

#include <array>
#include <memory>
#include <utility>

#include "base/format.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "http/multipart.h"
#include "openai/api_error.h"

namespace seben::serve {
namespace {

constexpr std::size_t kPiece = 65'536;

}  // namespace

Form Form::read(Exchange& exchange, std::uint64_t most_bytes) {
  const std::string* type = exchange.request().header("content-type");
  const auto boundary = type != nullptr ? MultipartReader::boundary_of(*type) : std::nullopt;
  if (!boundary) throw ApiError(400, "invalid_request", "the body must be multipart/form-data with a boundary");
  exchange.limit_body(most_bytes);
  Form out;
  bool in_file = false;
  MultipartReader::Sink sink;
  sink.begin = [&](const FormPart& part) {
    in_file = part.name == "file";
    if (!in_file) {
      out.fields_.emplace_back(part.name, std::string());
      return;
    }
    if (out.file_bytes_) throw ApiError(400, "invalid_value", "one file was expected, two were found", "file");
    out.file_bytes_ = 0;
    out.file_name_ = base::printable(part.filename.value_or("file")).substr(0, 200);
    out.file_ = std::make_unique<base::ScratchFile>("upload");
  };
  sink.data = [&](std::string_view bytes) {
    if (in_file) {
      out.file_->append(std::as_bytes(std::span(bytes)));
      *out.file_bytes_ += bytes.size();
      return;
    }
    auto& [name, value] = out.fields_.back();
    if (value.size() + bytes.size() > kLongestField) {
      throw ApiError(400, "invalid_value", base::format("at most {} bytes were expected", kLongestField), name);
    }
    value += bytes;
  };
  sink.end = [&] {
    if (in_file) return;
    const auto& [name, value] = out.fields_.back();
    if (base::well_formed_prefix(value) != value.size()) {
      throw ApiError(400, "invalid_value", "text in UTF-8 was expected", base::printable(name));
    }
  };
  MultipartReader reader(*boundary, std::move(sink));
  const auto buffer = std::make_unique<std::array<char, kPiece>>();
  try {
    while (const std::size_t got = exchange.read_body(*buffer)) reader.push({buffer->data(), got});
    reader.finish();
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_data) throw;
    throw ApiError(400, "invalid_request", error.what());
  }
  return out;
}

base::Descriptor Form::take_file() { return file_->take(); }

}  // namespace seben::serve
