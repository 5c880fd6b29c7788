// SPDX-License-Identifier: Apache-2.0
// Whisper's text of one window at a time from any model file, for tools/oracles and bench/peers.
//
//   seben-whisper-text MODEL serve PRECISION THREADS   answers requests, one JSON object a line
//   seben-whisper-text MODEL ggml f32|f16 PATH         writes the model for whisper.cpp
//   seben-whisper-text MODEL tensors FOLDER            writes every tensor as FOLDER/<name>.f32, prints what they are
//
// `serve` prints {"ready", "load_seconds"}. A request is {"audio": recording of at most 30 s, "options": {}} with the
// options of read_options below; decoding is greedy or by beams, at temperature 0, without fallback. The answer is
// {"tokens", "text", "seconds": {"mel", "encode", "hear", "decode"}, "peak_bytes"}. With "one": true the seconds tell
// also what decoding a single token takes; with "kept": true the same recording is not encoded again. With "score":
// [tokens] and "scores": path, nothing is chosen: what the decoder scores after the prompt and after each of these
// tokens, a step each, is written, [tokens + 1, vocabulary] f32.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "audio/decoder.h"
#include "audio/log_mel.h"
#include "base/json.h"
#include "decode/whisper/text_decoder.h"
#include "import/model.h"
#include "import/write_ggml.h"
#include "model/whisper/encoder.h"
#include "seben/error.h"

namespace {

using namespace seben;
using nlohmann::json;
using Ids = std::vector<std::int32_t>;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

[[noreturn]] void usage(const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::usage, "seben-whisper-text", expected, found);
}

// Of the whole process, mapped files included.
std::int64_t peak_resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

void write_floats(const std::string& path, std::span<const float> values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
  if (!file.flush()) throw Error(ErrorCategory::io, path, "room for the numbers", "a failed write");
}

const whisper::DecoderConfig& decoder_of(const models::Model& model) {
  if (!model.config.decoder) throw Error(ErrorCategory::usage, model.source, "a text decoder", "an encoder alone");
  return *model.config.decoder;
}

std::filesystem::path folder_of(const models::Model& model) {
  return std::filesystem::path(model.source).parent_path();
}

tokenizer::Tokenizer tokenizer_of(const models::Model& model) {
  if (model.kind != models::SourceKind::ggml) return tokenizer::Tokenizer::load(folder_of(model));
  return tokenizer::Tokenizer::from_ggml(model.vocabulary, static_cast<std::size_t>(decoder_of(model).vocabulary),
                                         model.source);
}

generate::GenerationConfig generation_of(const models::Model& model) {
  const std::string path = (folder_of(model) / "generation_config.json").string();
  if (!std::filesystem::exists(path)) return generate::GenerationConfig::defaults(decoder_of(model));
  const json text = base::read_json(path);
  return generate::GenerationConfig::from_json(base::JsonReader(text, path), decoder_of(model));
}

Ids read_ids(const base::JsonReader& request, const char* key) {
  Ids out;
  if (!request.has(key)) return out;
  for (const auto& id : request.array(key)) out.push_back(static_cast<std::int32_t>(id.as_integer(0, 1 << 20)));
  return out;
}

generate::DecodeOptions read_options(const base::JsonReader& o, int threads) {
  o.refuse_unknown_keys({"language", "timestamps", "beams", "style", "patience", "length_penalty", "max_tokens",
                         "suppress", "suppress_blank", "suppress_non_speech"});
  generate::DecodeOptions out;
  out.language = o.string_or("language", "en");
  out.timestamps = o.boolean_or("timestamps", false);
  if (o.has("beams")) out.beam_size = o.integer("beams", 1, 32);
  if (o.string_or("style", "openai") == "transformers") out.beam_style = generate::BeamStyle::transformers;
  out.patience = o.number_or("patience", 1.0);
  if (o.has("length_penalty")) out.length_penalty = o.number("length_penalty");
  if (o.has("max_tokens")) out.max_tokens = o.integer("max_tokens", 1, 1 << 20);
  out.suppress = read_ids(o, "suppress");
  out.suppress_blank = o.boolean_or("suppress_blank", true);
  out.suppress_non_speech = o.boolean_or("suppress_non_speech", true);
  out.temperatures = {0.0};
  out.thresholds = {std::nullopt, std::nullopt, std::nullopt, false};
  out.threads = threads;
  return out;
}

class Server {
 public:
  Server(const models::Model& model, kernels::Precision precision, int threads)
      : threads_(threads),
        words_(tokenizer_of(model)),
        encoder_(whisper::Encoder::load(*model.weights, model.config.encoder, {precision, threads, {}})),
        workspace_(encoder_.make_workspace(threads)),
        network_(whisper::IncrementalDecoder::load(*model.weights, decoder_of(model), {precision, threads, {}})),
        decoder_(network_, words_, generation_of(model)),
        mel_(static_cast<int>(model.config.encoder.n_mels)) {
    spectrum_.resize(static_cast<std::size_t>(encoder_.config().mel_size()));
    features_.resize(static_cast<std::size_t>(encoder_.config().feature_size()));
  }

  json answer(const base::JsonReader& request) {
    const auto options = read_options(request.object("options"), threads_);
    const std::string path = request.string("audio");
    const bool known_features = path == audio_ && request.boolean_or("kept", false);
    if (path != audio_) {
      auto recording = audio::AudioDecoder::open(path);
      samples_ = audio::read_all(recording);
      audio_ = path;
    }
    if (samples_.size() > frontend::kWindowLength) {
      throw Error(ErrorCategory::usage, path, "at most 30 s", std::to_string(samples_.size()) + " samples");
    }
    const double start = now();
    if (!known_features) mel_.compute(samples_, spectrum_);
    const double heard = now();
    if (!known_features) encoder_.run(spectrum_, features_, workspace_);
    const double encoded = now();
    if (request.has("score")) return score(request, options);
    decoder_.encode(features_, encoder_.config().positions, threads_);
    const double known = now();
    const generate::DecodeResult text = decoder_.decode(options);
    const double done = now();
    double one = 0.0;
    if (request.boolean_or("one", false)) {
      auto shorter = options;
      shorter.max_tokens = 1;
      (void)decoder_.decode(shorter);
      one = now() - done;
    }
    return {{"tokens", text.tokens},
            {"text", text.text},
            {"avg_logprob", text.avg_logprob},
            {"no_speech_prob", text.no_speech_prob},
            {"seconds",
             {{"mel", heard - start},
              {"encode", encoded - heard},
              {"hear", known - encoded},
              {"decode", done - known},
              {"one", one}}},
            {"peak_bytes", peak_resident_bytes()}};
  }

 private:
  json score(const base::JsonReader& request, const generate::DecodeOptions& options) {
    const Ids text = read_ids(request, "score");
    const auto prompt = generate::build_prompt(words_, decoder_.limits(), options.language, options).tokens;
    const auto vocabulary = static_cast<std::size_t>(network_.config().vocabulary);
    whisper::CrossCache cross;
    whisper::TokenCache cache = network_.make_cache(1);
    network_.encode(features_, encoder_.config().positions, cross, threads_);
    std::vector<float> scores((text.size() + 1) * vocabulary);
    const auto last = static_cast<std::int64_t>(prompt.size()) - 1;
    whisper::PromptRequest asked;
    asked.rows = {&last, 1};
    asked.logits = [&](std::int64_t, std::span<float> logits) { std::ranges::copy(logits, scores.begin()); };
    network_.prompt(prompt, cache, cross, asked, threads_);
    for (std::size_t i = 0; i < text.size(); ++i) {
      network_.step({&text[i], 1}, cache, cross, std::span(scores).subspan((i + 1) * vocabulary, vocabulary), threads_);
    }
    write_floats(request.string("scores"), scores);
    return {{"rows", text.size() + 1}, {"columns", vocabulary}, {"prompt", prompt}};
  }

  int threads_;
  tokenizer::Tokenizer words_;
  whisper::Encoder encoder_;
  whisper::EncoderWorkspace workspace_;
  whisper::IncrementalDecoder network_;
  generate::TextDecoder decoder_;
  frontend::LogMel mel_;
  std::string audio_;
  std::vector<float> samples_, spectrum_, features_;
};

int serve(const std::string& path, const std::string& precision_word, int threads) {
  const auto precision = kernels::parse_precision(precision_word);
  if (!precision) usage("f32, bf16 or int8", precision_word);
  audio::configure_ffmpeg_for_this_process();
  const double start = now();
  const models::Model model = models::open_model(path);
  Server server(model, *precision, threads);
  std::cout << json{{"ready", true}, {"load_seconds", now() - start}} << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const json request = base::parse_json(line, "request");
    std::cout << server.answer(base::JsonReader(request, "request")) << std::endl;
  }
  return 0;
}

int write_ggml(const std::string& path, const std::string& kind, const std::string& out) {
  if (kind != "f32" && kind != "f16") usage("f32 or f16", kind);
  models::write_ggml(models::open_model(path), out, {kind == "f16", {}});
  return 0;
}

int write_tensors(const std::string& path, const std::string& folder) {
  const models::Model model = models::open_model(path);
  json out = json::object();
  for (const std::string& name : model.weights->names()) {
    const tensor::TensorView& view = model.weights->require(name);
    write_floats(folder + "/" + name + ".f32", tensor::to_float(view));
    const auto type = model.quantised.find(name);
    out[name] = {{"shape", view.shape}, {"type", type == model.quantised.end() ? "" : type->second}};
  }
  std::cout << out << std::endl;
  return 0;
}

int run(const std::vector<std::string>& words) {
  const std::string command = words.size() > 1 ? words[1] : "";
  if (command == "serve" && words.size() == 4) return serve(words[0], words[2], std::stoi(words[3]));
  if (command == "ggml" && words.size() == 4) return write_ggml(words[0], words[2], words[3]);
  if (command == "tensors" && words.size() == 3) return write_tensors(words[0], words[2]);
  usage("MODEL serve PRECISION THREADS | ggml f32|f16 PATH | tensors FOLDER", command);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const Error& error) {
    std::cerr << "seben-whisper-text: " << error.what() << '\n';
    return static_cast<int>(error.category());
  } catch (const std::exception& error) {
    std::cerr << "seben-whisper-text: " << error.what() << '\n';
    return 70;
  }
}
