// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/windows_together.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "decode/whisper/windows_text.h"
#include "seben/error.h"

namespace seben::generate {
namespace {

// A window's text until its turn comes to be written.
struct Waiting {
  std::int64_t begin = 0;
  std::vector<Segment> segments;
  std::string failure;
  std::optional<double> no_speech;  // the text was invented
};

struct OpenPiece {
  Piece piece;
  std::int64_t seek = 0;         // where its next window begins
  double last_speech = 0.0;      // seconds, when its last word ended
  std::vector<Waiting> windows;  // decoded
  bool finished = false;

  [[nodiscard]] std::int64_t end() const noexcept { return piece.first + piece.frames; }
};

// A place in the batch.
struct Seat {
  explicit Seat(TextDecoder own) : decoder(std::move(own)) {}
  TextDecoder decoder;
  OpenPiece* piece = nullptr;  // nullptr: free
};

class Together {
 public:
  Together(TextDecoder& decoder, const PieceSource& source, const TranscribeOptions& options, std::int64_t together)
      : source_(source), options_(options), decode_(options.decode), text_(decoder, options) {
    const whisper::DecoderConfig& sizes = decoder.decoder().config();
    features_.resize(static_cast<std::size_t>(sizes.source_frames * sizes.d_model));
    frames_ = sizes.source_frames;
    for (std::int64_t i = 0; i < together; ++i) seats_.emplace_back(decoder.companion());
  }

  Transcript run() {
    std::vector<TextDecoder*> going;
    do {
      going.clear();
      for (Seat& seat : seats_) {
        while (seat.piece == nullptr && sit_down(seat)) {
          if (!seat.decoder.going()) stand_up(seat);  // its text ended before the first step
        }
        if (seat.piece != nullptr) going.push_back(&seat.decoder);
      }
      if (going.empty()) break;
      TextDecoder::step(going, decode_.threads);
      for (Seat& seat : seats_) {
        if (seat.piece != nullptr && !seat.decoder.going()) stand_up(seat);
      }
    } while (true);
    return text_.finish();
  }

 private:
  // Gives the seat the next window in which somebody speaks. False: there is none.
  [[nodiscard]] bool sit_down(Seat& seat) {
    while (OpenPiece* piece = next_window()) {
      if (!piece->piece.hear(piece->seek, piece->end() - piece->seek, features_)) {
        ++text_.transcript().silent;
        finish(*piece);
        continue;
      }
      seat.piece = piece;
      seat.decoder.encode(features_, frames_, decode_.threads);
      decode_.prompt.clear();
      Transcript& out = text_.transcript();
      if (out.windows++ == 0) {
        decode_.prompt = options_.initial_prompt;
        decode_.language = choose_language(seat.decoder, decode_, out.language_probability);
        out.language = decode_.language;
      }
      seat.decoder.begin(decode_);
      return true;
    }
    return false;
  }

  // A piece that is not read to its end, or the next one.
  [[nodiscard]] OpenPiece* next_window() {
    if (!unread_.empty()) {
      OpenPiece* piece = unread_.front();
      unread_.pop_front();
      return piece;
    }
    if (exhausted_) return nullptr;
    std::optional<Piece> piece = source_.next();
    if (!piece) {
      exhausted_ = true;
      return nullptr;
    }
    const std::int64_t first = piece->first;
    pieces_.push_back({std::move(*piece), first, seconds_of(first), {}, false});
    return &pieces_.back();
  }

  // The window's text is there: what it leaves unread of its piece goes on as a window.
  void stand_up(Seat& seat) {
    OpenPiece& piece = *std::exchange(seat.piece, nullptr);
    const WindowPlace place{piece.seek, piece.end() - piece.seek};
    const DecodeResult result = seat.decoder.take_result();
    piece.seek = piece.end();
    if (result.invented && !WindowsText::is_silence(result, decode_.thresholds)) {
      piece.windows.push_back({place.begin, {}, "", result.no_speech_prob});
    } else if (!WindowsText::is_silence(result, decode_.thresholds)) {
      WindowText found = text_.cut(result, place);
      if (options_.word_times) time_words(seat.decoder, place, piece, found);
      piece.seek = place.begin + found.step;
      piece.windows.push_back({place.begin, std::move(found.segments), result.failure, {}});
    }
    if (piece.seek < piece.end()) {
      unread_.push_back(&piece);
    } else {
      finish(piece);
    }
  }

  void time_words(TextDecoder& decoder, const WindowPlace& place, OpenPiece& piece, WindowText& found) const {
    text_.time_words(decoder, decode_, place, piece.last_speech, found);
    for (const Segment& segment : found.segments) {
      if (!segment.words.empty()) piece.last_speech = segment.words.back().end;
    }
  }

  // Writes what is finished, as far as nothing before it is open.
  void finish(OpenPiece& piece) {
    piece.finished = true;
    piece.piece.hear = nullptr;  // and its sound
    while (!pieces_.empty() && pieces_.front().finished) {
      for (Waiting& window : pieces_.front().windows) {
        if (window.no_speech) {
          text_.leave_out(window.begin, *window.no_speech);
        } else {
          text_.keep(std::move(window.segments), window.begin, window.failure);
        }
      }
      const std::int64_t end = pieces_.front().end();
      pieces_.pop_front();
      if (source_.done) source_.done(end);
    }
  }

  const PieceSource& source_;
  const TranscribeOptions& options_;
  DecodeOptions decode_;
  WindowsText text_;
  std::int64_t frames_ = 0;
  std::vector<float> features_;
  std::deque<Seat> seats_;
  std::deque<OpenPiece> pieces_;  // from the first that is not finished on; places stay what they are
  std::deque<OpenPiece*> unread_;
  bool exhausted_ = false;
};

void refuse(const char* expected, const char* found) {
  throw Error(ErrorCategory::usage, "batch size", expected, found);
}

}  // namespace

void require_independent(const TranscribeOptions& options, std::int64_t together) {
  if (together < 1 || together > kMostTogether) {
    throw Error(ErrorCategory::usage, "batch size", "1.." + std::to_string(kMostTogether), std::to_string(together));
  }
  if (options.condition_on_previous_text) {
    refuse("windows that are not told the text before them (--no-condition-on-previous-text)", "windows that are");
  }
  if (options.carry_initial_prompt) {
    refuse("an initial prompt of the first window alone", "one that is carried from window to window");
  }
  if (options.hallucination_silence) {
    refuse("no threshold of hallucination silence, which moves the windows that follow", "one");
  }
}

Transcript transcribe_together(TextDecoder& decoder, const PieceSource& source, const TranscribeOptions& options,
                               std::int64_t together) {
  require_possible(options, decoder.facts());
  require_independent(options, together);
  return Together(decoder, source, options, together).run();
}

}  // namespace seben::generate
