// SPDX-License-Identifier: Apache-2.0
// Matrix products by oneDNN's inner product primitive, versions 2 and 3.
#if defined(SEBEN_GEMM_ONEDNN)
#include <map>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>

#include "base/isa.h"
#include "kernels/buffer.h"
#include "kernels/gemm.h"
#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::kernels {
namespace {

using dnnl::memory;
using Primitive = dnnl::inner_product_forward;
using Type = memory::data_type;

struct Types {
  Type source;
  Type weights;
  Type accumulator;
};

Types types_of(GemmKind kind) {
  switch (kind) {
    case GemmKind::bf16: return {Type::bf16, Type::bf16, Type::f32};
    case GemmKind::u8s8: return {Type::u8, Type::s8, Type::s32};
    case GemmKind::f32: break;
  }
  return {Type::f32, Type::f32, Type::f32};
}

Primitive::primitive_desc describe(const dnnl::engine& engine, const memory::desc& source, const memory::desc& weights,
                                   const memory::desc& accumulator) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
#if DNNL_VERSION_MAJOR >= 3
  return {engine, dnnl::prop_kind::forward_inference, source, weights, accumulator, attributes};
#else
  return {{dnnl::prop_kind::forward_inference, source, weights, accumulator}, attributes, engine};
#endif
}

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

// The product over weights in the library's layout, wherever they lie.
class Product {
 public:
  Product(GemmKind kind, std::int64_t n, std::int64_t k, std::int64_t block_rows)
      : types_(types_of(kind)), n_(n), k_(k), block_rows_(block_rows) {
    const auto chosen = make(block_rows, memory::desc({n, k}, types_.weights, memory::format_tag::any));
    packed_ = chosen.weights_desc();
    block_ = std::make_unique<Entry>(chosen);
  }

  [[nodiscard]] const memory::desc& packed() const noexcept { return packed_; }
  [[nodiscard]] Type weights() const noexcept { return types_.weights; }

  void multiply(const void* x, std::int64_t rows, const void* packed, void* accumulator) const {
    const Entry& entry = rows == block_rows_ ? *block_ : other(rows);
    const dnnl::engine& engine = cpu();
    dnnl::stream stream(engine);
    memory source(entry.source, engine, const_cast<void*>(x));
    memory weights(packed_, engine, const_cast<void*>(packed));
    memory result(entry.accumulator, engine, accumulator);
    memory scratch(entry.scratch, engine);
    entry.primitive.execute(
        stream,
        {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, result}, {DNNL_ARG_SCRATCHPAD, scratch}});
    stream.wait();
  }

 private:
  struct Entry {
    explicit Entry(const Primitive::primitive_desc& desc)
        : primitive(desc), source(desc.src_desc()), accumulator(desc.dst_desc()), scratch(desc.scratchpad_desc()) {}
    Primitive primitive;
    memory::desc source, accumulator, scratch;
  };

  [[nodiscard]] Primitive::primitive_desc make(std::int64_t rows, const memory::desc& weights) const {
    const OneThread one;
    return describe(cpu(), memory::desc({rows, k_}, types_.source, memory::format_tag::ab), weights,
                    memory::desc({rows, n_}, types_.accumulator, memory::format_tag::ab));
  }

  // A block that is shorter than usual: its primitive is made on first use, over the same packed weights.
  const Entry& other(std::int64_t rows) const {
    const std::lock_guard lock(mutex_);
    auto& slot = others_[rows];
    if (!slot) slot = std::make_unique<Entry>(make(rows, packed_));
    return *slot;
  }

  Types types_;
  std::int64_t n_, k_, block_rows_ = 0;
  memory::desc packed_;
  std::unique_ptr<Entry> block_;
  mutable std::mutex mutex_;
  mutable std::map<std::int64_t, std::unique_ptr<Entry>> others_;
};

class OneDnnGemm final : public Gemm {
 public:
  OneDnnGemm(GemmKind kind, std::int64_t n, std::int64_t k, const void* weights, std::int64_t block_rows)
      : product_(kind, n, k, block_rows), packed_(product_.packed().get_size()) {
    // Packing may use every thread the caller has; only the products are made for one.
    memory from(memory::desc({n, k}, product_.weights(), memory::format_tag::ab), cpu(), const_cast<void*>(weights));
    memory to(product_.packed(), cpu(), packed_.data());
    dnnl::stream stream(cpu());
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
  }

  void multiply(const void* x, std::int64_t rows, void* accumulator) const override {
    product_.multiply(x, rows, packed_.data(), accumulator);
  }
  [[nodiscard]] std::size_t packed_bytes() const noexcept override { return packed_.size(); }

 private:
  Product product_;
  Buffer packed_;
};

std::size_t offset_bytes(const memory::desc& part, Type type) {
#if DNNL_VERSION_MAJOR >= 3
  return static_cast<std::size_t>(part.get_submemory_offset()) * memory::data_type_size(type);
#else
  return static_cast<std::size_t>(part.data.offset0) * memory::data_type_size(type);
#endif
}

// Pieces of rows that the library's layout keeps apart, each reordered alone. Where the layout has no such pieces the
// whole matrix is one.
class OneDnnExpandingGemm final : public ExpandingGemm {
 public:
  OneDnnExpandingGemm(GemmKind kind, std::int64_t n, std::int64_t k, std::int64_t block_rows)
      : product_(kind, n, k, block_rows), n_(n), k_(k) {
    constexpr std::int64_t kPiece = 128;
    rows_ = n % kPiece == 0 && can_split(kPiece) ? kPiece : n;
    part_ = rows_ == n ? product_.packed() : product_.packed().submemory_desc({rows_, k_}, {0, 0});
    const OneThread one;
    const memory::desc plain({rows_, k_}, product_.weights(), memory::format_tag::ab);
    reorder_ = dnnl::reorder(dnnl::reorder::primitive_desc(cpu(), plain, cpu(), part_));
    plain_ = plain;
  }

  [[nodiscard]] std::size_t packed_bytes() const noexcept override { return product_.packed().get_size(); }
  [[nodiscard]] std::int64_t piece_rows() const noexcept override { return rows_; }

  void pack(std::int64_t piece, const void* rows, void* packed) const override {
    dnnl::stream stream(cpu());
    memory from(plain_, cpu(), const_cast<void*>(rows));
    memory to(part_, cpu(), static_cast<std::byte*>(packed) + static_cast<std::size_t>(piece) * step_);
    dnnl::reorder(reorder_).execute(stream, from, to);
    stream.wait();
  }

  void multiply(const void* x, std::int64_t rows, const void* packed, void* accumulator) const override {
    product_.multiply(x, rows, packed, accumulator);
  }

 private:
  // Every piece has to lie as far behind the one before as the second behind the first.
  bool can_split(std::int64_t piece) {
    try {
      for (std::int64_t i = 1; i < n_ / piece; ++i) {
        const std::size_t at =
            offset_bytes(product_.packed().submemory_desc({piece, k_}, {i * piece, 0}), product_.weights());
        if (i == 1) step_ = at;
        if (at != step_ * static_cast<std::size_t>(i)) return false;
      }
      return n_ > piece;
    } catch (const dnnl::error&) {
      return false;
    }
  }

  Product product_;
  std::int64_t n_, k_, rows_ = 0;
  std::size_t step_ = 0;
  memory::desc part_, plain_;
  dnnl::reorder reorder_;
};

[[noreturn]] void fail(const dnnl::error& error, const std::string& what) {
  const bool exhausted = error.status == dnnl_out_of_memory;
  throw Error(exhausted ? ErrorCategory::memory : ErrorCategory::internal, "oneDNN: " + what, "success", error.what());
}

}  // namespace

bool gemm_supports(GemmKind kind) {
  if (kind == GemmKind::bf16) return dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core_bf16;
  if (kind == GemmKind::u8s8) return dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx2;
  return true;
}

int gemm_s8_limit() {
  // Without VNNI, u8 x s8 products are summed in pairs of 16 bits: 2 * 255 * 63 is the largest that fits.
  return base::best_isa() == base::Isa::avx512 ? 127 : 63;
}

const char* gemm_library() {
  static const std::string name = [] {
    const auto* v = dnnl_version();
    return "oneDNN " + std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
  }();
  return name.c_str();
}

std::unique_ptr<Gemm> pack_gemm(GemmKind kind, std::int64_t n, std::int64_t k, const void* weights,
                                std::int64_t block_rows) {
  try {
    return std::make_unique<OneDnnGemm>(kind, n, k, weights, block_rows);
  } catch (const dnnl::error& error) {
    fail(error, "packing weights [" + std::to_string(n) + ", " + std::to_string(k) + "]");
  }
}

std::shared_ptr<const ExpandingGemm> make_expanding_gemm(GemmKind kind, std::int64_t n, std::int64_t k,
                                                         std::int64_t block_rows) {
  try {
    return std::make_shared<OneDnnExpandingGemm>(kind, n, k, block_rows);
  } catch (const dnnl::error& error) {
    fail(error, "preparing weights [" + std::to_string(n) + ", " + std::to_string(k) + "]");
  }
}

}  // namespace seben::kernels
#endif
