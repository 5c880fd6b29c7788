// SPDX-License-Identifier: Apache-2.0
#include "cli/whisper_flags.h"

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "seben/error.h"

namespace seben::cli {
namespace {

std::optional<double> number_of(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  return text.empty() || *end != '\0' ? std::nullopt : std::optional(number);
}

// "none" switches a test off.
void add_threshold(const App& command, const std::string& flag, std::optional<double>& value, const std::string& help) {
  command
      ->add_option_function(
          flag,
          [&value, flag](const std::string& text) {
            if (text == "none") {
              value.reset();
            } else if (const std::optional<double> number = number_of(text)) {
              value = number;
            } else {
              throw Error(ErrorCategory::usage, flag, "a number or none", text);
            }
          },
          help)
      ->type_name("NUMBER|none")
      ->group(kWhisperGroup);
}

}  // namespace

void add_whisper_flags(const App& command, WhisperOptions& o) {
  const auto option = [&](const char* flag, auto& value, const char* help) {
    return command.add_option(flag, value, help)->group(kWhisperGroup);
  };
  // Numbers with commas between them.
  const auto list = [&](const char* flag, auto& value, const char* help) { option(flag, value, help)->delimiter(','); };
  const auto off = [&](const char* flag, bool& value, const char* help) {
    command
        .add_flag_callback(
            flag, [&value] { value = false; }, help)
        ->group(kWhisperGroup);
  };
  const auto on = [&](const char* flag, bool& value, const char* help) {
    command.add_flag(flag, value, help)->group(kWhisperGroup);
  };
  option("--text-decoder", o.decoder, "Which of the bundle's text decoders writes; default: its first");
  option("--language", o.language,
         "Language that is spoken, as code or English name; default: detected in the first window");
  option("--task", o.task, "What is written: transcribe (what was said; default), or translate (the same in English)");
  off("--no-timestamps", o.timestamps, "Write without times; windows then follow one another every 30 s");
  on("--word-timestamps", o.word_times, "Say when each word was said");
  option("--beam-size", o.beam_size, "How many texts are kept at temperature 0; default: greedy");
  option("--patience", o.patience, "How many times --beam-size texts are waited for; default 1");
  option("--length-penalty", o.length_penalty,
         "Exponent of the length by which texts are compared; default: mean log-probability");
  list("--temperature", o.temperatures,
       "One temperature, or several that are tried in turn when a text failed; default 0,0.2,0.4,0.6,0.8,1");
  option("--best-of", o.best_of, "How many texts are drawn at a temperature above 0; default 5");
  option("--seed", o.seed, "Where the drawing of texts begins; default 0");
  add_threshold(command, "--compression-ratio-threshold", o.compression_ratio_threshold,
                "A text that is more repetitive than this failed; default 2.4");
  add_threshold(command, "--logprob-threshold", o.logprob_threshold,
                "A text whose mean log-probability is below this failed; default -1");
  add_threshold(command, "--no-speech-threshold", o.no_speech_threshold,
                "A window above this, with an improbable text, is silence; default 0.6");
  add_threshold(command, "--invention-threshold", o.invention_threshold,
                "Above this (of no speech) a text that repeats itself or failed is left out; default 0.4");
  option("--max-tokens", o.max_tokens, "How long a window's text may be; default: half of the decoder's positions");
  option("--initial-prompt", o.initial_prompt, "What was said before the recording, for names and style");
  on("--carry-initial-prompt", o.carry_initial_prompt, "Tell the decoder --initial-prompt before every window");
  option("--prefix", o.prefix, "What the text of every window begins with");
  off("--no-condition-on-previous-text", o.condition_on_previous_text,
      "Do not tell the decoder the text before a window");
  option("--batch-size", o.batch_size,
         "How many windows are decoded together, 1 to 64: cut where it is quiet and told nothing of each other; needs "
         "--no-condition-on-previous-text; default: one after the other");
  list("--suppress-tokens", o.suppress,
       "Numbers of tokens that are never written, besides the model's own list; -1: brackets, notes and the like");
  off("--allow-non-speech", o.suppress_non_speech, "Let brackets, notes and the like be written");
  option("--vad", o.silence,
         "What keeps silent windows from the decoder: energy (default), off, or a file of Silero's weights (ONNX or "
         "ggml)");
  off("--allow-loops", o.detect_loops, "Take a text that ends in a loop as it is, instead of decoding again");
  option("--kv-cache", o.cache,
         "How keys and values of the features are kept: auto (as the precision; default), f32, bf16, affine8, affine4");
  list("--clip-timestamps", o.clips,
       "Write only these parts: start,end,start,… in seconds; the last end may be left out");
  add_threshold(command, "--hallucination-silence-threshold", o.hallucination_silence_threshold,
                "Skip so many seconds of silence around a suspected invention; needs --word-timestamps");
}

}  // namespace seben::cli
