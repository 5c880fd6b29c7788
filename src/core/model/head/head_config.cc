// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "model/head/head.h"
#include "seben/error.h"

namespace seben::ctc {
namespace {

constexpr std::int64_t kMaxSize = 16384;

[[noreturn]] void fail(const tensor::WeightFile& file, const std::string& field, const std::string& expected,
                       const std::string& found) {
  throw Error(ErrorCategory::bad_data, file.source() + ": " + field, expected, found);
}

std::string metadata(const tensor::WeightFile& file, const std::string& key) {
  const auto it = file.metadata().find("seben.head." + key);
  return it == file.metadata().end() ? std::string() : it->second;
}

std::int64_t number(const tensor::WeightFile& file, const std::string& key, std::int64_t min, std::int64_t max) {
  const std::string text = metadata(file, key);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < min || value > max) {
    fail(file, "metadata seben.head." + key, std::to_string(min) + ".." + std::to_string(max),
         text.empty() ? "nothing" : "\"" + text + "\"");
  }
  return value;
}

const tensor::TensorView& tensor_of(const tensor::WeightFile& file, const std::string& name, std::size_t rank) {
  const tensor::TensorView& view = file.require(name);
  if (view.shape.size() != rank) {
    fail(file, name, std::to_string(rank) + " dimensions", tensor::to_string(view.shape));
  }
  for (const std::int64_t size : view.shape) {
    if (size < 1 || size > kMaxSize)
      fail(file, name, "sizes of 1.." + std::to_string(kMaxSize), tensor::to_string(view.shape));
  }
  return view;
}

std::int64_t count_layers(const tensor::WeightFile& file, const std::string& prefix, const std::string& suffix) {
  std::int64_t n = 0;
  while (file.find(prefix + std::to_string(n) + suffix) != nullptr) ++n;
  return n;
}

void check_stated(const tensor::WeightFile& file, const std::string& key, std::int64_t actual) {
  if (!metadata(file, key).empty() && number(file, key, 0, kMaxSize) != actual) {
    fail(file, "metadata seben.head." + key, std::to_string(actual) + " as the tensors say", metadata(file, key));
  }
}

std::int64_t stride_of(const tensor::WeightFile& file) {
  const std::int64_t stride = number(file, "stride", 1, 4);
  if (stride == 3) fail(file, "metadata seben.head.stride", "1, 2 or 4", "3");
  return stride;
}

HeadConfig read_transformer(const tensor::WeightFile& file) {
  HeadConfig c;
  c.kind = HeadKind::transformer;
  const auto& projection = tensor_of(file, "input_proj.0.weight", 2);
  c.width = projection.shape[0];
  c.input_dim = projection.shape[1];
  c.positions = tensor_of(file, "pos_enc", 3).shape[1];
  c.layers = count_layers(file, "encoder.layers.", ".linear1.weight");
  if (c.layers == 0) fail(file, "encoder.layers.0.linear1.weight", "a transformer layer", "none");
  c.ffn = tensor_of(file, "encoder.layers.0.linear1.weight", 2).shape[0];
  c.classes = tensor_of(file, "output_proj.weight", 2).shape[0];
  c.heads = number(file, "heads", 1, c.width);
  c.stride = stride_of(file);
  if (c.width % c.heads != 0) {
    fail(file, "metadata seben.head.heads", "a divisor of " + std::to_string(c.width), std::to_string(c.heads));
  }
  c.trajectory = file.find("net.0.weight") != nullptr;
  check_stated(file, "ffn", c.ffn);
  return c;
}

// Both recurrent kinds, whose first matrix is called `first`.
HeadConfig read_recurrent(const tensor::WeightFile& file, HeadKind kind, const std::string& first) {
  HeadConfig c;
  c.kind = kind;
  const auto& projection = tensor_of(file, first, 2);
  c.width = projection.shape[0];
  c.input_dim = projection.shape[1];
  c.layers = count_layers(file, "encoder.weight_ih_l", "");
  if (c.layers == 0) fail(file, "encoder.weight_ih_l0", "an LSTM layer", "none");
  const auto& recurrent = tensor_of(file, "encoder.weight_hh_l0", 2);
  c.cells = recurrent.shape[1];
  if (recurrent.shape[0] != 4 * c.cells) {
    fail(file, "encoder.weight_hh_l0", "[4 n, n], the gates i, f, g, o of n cells", tensor::to_string(recurrent.shape));
  }
  c.classes = tensor_of(file, "output_proj.weight", 2).shape[0];
  check_stated(file, "cells", c.cells);
  return c;
}

HeadConfig read_conv_bilstm(const tensor::WeightFile& file) {
  HeadConfig c = read_recurrent(file, HeadKind::conv_bilstm, "input_proj.0.weight");
  c.stride = stride_of(file);
  if (const std::string heads = metadata(file, "heads"); !heads.empty()) {
    fail(file, "metadata seben.head.heads", "nothing, as this kind has no attention", "\"" + heads + "\"");
  }
  return c;
}

HeadConfig read_kind(const tensor::WeightFile& file) {
  const std::string kind = metadata(file, "kind");
  if (kind == "transformer") return read_transformer(file);
  if (kind == "bilstm") return read_recurrent(file, HeadKind::bilstm, "input_proj.weight");
  if (kind == "conv-bilstm") return read_conv_bilstm(file);
  fail(file, "metadata seben.head.kind", "transformer, bilstm or conv-bilstm",
       kind.empty() ? "nothing" : "\"" + kind + "\"");
}

}  // namespace

std::string to_string(HeadKind kind) {
  switch (kind) {
    case HeadKind::bilstm: return "bilstm";
    case HeadKind::conv_bilstm: return "conv-bilstm";
    case HeadKind::transformer: break;
  }
  return "transformer";
}

HeadConfig HeadConfig::read(const tensor::WeightFile& file) {
  HeadConfig c = read_kind(file);
  c.blank = number(file, "blank", 0, c.classes - 1);
  check_stated(file, "width", c.width);
  check_stated(file, "layers", c.layers);
  check_stated(file, "input_dim", c.input_dim);
  return c;
}

}  // namespace seben::ctc
