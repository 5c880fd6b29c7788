// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What the ranker looks at, in the order of `ranker.json`.
public enum Feature: Int, CaseIterable, Sendable {
    case isSubstitution
    case isDeletion
    case isInsertion
    /// The symbol that goes or comes is a space.
    case changesSpace
    // Substitutions: articulatory differences between the two symbols, else 0.
    case voicing, place, manner, nasality, height, backness, roundness, length, tone
    /// Substitutions: distance; others: weight of the symbol.
    case articulatoryDistance
    /// log P(candidate) - log P(hypothesis), within -40...40.
    case gain
    /// `gain` over the frames of the room.
    case gainPerFrame
    /// ln(1 + rank of the candidate among the edits by score, from 0).
    case gainRank
    /// log P(candidate) - log of the sum over all candidates, at least -40.
    case logPosterior
    /// In nats, how much the frames would rather (or less not) read the new symbol.
    case margin
    /// Mean log-probability of the replaced symbol over its frames.
    case symbolLogProb
    /// Log-odds of the confusion's prior at this place, within -12...12.
    case prior
    /// ln(1 + times the confusion was seen).
    case logSupport
    /// Gain by the language model; 0 without one.
    case languageModelGain
    /// 1 when the words around the edit are possible N'Ko in the hypothesis.
    case validBefore
    /// The same in the candidate.
    case validAfter
    /// Place of the edit over the hypothesis' symbols.
    case position
    /// ln(1 + symbols of the hypothesis).
    case logLength
    /// ln(1 + frames of the room).
    case logRoom

    /// As in `ranker.json`.
    public var name: String { Feature.names[rawValue] }

    private static let names = [
        "is_substitution", "is_deletion", "is_insertion", "changes_space", "voicing", "place", "manner", "nasality",
        "height", "backness", "roundness", "length", "tone", "articulatory_distance", "gain", "gain_per_frame",
        "gain_rank", "log_posterior", "margin", "symbol_log_prob", "prior", "log_support", "language_model_gain",
        "valid_before", "valid_after", "position", "log_length", "log_room",
    ]
}

/// One number a feature.
public struct FeatureVector: Hashable, Sendable {
    private var values = [Double](repeating: 0, count: Feature.allCases.count)

    public subscript(feature: Feature) -> Double {
        get { values[feature.rawValue] }
        set { values[feature.rawValue] = newValue }
    }
}

/// Everything about one utterance that features depend on.
struct Evidence {
    var logProbs: LogProbs
    var symbols: [Symbol]
    var candidates: [Candidate]  // the copy first
    var scores: [Double]  // log P of each candidate
}

/// Computes the features of every candidate of an utterance.
struct FeatureExtractor: Sendable {
    private static let maxRoom = 25
    private static let maxGain = 40.0
    private static let maxLogOdds = 12.0
    private static let floor = -30.0  // log-probabilities below say nothing more

    private let scalars: [[Unicode.Scalar]]  // of every class
    private let blank: Int
    private let space: Int?
    private let model: LanguageModel?
    private let tokens: [[LanguageModel.Token]]  // of every class

    init(_ vocabulary: Vocabulary, model: LanguageModel?) {
        self.model = model
        tokens = vocabulary.classes.enumerated().map { label, text in
            label == vocabulary.blank ? [] : text.unicodeScalars.map { model?.token($0) ?? LanguageModel.unknown }
        }
        scalars = vocabulary.classes.enumerated().map { label, text in
            label == vocabulary.blank ? [] : Array(text.unicodeScalars)
        }
        blank = vocabulary.blank
        space = vocabulary.space
    }

    /// One vector a candidate; that of the copy, the first, is all 0.
    func compute(_ evidence: Evidence) -> [FeatureVector] {
        let total = FeatureExtractor.logSum(evidence.scores)
        let ranks = FeatureExtractor.ranks(evidence.scores)
        let labels = evidence.symbols.map(\.label)
        let reading = model.map { LanguageModelReading($0, tokens: tokens, labels: labels) }
        return evidence.candidates.indices.map { index in
            guard index > 0 else { return FeatureVector() }
            let candidate = evidence.candidates[index]
            let edit = candidate.edit
            var vector = FeatureVector()
            describe(edit, evidence, &vector)
            let room = FeatureExtractor.room(edit, evidence.symbols, frames: evidence.logProbs.frames)
            let gain = FeatureExtractor.difference(evidence.scores[index], evidence.scores[0])
            vector[.gain] = gain
            vector[.gainPerFrame] = gain / max(1, Double(room.count))
            vector[.gainRank] = log1p(Double(ranks[index]))
            vector[.logPosterior] = FeatureExtractor.difference(evidence.scores[index], total)
            vector[.margin] = margin(edit, room, evidence)
            vector[.prior] = FeatureExtractor.logOdds(candidate.prior)
            vector[.logSupport] = log1p(Double(candidate.support))
            if let (edited, hypothesis) = reading?.gain(edit) {
                vector[.languageModelGain] = FeatureExtractor.languageModelGain(edited, hypothesis)
            }
            let words = touchedWords(labels, edit)
            vector[.validBefore] = isPossible(words.before) ? 1 : 0
            vector[.validAfter] = isPossible(words.after) ? 1 : 0
            vector[.position] = Double(edit.position) / max(1, Double(labels.count))
            vector[.logLength] = log1p(Double(labels.count))
            vector[.logRoom] = log1p(Double(room.count))
            return vector
        }
    }

    /// Frames that an edit has to itself: those between the neighbours of the symbol, or between the new neighbours, at
    /// most 25 of these. Empty when the neighbours touch.
    static func room(_ edit: LabelEdit, _ symbols: [Symbol], frames: Int) -> Range<Int> {
        let after = edit.position + edit.removed
        let first = edit.position > 0 ? symbols[edit.position - 1].lastFrame + 1 : 0
        let end = max(first, after < symbols.count ? symbols[after].firstFrame : frames)
        guard edit.removed == 0, end - first > maxRoom else { return first..<end }
        return edit.position > 0 ? first..<(first + maxRoom) : (end - maxRoom)..<end
    }

    private func describe(_ edit: LabelEdit, _ evidence: Evidence, _ vector: inout FeatureVector) {
        let from = edit.removed != 0 ? evidence.symbols[edit.position].label : nil
        switch (from, edit.inserted) {
        case (nil, nil): return
        case (let from?, let to?): describeSubstitution(scalars[from], scalars[to], &vector)
        case (let from?, nil):
            vector[.isDeletion] = 1
            vector[.articulatoryDistance] = ArticulatoryDifference.weight(scalars[from])
        case (nil, let to?):
            vector[.isInsertion] = 1
            vector[.articulatoryDistance] = ArticulatoryDifference.weight(scalars[to])
        }
        if let space, from == space || edit.inserted == space { vector[.changesSpace] = 1 }
        guard edit.removed != 0 else { return }
        let symbol = evidence.symbols[edit.position]
        let frames = symbol.firstFrame...symbol.lastFrame
        let sum = frames.reduce(0.0) { $0 + FeatureExtractor.floored(evidence.logProbs, $1, symbol.label) }
        vector[.symbolLogProb] = sum / Double(frames.count)
    }

    private func describeSubstitution(_ from: [Unicode.Scalar], _ to: [Unicode.Scalar], _ vector: inout FeatureVector) {
        let difference = ArticulatoryDifference(from, to)
        vector[.isSubstitution] = 1
        vector[.voicing] = difference.voicing
        vector[.place] = difference.place
        vector[.manner] = difference.manner
        vector[.nasality] = difference.nasality
        vector[.height] = difference.height
        vector[.backness] = difference.backness
        vector[.roundness] = difference.roundness
        vector[.length] = difference.length
        vector[.tone] = difference.tone
        vector[.articulatoryDistance] = ArticulatoryDifference.distance(from, to)
    }

    /// Substitution: in the best frame of the symbol, new over old. Deletion: in the worst frame of the symbol, blank over
    /// it. Insertion: in the best frame of the room, new over blank; without room, in the better of the neighbours'
    /// frames, new over them.
    private func margin(_ edit: LabelEdit, _ room: Range<Int>, _ evidence: Evidence) -> Double {
        let value = { (frame: Int, label: Int) in FeatureExtractor.floored(evidence.logProbs, frame, label) }
        if edit.removed != 0 {
            let symbol = evidence.symbols[edit.position]
            let margins = (symbol.firstFrame...symbol.lastFrame).map {
                value($0, edit.inserted ?? blank) - value($0, symbol.label)
            }
            guard edit.inserted != nil else { return min(-FeatureExtractor.floor, margins.min()!) }
            return max(FeatureExtractor.floor, margins.max()!)
        }
        let inserted = edit.inserted!
        var margins = room.map { value($0, inserted) - value($0, blank) }
        if room.isEmpty {
            if edit.position > 0 {
                let left = evidence.symbols[edit.position - 1]
                margins.append(value(left.lastFrame, inserted) - value(left.lastFrame, left.label))
            }
            if edit.position < evidence.symbols.count {
                let right = evidence.symbols[edit.position]
                margins.append(value(right.firstFrame, inserted) - value(right.firstFrame, right.label))
            }
        }
        return max(FeatureExtractor.floor, margins.max() ?? FeatureExtractor.floor)
    }

    /// The words that an edit touches, before and after it: from the space before the edit to the space after it.
    private func touchedWords(_ labels: [Int], _ edit: LabelEdit) -> (before: [Int], after: [Int]) {
        var first = edit.position
        var end = edit.position + edit.removed
        while first > 0, labels[first - 1] != space { first -= 1 }
        while end < labels.count, labels[end] != space { end += 1 }
        let words = Array(labels[first..<end])
        let moved = LabelEdit(position: edit.position - first, removed: edit.removed, inserted: edit.inserted)
        return (words, moved.applied(to: words))
    }

    private func isPossible(_ labels: [Int]) -> Bool {
        SyllableState.allPossible(labels.lazy.flatMap { scalars[$0] })
    }

    // MARK: - Numbers

    private static func floored(_ logProbs: LogProbs, _ frame: Int, _ label: Int) -> Double {
        max(floor, logProbs[frame, label])
    }

    private static func logOdds(_ p: Double) -> Double {
        guard p > 0 else { return -maxLogOdds }
        guard p < 1 else { return maxLogOdds }
        return min(max(log(p) - log1p(-p), -maxLogOdds), maxLogOdds)
    }

    /// -infinity on both sides is no difference.
    private static func difference(_ a: Double, _ b: Double) -> Double {
        a == b ? 0 : min(max(a - b, -maxGain), maxGain)
    }

    private static func languageModelGain(_ edited: Double, _ hypothesis: Double) -> Double {
        difference(edited, hypothesis)
    }

    private static func logSum(_ values: [Double]) -> Double {
        let high = values.max()!
        guard high > -.infinity else { return high }
        return high + log(values.reduce(0) { $0 + exp($1 - high) })
    }

    /// Ranks of the edits by score, best 0; equal ones in their order. The copy has none.
    private static func ranks(_ scores: [Double]) -> [Int] {
        let order = scores.indices.dropFirst().sorted { (scores[$1], $0) < (scores[$0], $1) }
        var ranks = [Int](repeating: 0, count: scores.count)
        for (rank, index) in order.enumerated() { ranks[index] = rank }
        return ranks
    }
}
