// SPDX-License-Identifier: Apache-2.0
#include "proofs/figures.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>

#include "formats/npy.h"
#include "parity/difference.h"
#include "proofs/folder.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

// The values of a float32 tensor where they are mapped: npy's header ends at a multiple of 64, so they are aligned.
std::span<const float> floats(const tensor::NpyFile& file, const std::string& path) {
  const tensor::TensorView& view = file.array();
  const auto address = reinterpret_cast<std::uintptr_t>(view.data);
  if (view.dtype != tensor::DType::f32 || address % alignof(float) != 0 || view.elements() == 0) {
    throw Error(ErrorCategory::bad_data, path, "float32 values, aligned", "something else");
  }
  return {reinterpret_cast<const float*>(view.data), static_cast<std::size_t>(view.elements())};
}

Parity parity_of(std::string name, const std::string& a, const std::string& b) {
  const tensor::NpyFile found_file = tensor::NpyFile::open(a), expected_file = tensor::NpyFile::open(b);
  const std::span<const float> found = floats(found_file, a), expected = floats(expected_file, b);
  if (found_file.array().shape != expected_file.array().shape) {
    throw Error(ErrorCategory::bad_data, a + ": shape", tensor::to_string(expected_file.array().shape),
                tensor::to_string(found_file.array().shape));
  }
  const parity::Difference d = parity::difference(found, expected);
  if (!std::isfinite(d.mse) || !std::isfinite(d.mean_square)) {
    throw Error(ErrorCategory::bad_data, a, "finite values", "infinities or no numbers");
  }
  return {d, std::move(name)};
}

Parity parity(const std::string& folder, std::string name, const std::string& found_path,
              const std::string& expected_path) {
  return parity_of(std::move(name), (std::filesystem::path(folder) / found_path).string(),
                   (std::filesystem::path(folder) / expected_path).string());
}

void count_changes(const std::string& folder, const std::string& mode, ModeFigures& figures) {
  const std::string a = (std::filesystem::path(folder) / mode_file(mode, "logits.npy")).string();
  const std::string b = (std::filesystem::path(folder) / "reference/logits.npy").string();
  const tensor::NpyFile found_file = tensor::NpyFile::open(a), expected_file = tensor::NpyFile::open(b);
  const std::span<const float> found = floats(found_file, a), expected = floats(expected_file, b);
  const tensor::Shape& shape = expected_file.array().shape;
  if (shape.size() != 2 || found_file.array().shape != shape) {
    throw Error(ErrorCategory::bad_data, a + ": shape", tensor::to_string(shape),
                tensor::to_string(found_file.array().shape));
  }
  const parity::Classes changed = parity::changed_classes(found, expected, shape[1]);
  figures.frames = changed.frames;
  figures.argmax_changes = changed.changes;
}

}  // namespace

ModeFigures measure_mode(const std::string& folder, const Request& request, const std::string& mode) {
  ModeFigures out;
  for (std::size_t i = 0; i < request.stages.size(); ++i) {
    const std::string file = stage_file(i, request.stages[i]);
    out.stages.push_back(parity(folder, request.stages[i], mode_file(mode, file), "reference/" + file));
  }
  out.encoder = parity(folder, "encoder", mode_file(mode, "features.npy"), "reference/features.npy");
  out.head = parity(folder, "head", mode_file(mode, "head.npy"), "reference/logits.npy");
  out.logits = parity(folder, "logits", mode_file(mode, "logits.npy"), "reference/logits.npy");
  count_changes(folder, mode, out);
  return out;
}

double relative_error(const std::string& found_folder, const std::string& expected_folder, const std::string& path) {
  return parity_of(path, (std::filesystem::path(found_folder) / path).string(),
                   (std::filesystem::path(expected_folder) / path).string())
      .error;
}

std::vector<float> read_tensor(const std::string& folder, const std::string& path) {
  const std::string full = (std::filesystem::path(folder) / path).string();
  const tensor::NpyFile file = tensor::NpyFile::open(full);
  const std::span<const float> values = floats(file, full);
  if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); })) {
    throw Error(ErrorCategory::bad_data, full, "finite values", "infinities or no numbers");
  }
  return {values.begin(), values.end()};
}

void write_tensor(const std::string& folder, const std::string& path, const std::vector<float>& values,
                  const std::vector<std::int64_t>& shape) {
  tensor::write_npy(place_for(folder, path),
                    {path, path, tensor::DType::f32, shape, reinterpret_cast<const std::byte*>(values.data())});
}

}  // namespace seben::proof
