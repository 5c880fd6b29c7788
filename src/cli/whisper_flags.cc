// SPDX-License-Identifier: Apache-2.0
#include "cli/whisper_flags.h"

#include <memory>
#include <string>

#include "seben/error.h"

namespace seben::cli {
namespace {

// "none" switches a test off.
void add_threshold(CLI::App& command, const std::string& flag, std::optional<double>& value, const std::string& help) {
  command
      .add_option_function<std::string>(
          flag,
          [&value, flag](const std::string& text) {
            if (text == "none") {
              value.reset();
            } else if (double number = 0.0; CLI::detail::lexical_cast(text, number)) {
              value = number;
            } else {
              throw Error(ErrorCategory::usage, flag, "a number or none", text);
            }
          },
          help)
      ->type_name("NUMBER|none")
      ->group("Whisper");
}

}  // namespace

void add_whisper_flags(CLI::App& command, WhisperOptions& o) {
  const auto option = [&](const char* flag, auto& value, const char* help) {
    return command.add_option(flag, value, help)->group("Whisper");
  };
  const auto off = [&](const char* flag, bool& value, const char* help) {
    command
        .add_flag_callback(
            flag, [&value] { value = false; }, help)
        ->group("Whisper");
  };
  option("--text-decoder", o.decoder, "Which of the bundle's text decoders; default: its first");
  option("--language", o.language, "Code or English name; default: detected in the first window");
  option("--task", o.task, "transcribe (default), or translate: to English");
  off("--no-timestamps", o.timestamps, "Windows follow one another every 30 s");
  command.add_flag("--word-timestamps", o.word_times, "When each word was said")->group("Whisper");
  option("--beam-size", o.beam_size, "Texts kept at temperature 0; default: greedy");
  option("--patience", o.patience, "How many times --beam-size texts are waited for; default 1");
  option("--length-penalty", o.length_penalty, "Exponent of the length; default: mean log-probability");
  option("--temperature", o.temperatures, "One, or several that are tried in turn when a text failed: 0,0.2,…,1")
      ->delimiter(',');
  option("--best-of", o.best_of, "Texts drawn at a temperature above 0; default 5");
  option("--seed", o.seed, "Of the drawing");
  add_threshold(command, "--compression-ratio-threshold", o.compression_ratio_threshold,
                "A text above it is too repetitive; default 2.4");
  add_threshold(command, "--logprob-threshold", o.logprob_threshold, "A text below it is too improbable; default -1");
  add_threshold(command, "--no-speech-threshold", o.no_speech_threshold,
                "A window above it, with an improbable text, is silence; default 0.6");
  option("--max-tokens", o.max_tokens, "Of a window; default: half of the decoder's positions");
  option("--initial-prompt", o.initial_prompt, "What was said before, for names and style");
  command.add_flag("--carry-initial-prompt", o.carry_initial_prompt, "Before every window, not only the first")
      ->group("Whisper");
  option("--prefix", o.prefix, "What the text of every window begins with");
  off("--no-condition-on-previous-text", o.condition_on_previous_text, "Windows do not know the text before them");
  option("--suppress-tokens", o.suppress, "Numbers of tokens that are never written")->delimiter(',');
  off("--allow-non-speech", o.suppress_non_speech, "Brackets, notes and the like may be written");
  option("--vad", o.silence, "What keeps silent windows from the decoder: energy (default), off, or Silero weights");
  off("--allow-loops", o.detect_loops, "A text that ends in a loop is not decoded again");
  option("--kv-cache", o.cache,
         "Keys and values of the features: auto (as the precision), f32, bf16, affine8, affine4");
  option("--clip-timestamps", o.clips, "start,end,start,…: seconds; only these parts are written")->delimiter(',');
  add_threshold(command, "--hallucination-silence-threshold", o.hallucination_silence_threshold,
                "Seconds of silence around a suspected invention that are skipped; needs --word-timestamps");
}

}  // namespace seben::cli
