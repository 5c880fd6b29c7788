// SPDX-License-Identifier: Apache-2.0
// Keys and values of one attention layer, coded as they come and never restored as a whole: products with queries take
// the codes as they are (kernels/kv_ops.h). Codes are those of the affine codec (quant/affine_ops.h), whose groups lie
// within one head: keys with one norm a vector lose every channel but the largest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "kernels/buffer.h"
#include "kernels/kv_ops.h"

namespace seben::quant {

using kernels::KvForm;

/// "f32", "bf16", "affine8", "affine4"
[[nodiscard]] std::string_view to_string(KvForm form) noexcept;
/// nothing for another word
[[nodiscard]] std::optional<KvForm> parse_kv_form(std::string_view word) noexcept;

struct KvShape {
  std::int64_t heads = 0;
  std::int64_t positions = 0;
  std::int64_t head_dim = 0;

  [[nodiscard]] std::int64_t width() const noexcept { return heads * head_dim; }
  [[nodiscard]] bool operator==(const KvShape&) const = default;
};

/// For many positions that are written once and then read again and again by a few queries.
class KvHeads {
 public:
  KvHeads() = default;
  /// Error(usage) when heads of that width cannot be coded: they must be multiples of 16 and at most 1024.
  KvHeads(const KvShape& shape, KvForm form);

  [[nodiscard]] const KvShape& shape() const noexcept { return shape_; }
  [[nodiscard]] KvForm form() const noexcept { return form_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return keys_.size() + values_.size() + halves_.size(); }
  /// Positions rounded up to what a row of scores has room for.
  [[nodiscard]] std::int64_t lanes() const noexcept { return blocks_ * kernels::kKeyLanes; }

  /// The keys of positions 16 block and on: rows [16, heads * head_dim], those behind the last position of any finite
  /// numbers. Different blocks, and the values of different positions, may be set from different threads.
  /// Error(bad_data) for what has no code: numbers that are not finite or beyond 65504.
  void set_keys(std::int64_t block, const float* rows);
  /// row: [heads * head_dim].
  void set_value(std::int64_t position, const float* row);
  /// Key and value of one position, [heads * head_dim] each. Error(internal) unless the form is f32.
  void read(std::int64_t position, float* key, float* value) const;

  /// out[m] = softmax(queries[m] keys^T) values of one head over all positions, [queries, head_dim]. `weights` receives
  /// what the softmax gave, [queries, lanes()], valid below positions; `room` as large.
  void attend(std::int64_t head, kernels::MatrixRows<float> queries, float* weights, float* room, float* out,
              std::int64_t out_stride) const;

 private:
  void code_keys(std::int64_t block, std::int64_t head, const float* rows);
  [[nodiscard]] std::uint16_t* halves(int which, std::int64_t head, std::int64_t g) noexcept;
  [[nodiscard]] const std::uint16_t* halves(int which, std::int64_t head) const noexcept;

  KvShape shape_;
  KvForm form_ = KvForm::f32;
  std::int64_t blocks_ = 0, group_ = 0, groups_ = 0;  // of 16 positions; of a head
  std::size_t head_bytes_ = 0;                        // of one head's keys, and of its values
  kernels::Buffer keys_, values_;                     // as KeyBlocks and ValueRows, head after head
  kernels::Buffer halves_;  // scales and zeros of the keys, then of the values: [heads][groups][lanes()] each
};

/// For positions that come one by one and are read in runs: row after row.
class KvRows {
 public:
  KvRows() = default;
  /// `shape.positions` rows. Error(usage) for u4, and for u8 when heads of that width cannot be coded: they must be
  /// multiples of 16 and at most 128.
  KvRows(const KvShape& shape, KvForm form);

  [[nodiscard]] std::size_t bytes() const noexcept { return data_.size() + halves_.size(); }
  /// One head of one row. Different heads may be set from different threads. Errors as KvHeads::set_key.
  void set(std::int64_t row, std::int64_t head, const float* values);
  /// y[j] = query row[first + j] for `count` rows.
  void scores(std::int64_t head, std::int64_t first, std::int64_t count, const float* query, float* y) const;
  /// out += sum_j p[j] row[first + j]; `room` holds `count` floats.
  void mix(std::int64_t head, std::int64_t first, std::int64_t count, const float* p, float* room, float* out) const;

 private:
  KvShape shape_;
  KvForm form_ = KvForm::f32;
  kernels::Buffer data_;    // [positions][heads][head_dim]
  kernels::Buffer halves_;  // scales, then zeros: [heads][positions] each
};

}  // namespace seben::quant
