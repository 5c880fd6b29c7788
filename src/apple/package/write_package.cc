// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "base/new_folder.h"
#include "base/sha256.h"
#include "mil/check.h"
#include "mil/label.h"
#include "package/manifest.h"
#include "package/package.h"
#include "package/wire.h"
#include "seben/error.h"

namespace seben::coreml {
namespace {

namespace fs = std::filesystem;
using mil::Literal;
constexpr std::string_view kData = "Data/com.apple.CoreML";

// Constants for the weight file in the order of their first use, each payload once.
std::vector<const Literal*> file_constants(const mil::Model& model) {
  std::vector<const Literal*> found;
  std::map<const mil::Payload*, bool> seen;
  const auto visit = [&](const Literal& literal) {
    if (literal.in_file && seen.emplace(literal.payload.get(), true).second) found.push_back(&literal);
  };
  for (const auto& [name, function] : model.program.functions) {
    for (const mil::Operation& op : function.operations) {
      for (const auto& [operand, bindings] : op.inputs) {
        for (const mil::Binding& binding : bindings) {
          if (const auto* literal = std::get_if<Literal>(&binding)) visit(*literal);
        }
      }
      for (const auto& [attribute, literal] : op.attributes) visit(literal);
    }
  }
  return found;
}

void require_target(const fs::path& path, bool overwrite) {
  if (path.extension() != ".mlpackage") {
    throw Error(ErrorCategory::usage, path.string(), "a name that ends in .mlpackage", path.filename().string());
  }
  std::error_code ignored;
  if (fs::exists(path, ignored) && !overwrite) {
    throw Error(ErrorCategory::usage, path.string(), "a new name, or leave to replace (--overwrite)",
                "an existing one");
  }
}

void require_workspace(const fs::path& path, std::uint64_t needed) {
  std::error_code error;
  fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  while (!fs::exists(folder, error) && folder.has_parent_path() && folder != folder.parent_path())
    folder = folder.parent_path();
  const fs::space_info space = fs::space(folder, error);
  if (!error && space.available < needed) {
    throw Error(ErrorCategory::io, path.string(), fmt::format("{} bytes of room on the disk", needed),
                std::to_string(space.available));
  }
}

std::string write_weights(const base::NewFolder& folder, const std::vector<const Literal*>& constants,
                          std::uint64_t total, const WriteOptions& options,
                          std::map<const mil::Payload*, std::uint64_t>& offsets) {
  BlobWriter writer(folder.place(std::string(kData) + "/weights/weight.bin"),
                    static_cast<std::uint32_t>(constants.size()));
  for (const Literal* literal : constants) {
    offsets[literal->payload.get()] = writer.append(literal->type.dtype, literal->type.elements(), *literal->payload);
    if (options.progress) options.progress(writer.bytes_written(), total);
  }
  return writer.commit();
}

}  // namespace

WrittenPackage write_package(const mil::Model& model, const std::string& path, const WriteOptions& options) {
  const fs::path target = fs::path(path).has_filename() ? fs::path(path) : fs::path(path).parent_path();
  require_target(target, options.overwrite);
  mil::check(model, target.string());
  const std::vector<const Literal*> constants = file_constants(model);
  std::vector<std::uint64_t> sizes;
  sizes.reserve(constants.size());
  for (const Literal* literal : constants) sizes.push_back(literal->payload->size());
  const std::uint64_t weight_bytes = constants.empty() ? 0 : blob_file_bytes(sizes);
  constexpr std::uint64_t kModelBytes = std::uint64_t{64} << 20;  // more than any program's text has needed
  require_workspace(target, weight_bytes + kModelBytes);

  const base::NewFolder folder(target.string(),
                               {options.overwrite, true, "a folder that can be made", "a name that can be given"});
  WrittenPackage written;
  std::map<const mil::Payload*, std::uint64_t> offsets;
  mil::Model stated = model;
  if (!constants.empty()) {
    written.weight_digest = write_weights(folder, constants, weight_bytes, options, offsets);
    written.weight_bytes = weight_bytes;
    mil::PackageLabel label = mil::read_label(stated.metadata);
    label.weights_digest = written.weight_digest;
    mil::write_label(stated.metadata, label);
  }
  if (options.complete) options.complete(stated.metadata);
  const std::string bytes =
      serialize(stated, [&](const Literal& literal) { return offsets.at(literal.payload.get()); });
  written.model_bytes = bytes.size();
  written.model_digest = base::sha256_hex(bytes);
  folder.write(std::string(kData) + "/model.mlmodel", bytes);
  folder.write("Manifest.json", manifest_text(written.model_digest, !constants.empty()));
  folder.commit();
  return written;
}

}  // namespace seben::coreml
