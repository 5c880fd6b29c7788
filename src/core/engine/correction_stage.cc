// SPDX-License-Identifier: Apache-2.0
#include "engine/correction_stage.h"

#include <algorithm>

namespace seben::pipeline {
namespace {

// Between the words of the piece, the place with the widest pause; nothing when it is a single word.
std::size_t widest_pause(const std::vector<ctc::Symbol>& symbols, const Piece& piece, std::int64_t space) {
  std::size_t best = piece.end;
  std::int64_t widest = -1;
  for (std::size_t i = piece.first + 1; i + 1 < piece.end; ++i) {
    if (space >= 0 && symbols[i].label != space) continue;
    const std::int64_t pause = symbols[space >= 0 ? i + 1 : i].first_frame - symbols[i - 1].last_frame;
    if (pause > widest) {
      widest = pause;
      best = i;
    }
  }
  return best;
}

void cut(const std::vector<ctc::Symbol>& symbols, Piece piece, std::int64_t max_symbols, std::int64_t space,
         std::vector<Piece>& out) {
  const std::size_t at = static_cast<std::int64_t>(piece.end - piece.first) > max_symbols
                             ? widest_pause(symbols, piece, space)
                             : piece.end;
  if (at == piece.end) {
    out.push_back(piece);
    return;
  }
  if (space >= 0) {
    cut(symbols, {piece.first, at, piece.first_frame, symbols[at].first_frame}, max_symbols, space, out);
    cut(symbols, {at + 1, piece.end, symbols[at].last_frame + 1, piece.end_frame}, max_symbols, space, out);
    return;
  }
  const std::int64_t middle = (symbols[at - 1].last_frame + 1 + symbols[at].first_frame) / 2;
  cut(symbols, {piece.first, at, piece.first_frame, middle}, max_symbols, space, out);
  cut(symbols, {at, piece.end, middle, piece.end_frame}, max_symbols, space, out);
}

// Without spaces at the ends and doubled ones: what the ranker learned from.
std::vector<ctc::Symbol> tidy(const std::vector<ctc::Symbol>& symbols, std::int64_t space) {
  std::vector<ctc::Symbol> out;
  for (const ctc::Symbol& s : symbols) {
    if (s.label == space && (out.empty() || out.back().label == space)) continue;
    out.push_back(s);
  }
  if (!out.empty() && out.back().label == space) out.pop_back();
  return out;
}

// Whether the symbols hold what the edit wrote.
bool holds(const PlacedEdit& placed, const std::vector<ctc::Symbol>& symbols) {
  const correction::AppliedEdit& edit = placed.edit;
  const auto inside = [&](const ctc::Symbol& s) {
    return s.last_frame >= placed.first_frame - 1 && s.first_frame <= placed.end_frame;
  };
  if (edit.to >= 0) {
    return std::ranges::any_of(symbols, [&](const ctc::Symbol& s) { return s.label == edit.to && inside(s); });
  }
  return std::ranges::none_of(symbols, [&](const ctc::Symbol& s) { return s.label == edit.from && inside(s); });
}

bool same(const PlacedEdit& a, const PlacedEdit& b) {
  return a.edit.kind == b.edit.kind && a.edit.from == b.edit.from && a.edit.to == b.edit.to &&
         a.first_frame < b.end_frame + 1 && b.first_frame < a.end_frame + 1;
}

}  // namespace

std::vector<ctc::Symbol> shifted(std::vector<ctc::Symbol> symbols, std::int64_t frames) {
  for (ctc::Symbol& s : symbols) {
    s.first_frame += frames;
    s.last_frame += frames;
  }
  return symbols;
}

std::vector<PlacedEdit> in_text(const std::vector<PlacedEdit>& edits, const std::vector<ctc::Symbol>& symbols) {
  std::vector<PlacedEdit> out;
  for (const PlacedEdit& edit : edits) {
    const bool known = std::ranges::any_of(out, [&](const PlacedEdit& other) { return same(edit, other); });
    if (!known && holds(edit, symbols)) out.push_back(edit);
  }
  return out;
}

std::vector<Piece> cut_into_pieces(const std::vector<ctc::Symbol>& symbols, std::int64_t frames,
                                   std::int64_t max_symbols, std::int64_t space) {
  std::vector<Piece> out;
  if (!symbols.empty()) cut(symbols, {0, symbols.size(), 0, frames}, max_symbols, space, out);
  return out;
}

std::vector<ctc::Symbol> CorrectionStage::apply(ctc::LogProbsView log_probs, const std::vector<ctc::Symbol>& symbols,
                                                std::int64_t first_frame, correction::Proposals& memory,
                                                std::vector<PlacedEdit>& edits, Considered* considered) const {
  const std::int64_t space = corrector_->proposer().vocabulary().space();
  const std::vector<ctc::Symbol> text = tidy(symbols, space);
  const auto pieces = cut_into_pieces(text, log_probs.frames, corrector_->ranker().limits.max_symbols, space);
  std::vector<ctc::Symbol> out;
  std::size_t done = 0;
  for (const Piece& piece : pieces) {
    out.insert(out.end(), text.begin() + static_cast<std::ptrdiff_t>(done),
               text.begin() + static_cast<std::ptrdiff_t>(piece.first));  // the space between two pieces
    done = piece.end;
    std::vector<ctc::Symbol> part(text.begin() + static_cast<std::ptrdiff_t>(piece.first),
                                  text.begin() + static_cast<std::ptrdiff_t>(piece.end));
    part = shifted(std::move(part), -piece.first_frame);
    const ctc::LogProbsView frames{log_probs.data + piece.first_frame * log_probs.classes,
                                   piece.end_frame - piece.first_frame, log_probs.classes};
    correction::Correction corrected = corrector_->correct(frames, part, options_, memory);
    if (considered != nullptr) {
      considered->candidates += corrected.candidates;
      considered->best_probability = std::max(considered->best_probability, corrected.best_probability);
    }
    const auto placed = shifted(std::move(corrected.symbols), piece.first_frame);
    out.insert(out.end(), placed.begin(), placed.end());
    for (correction::AppliedEdit& edit : corrected.edits) {
      const correction::Room room = edit.room;
      edits.push_back(
          {std::move(edit), first_frame + piece.first_frame + room.first, first_frame + piece.first_frame + room.end});
    }
  }
  return out;
}

TextEdit describe(const PlacedEdit& placed, const nko::Vocabulary& vocabulary, const FrameTimes& times) {
  const correction::AppliedEdit& edit = placed.edit;
  TextEdit out;
  out.kind = correction::to_string(edit.kind);
  if (edit.from >= 0) out.from = vocabulary.text(edit.from);
  if (edit.to >= 0) out.to = vocabulary.text(edit.to);
  const auto [start, end] = times.of(placed.first_frame, placed.end_frame);
  out.start = start;
  out.end = end;
  out.probability = edit.probability;
  out.gain = edit.gain;
  for (const correction::Reason& r : edit.reasons) {
    out.reasons.push_back({std::string(r.feature), r.value, r.contribution});
  }
  return out;
}

}  // namespace seben::pipeline
