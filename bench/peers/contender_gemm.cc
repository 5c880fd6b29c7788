// SPDX-License-Identifier: Apache-2.0
// The ceiling that compare.py measures everything against: only the matrix products of one encoder window, in
// oneDNN's own packed layout, every layer with weights of its own so that memory traffic is included. No bias,
// no activation, no softmax. The products of attention are charged as one plain product of the same FLOPs a layer,
// in f32 for f32 and in bf16 otherwise. usage: contender_gemm HF_FOLDER f32|bf16|int8 THREADS
#include <omp.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using dnnl::memory;

struct Product {
  dnnl::inner_product_forward primitive;
  std::unordered_map<int, memory> arguments;
};

dnnl::inner_product_forward::primitive_desc describe(const dnnl::engine& engine, const memory::desc& src,
                                                     const memory::desc& weights, const memory::desc& dst) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, dnnl::prop_kind::forward_inference, src, weights, dst};
#else
  return {{dnnl::prop_kind::forward_inference, src, weights, dst}, engine};
#endif
}

/// dst[m, n] = src[m, k] * weights[n, k]^T; contents are zero-filled by touching, speed does not depend on them.
Product make(const dnnl::engine& engine, const std::string& precision, memory::dim m, memory::dim n, memory::dim k) {
  using dt = memory::data_type;
  const dt in = precision == "f32" ? dt::f32 : precision == "bf16" ? dt::bf16 : dt::u8;
  const dt weight = precision == "int8" ? dt::s8 : in;
  const dt out = precision == "bf16" ? dt::bf16 : precision == "int8" ? dt::s32 : dt::f32;
  const memory::desc src({m, k}, in, memory::format_tag::ab);
  const memory::desc weights({n, k}, weight, memory::format_tag::any);
  const memory::desc dst({m, n}, out, memory::format_tag::ab);
  const auto chosen = describe(engine, src, weights, dst);
  Product product{dnnl::inner_product_forward(chosen), {}};
  for (const auto& [id, desc] :
       {std::pair{DNNL_ARG_SRC, chosen.src_desc()}, std::pair{DNNL_ARG_WEIGHTS, chosen.weights_desc()},
        std::pair{DNNL_ARG_DST, chosen.dst_desc()}}) {
    memory buffer(desc, engine);
    std::fill_n(static_cast<unsigned char*>(buffer.get_data_handle()), desc.get_size(), static_cast<unsigned char>(1));
    product.arguments.emplace(id, buffer);
  }
  return product;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  const auto config = nlohmann::json::parse(std::ifstream(std::string(argv[1]) + "/config.json"));
  const std::string precision = argv[2];
  omp_set_num_threads(std::stoi(argv[3]));
  const memory::dim d = config.at("d_model"), ffn = config.at("encoder_ffn_dim"), mels = config.at("num_mel_bins");
  const memory::dim layers = config.at("encoder_layers"), frames = config.at("max_source_positions");

  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  std::vector<Product> products;
  const std::string attention = precision == "f32" ? "f32" : "bf16";
  products.push_back(make(engine, attention, 2 * frames, d, 3 * mels));
  products.push_back(make(engine, attention, frames, d, 3 * d));
  for (memory::dim layer = 0; layer < layers; ++layer) {
    products.push_back(make(engine, precision, frames, 3 * d, d));
    products.push_back(make(engine, attention, frames, 2 * frames, d));
    products.push_back(make(engine, precision, frames, d, d));
    products.push_back(make(engine, precision, frames, ffn, d));
    products.push_back(make(engine, precision, frames, d, ffn));
  }
  std::cout << "ready" << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto start = std::chrono::steady_clock::now();
    for (auto& product : products) product.primitive.execute(stream, product.arguments);
    stream.wait();
    std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << std::endl;
  }
  return 0;
}
