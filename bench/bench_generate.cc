// SPDX-License-Identifier: Apache-2.0
// Text decoders of Whisper's sizes with invented weights, and what the machine would allow. One line a row:
//   steps   behind a prompt of 64 tokens with 1500 frames of features. The ceiling is the time of reading, with as many
//           threads, as many bytes as a step reads (weights, keys and values), from one buffer of the weights' size.
//   prompt  200 tokens; hear: keys and values of 1500 frames. The ceiling is the matrix library's packed products
//   (those
//           of a prompt in f32, as its activations are) and nothing else.
// Step and ceiling take turns; a row is the median of its rounds, the share the median of the rounds' ratios.
//   bench_generate [--models tiny,base,large-v3-turbo] [--precisions f32,f16,bf16,int8] [--rows 1,5] [--threads 1,2]
//                  [--cross f32,bf16,affine8,affine4] [--tokens f32,bf16,affine8] [--rounds 15] [--only steps]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "../tests/support/memory_weights.h"
#include "kernels/linear.h"
#include "kernels/precision.h"
#include "kernels/thread_pool.h"
#include "kernels/threads.h"
#include "model/whisper/decoder_tensors.h"
#include "model/whisper/incremental_decoder.h"
#include "seben/error.h"

namespace {

using namespace seben;
using kernels::Precision;

constexpr std::int64_t kFrames = 1500, kBefore = 64, kPrompt = 200;

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

whisper::DecoderConfig size_of(const std::string& model) {
  whisper::DecoderConfig c;
  const bool tiny = model == "tiny", base = model == "base";
  c.vocabulary = tiny || base ? 51865 : 51866;
  c.d_model = tiny ? 384 : base ? 512 : 1280;
  c.layers = base ? 6 : 4;
  c.heads = c.d_model / 64;
  c.ffn = 4 * c.d_model;
  return c;
}

std::unique_ptr<test::MemoryWeights> weights_of(const whisper::DecoderConfig& config) {
  auto weights = std::make_unique<test::MemoryWeights>();
  std::mt19937 random(1);
  for (const auto& [name, shape] : whisper::decoder_tensors(config)) {
    std::size_t count = 1;
    for (const auto n : shape) count *= static_cast<std::size_t>(n);
    std::vector<float> values(count);
    const bool norm = name.find("layer_norm.weight") != std::string::npos;
    const float scale = shape.size() == 2 ? 1.0F / std::sqrt(static_cast<float>(shape[1])) : 0.02F;
    for (float& v : values) v = (static_cast<float>(random()) * 0x1p-31F - 1.0F) * scale + (norm ? 1.0F : 0.0F);
    weights->set(name, shape, std::move(values));
  }
  return weights;
}

// Reads `bytes`, again and again from the beginning of a buffer where that is shorter.
class Reader {
 public:
  explicit Reader(std::size_t size) : buffer_(size) { std::memset(buffer_.data(), 1, size); }

  std::uint64_t read(std::size_t bytes, kernels::ThreadPool& pool) const {
    constexpr std::size_t kPart = std::size_t{1} << 18;
    std::vector<std::uint64_t> sums(static_cast<std::size_t>(pool.threads()) * 8);
    const std::size_t parts = buffer_.size() / kPart;
    pool.share(static_cast<std::int64_t>((bytes + kPart - 1) / kPart), [&](std::int64_t part, int thread) {
      using Words [[gnu::vector_size(64)]] = std::uint64_t;
      const std::byte* from = buffer_.data() + static_cast<std::size_t>(part) % parts * kPart;
      Words sum[4] = {};
      for (std::size_t at = 0; at < kPart; at += 256) {
        for (std::size_t i = 0; i < 4; ++i) sum[i] += *reinterpret_cast<const Words*>(from + at + 64 * i);
      }
      sums[static_cast<std::size_t>(thread) * 8] += (sum[0] + sum[1] + sum[2] + sum[3])[0];
    });
    std::uint64_t total = 0;
    for (const auto s : sums) total += s;
    return total;
  }

 private:
  kernels::Buffer buffer_;
};

struct Row {
  std::string what;
  std::string unit;  // of 1 / seconds, or seconds
  std::function<void()> work;
  std::function<double()> ceiling;  // seconds
};

struct Settings {
  std::map<std::string, std::vector<std::string>> lists = {{"models", {"tiny", "base", "large-v3-turbo"}},
                                                           {"precisions", {"f32", "f16", "bf16", "int8"}},
                                                           {"rows", {"1", "5"}},
                                                           {"threads", {"1", "2"}},
                                                           {"cross", {""}},
                                                           {"tokens", {""}},
                                                           {"rounds", {"15"}},
                                                           {"only", {"steps", "prompt", "hear"}}};

  [[nodiscard]] bool wants(const std::string& what) const {
    return std::ranges::find(lists.at("only"), what) != lists.at("only").end();
  }
};

void measure(const Settings& settings, const Row& row) {
  std::vector<double> times, ceilings, shares;
  row.work();
  (void)row.ceiling();
  for (int round = 0; round < std::stoi(settings.lists.at("rounds")[0]); ++round) {
    times.push_back(seconds_of(row.work));
    ceilings.push_back(row.ceiling());
    shares.push_back(ceilings.back() / times.back());
  }
  const double time = median(times), ceiling = median(ceilings);
  fmt::print("{}  {:9.3f} ms  {:8.1f} {}  ceiling {:9.3f} ms  share {:.2f}\n", row.what, 1e3 * time, 1.0 / time,
             row.unit, 1e3 * ceiling, median(shares));
  std::fflush(stdout);
}

class Model {
 public:
  Model(const Settings& settings, const tensor::WeightFile& file, const std::string& name, const std::string& precision,
        const whisper::DecoderStorage& storage)
      : settings_(settings),
        name_(name),
        precision_(precision == "f16" ? Precision::f32 : *kernels::parse_precision(precision)),
        decoder_(whisper::IncrementalDecoder::load(file, size_of(name), {precision_, 2, {}}, storage)),
        reader_(std::max<std::size_t>(decoder_.weight_bytes(), std::size_t{1} << 20)) {
    std::mt19937 random(2);
    features_.resize(static_cast<std::size_t>(kFrames * size_of(name).d_model));
    for (float& v : features_) v = static_cast<float>(random()) * 0x1p-31F - 1.0F;
    decoder_.encode(features_, kFrames, cross_, 2);
    const auto& c = decoder_.config();
    label_ = fmt::format("{} {}, cross {}, tokens {}: {:.0f} MB weights, {:.1f} MB cross", name, precision,
                         quant::to_string(decoder_.cross_form()), quant::to_string(decoder_.token_form()),
                         static_cast<double>(decoder_.weight_bytes()) / 1e6, static_cast<double>(cross_.bytes()) / 1e6);
    // Keys and values of the features have weights of their own, which steps do not read.
    const double element = precision == "f32" ? 4.0 : precision == "int8" ? 1.0 : 2.0;
    const double width = static_cast<double>(c.d_model), layers = static_cast<double>(c.layers);
    matrix_values_ = layers * width * (6.0 * width + 2.0 * static_cast<double>(c.ffn));
    output_values_ = static_cast<double>(c.vocabulary) * width;
    weight_bytes_ = (matrix_values_ + output_values_) * element;
  }

  void run(std::int64_t rows, int threads) {
    if (settings_.wants("steps")) steps(rows, threads);
    if (rows != 1) return;
    if (settings_.wants("prompt")) prompt(threads);
    if (settings_.wants("hear")) encode(threads);
  }
  [[nodiscard]] const std::string& label() const { return label_; }

 private:
  void steps(std::int64_t rows, int threads) {
    whisper::TokenCache cache = decoder_.make_cache(rows);
    const std::vector<std::int32_t> before(static_cast<std::size_t>(kBefore), 100);
    const std::vector<std::int32_t> tokens(static_cast<std::size_t>(rows), 200);
    std::vector<float> logits(static_cast<std::size_t>(rows * decoder_.config().vocabulary));
    const auto rewind = [&] {
      cache.clear();
      decoder_.prompt(before, cache, cross_, {}, threads);
      cache.reorder(std::vector<std::int64_t>(static_cast<std::size_t>(rows), 0));
    };
    rewind();
    // Beside the weights: the features' keys and values once for all rows, those of the text for each.
    const double own = static_cast<double>(cache.bytes()) / static_cast<double>(rows * decoder_.config().positions);
    kernels::ThreadPool pool(threads);
    const auto bytes = [&] {
      return static_cast<std::size_t>(weight_bytes_ + static_cast<double>(cross_.bytes()) +
                                      own * static_cast<double>(rows * kBefore));
    };
    measure(settings_, {fmt::format("steps   {} rows {} threads", rows, threads), "tokens/s",
                        [&] {
                          if (cache.length() == decoder_.config().positions) rewind();
                          decoder_.step(tokens, cache, cross_, logits, threads);
                        },
                        [&] { return seconds_of([&] { sink_ += reader_.read(bytes(), pool); }); }});
  }

  // `count` packed products of `rows` rows with a square matrix, one thread each.
  std::function<double()> products(Precision precision, std::int64_t rows, std::int64_t count, int threads) const {
    const std::int64_t d = decoder_.config().d_model;
    const std::vector<float> weights(static_cast<std::size_t>(d * d), 0.0F);
    struct Room {
      Room(Precision precision, std::int64_t rows, std::int64_t width, const float* weights, int threads)
          : gemm(kernels::pack_gemm(kernels::kind_of(precision), width, width, weights, rows)),
            operand(precision, rows, width),
            out(static_cast<std::size_t>(threads), std::vector<float>(static_cast<std::size_t>(rows * width))),
            pool(threads) {}
      std::unique_ptr<kernels::Gemm> gemm;
      kernels::Operand operand;
      std::vector<std::vector<float>> out;
      kernels::ThreadPool pool;
    };
    const auto room = std::make_shared<Room>(precision, rows, d, weights.data(), threads);
    for (std::int64_t r = 0; r < rows; ++r) room->operand.set_row(r, features_.data() + r * d);
    return [room, rows, count] {
      return seconds_of([&room, rows, count] {
        room->pool.share(count, [&room, rows](std::int64_t, int thread) {
          const kernels::OneThread alone;
          room->gemm->multiply(room->operand.data(), rows, room->out[static_cast<std::size_t>(thread)].data());
        });
      });
    };
  }

  void prompt(int threads) {
    whisper::TokenCache cache = decoder_.make_cache(1);
    const std::vector<std::int32_t> tokens(static_cast<std::size_t>(kPrompt), 100);
    const auto matrices =
        static_cast<std::int64_t>(matrix_values_) / (decoder_.config().d_model * decoder_.config().d_model);
    measure(settings_, {fmt::format("prompt  {} tokens {} threads", kPrompt, threads), "/s",
                        [&] {
                          cache.clear();
                          decoder_.prompt(tokens, cache, cross_, {}, threads);
                        },
                        products(Precision::f32, kPrompt, matrices, threads)});
  }

  void encode(int threads) {
    const std::int64_t blocks = kFrames / kernels::kBlockRows;
    measure(settings_, {fmt::format("hear    {} frames {} threads", kFrames, threads), "/s",
                        [&] { decoder_.encode(features_, kFrames, cross_, threads); },
                        products(precision_, kernels::kBlockRows, 2 * blocks * decoder_.config().layers, threads)});
  }

  const Settings& settings_;
  std::string name_, label_;
  Precision precision_;
  whisper::IncrementalDecoder decoder_;
  whisper::CrossCache cross_;
  std::vector<float> features_;
  Reader reader_;
  double matrix_values_ = 0.0, output_values_ = 0.0, weight_bytes_ = 0.0;
  std::uint64_t sink_ = 0;
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == ',') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

void run(const Settings& settings) {
  const auto form = [](const std::string& word) {
    const auto parsed = quant::parse_kv_form(word);
    if (!word.empty() && !parsed) throw Error(ErrorCategory::usage, "cache", "f32, bf16, affine8 or affine4", word);
    return parsed;
  };
  for (const std::string& name : settings.lists.at("models")) {
    const auto weights = weights_of(size_of(name));
    for (const std::string& precision : settings.lists.at("precisions")) {
      for (const std::string& cross : settings.lists.at("cross")) {
        for (const std::string& tokens : settings.lists.at("tokens")) {
          whisper::DecoderStorage storage;
          if (precision == "f16") storage.weights = kernels::NarrowForm::f16;
          storage.cross = form(cross);
          storage.tokens = form(tokens);
          Model model(settings, *weights, name, precision, storage);
          fmt::print("{}\n", model.label());
          for (const std::string& rows : settings.lists.at("rows")) {
            for (const std::string& threads : settings.lists.at("threads"))
              model.run(std::stoi(rows), std::stoi(threads));
          }
        }
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Settings settings;
    for (int i = 1; i < argc; i += 2) {
      const std::string flag = argv[i];
      const auto list = settings.lists.find(flag.substr(std::min<std::size_t>(2, flag.size())));
      if (list == settings.lists.end() || i + 1 == argc) {
        throw Error(ErrorCategory::usage, flag, "one of the lists at the top of bench_generate.cc and its values",
                    "another");
      }
      list->second = split(argv[i + 1]);
    }
    run(settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_generate: {}\n", error.what());
    return 1;
  }
  return 0;
}
