// SPDX-License-Identifier: Apache-2.0
import Foundation

/// One edit that was made, and why.
public struct AppliedEdit: Sendable {
    /// One feature's part in the decision: what it added to the log-odds.
    public struct Reason: Sendable {
        public var feature: Feature
        public var value: Double
        public var contribution: Double
    }

    /// Of the text as it was before.
    public var edit: LabelEdit
    /// That the edit brings the text nearer to what was said.
    public var probability: Double
    /// Log-probability of the text after the edit less that before.
    public var gain: Double
    /// Strongest first.
    public var reasons: [Reason]
}

/// A corrected text on its frames.
public struct Correction: Sendable {
    public var text: String
    public var symbols: [Symbol]
    /// Empty: no candidate was acceptable, the hypothesis is unchanged.
    public var edits: [AppliedEdit]
    /// Edits that were looked at in the first round, of every piece.
    public var candidates: Int
    /// The highest probability among these, taken or not.
    public var bestProbability: Double
}

/// Corrects hypotheses of one recogniser by its frozen ranker: bounded candidates from the confusions, exact CTC scores
/// from the log-probabilities that the hypothesis came from, and the ranker's choice.
///
///     let engine = try CorrectionEngine.frozen()
///     let correction = try engine.correct(logProbs, mode: .balanced)
public struct CorrectionEngine: Sendable {
    public let vocabulary: Vocabulary
    public let ranker: Ranker
    public let generator: CandidateGenerator
    private let features: FeatureExtractor

    /// The model that this package was exported with.
    public static func frozen() throws -> CorrectionEngine {
        try CorrectionEngine(
            ranker: FrozenModel.ranker(), vocabulary: FrozenModel.vocabulary(), neighbours: FrozenModel.neighbours(),
            languageModel: LanguageModel.frozen())
    }

    init(ranker: Ranker, vocabulary: Vocabulary, neighbours: Neighbours, languageModel: LanguageModel? = nil) throws {
        guard (ranker.languageModel == nil) == (languageModel == nil) else {
            throw SebenError(
                "ranker: language_model", expected: languageModel == nil ? "none" : "one",
                found: languageModel == nil ? "one" : "none")
        }
        guard ranker.head.classes == vocabulary.classes.count, ranker.head.blank == vocabulary.blank else {
            throw SebenError(
                "ranker: head", expected: "\(vocabulary.classes.count) classes with blank \(vocabulary.blank)",
                found: "\(ranker.head.classes) with \(ranker.head.blank)")
        }
        self.ranker = ranker
        self.vocabulary = vocabulary
        generator = CandidateGenerator(
            table: try ConfusionTable(ranker.confusions, vocabulary: vocabulary), neighbours: neighbours,
            maxCandidates: ranker.limits.maxCandidates)
        features = FeatureExtractor(vocabulary, model: languageModel)
    }

    /// Everything known about one hypothesis: its candidates, the copy first, with the log-probability, features and
    /// probability of each (0 for the copy).
    public struct Proposals: Sendable {
        public var candidates: [Candidate]
        public var scores: [Double]
        public var features: [FeatureVector]
        public var probabilities: [Double]
    }

    public func proposals(_ logProbs: LogProbs, symbols: [Symbol]) throws -> Proposals {
        let labels = symbols.map(\.label)
        let candidates = generator.candidates(for: labels)
        var scorer = try EditScorer(logProbs, labels: labels, blank: vocabulary.blank)
        let scores = try scorer.scores(candidates.map(\.edit))
        let vectors = features.compute(
            Evidence(logProbs: logProbs, symbols: symbols, candidates: candidates, scores: scores))
        let probabilities = vectors.indices.map { $0 == 0 ? 0 : ranker.probability(vectors[$0]) }
        return Proposals(candidates: candidates, scores: scores, features: vectors, probabilities: probabilities)
    }

    /// Corrects what greedy decoding reads in a window, as `seben transcribe` does: texts longer than the ranker's limit
    /// are cut at pauses and corrected piece by piece. Edits count symbols, and have their frames, in their own piece.
    public func correct(_ logProbs: LogProbs, mode: Mode) throws -> Correction {
        try requireClasses(logProbs)
        let space = vocabulary.space
        let read = Piece.tidy(Decoding.greedy(logProbs, blank: vocabulary.blank), space: space)
        var out = Correction(text: "", symbols: [], edits: [], candidates: 0, bestProbability: 0)
        var done = 0
        for piece in Piece.cut(read, frames: logProbs.frames, maxSymbols: ranker.limits.maxSymbols, space: space) {
            out.symbols += read[done..<piece.symbols.lowerBound]  // the space between two pieces
            done = piece.symbols.upperBound
            let symbols = read[piece.symbols].map { $0.moved(by: -piece.frames.lowerBound) }
            let part = try correct(logProbs.slice(piece.frames), symbols: symbols, mode: mode)
            out.symbols += part.symbols.map { $0.moved(by: piece.frames.lowerBound) }
            out.edits += part.edits
            out.candidates += part.candidates
            out.bestProbability = max(out.bestProbability, part.bestProbability)
        }
        out.text = vocabulary.text(out.symbols.map(\.label))
        return out
    }

    /// Corrects a text, whole. One that the frames cannot carry stays as it is.
    public func correct(_ logProbs: LogProbs, text: String, mode: Mode) throws -> Correction {
        try requireClasses(logProbs)
        let labels = try vocabulary.encode(text)
        guard let symbols = try Decoding.align(logProbs, labels: labels, blank: vocabulary.blank) else {
            return Correction(text: text, symbols: [], edits: [], candidates: 0, bestProbability: 0)
        }
        return try correct(logProbs, symbols: symbols, mode: mode)
    }

    /// Corrects a hypothesis on its frames. With more than one edit allowed, each is chosen as if alone, the scores are
    /// computed anew after it, and edits do not touch each other.
    public func correct(_ logProbs: LogProbs, symbols: [Symbol], mode: Mode, maxEdits: Int? = nil) throws -> Correction {
        try requireClasses(logProbs)
        var out = Correction(
            text: vocabulary.text(symbols.map(\.label)), symbols: symbols, edits: [], candidates: 0, bestProbability: 0)
        guard !symbols.isEmpty else { return out }
        let threshold = ranker.thresholds[mode]!
        var touched: [Int] = []  // places of the edits so far in the text as it is now
        for round in 0..<(maxEdits ?? ranker.limits.maxEdits) {
            let found = try proposals(logProbs, symbols: out.symbols)
            let choice = choose(found, touched: touched)
            if round == 0 {
                out.candidates = found.candidates.count - 1
                out.bestProbability = found.probabilities[choice]
            }
            guard choice > 0, found.probabilities[choice] >= threshold else { break }
            let edit = found.candidates[choice].edit
            let labels = edit.applied(to: out.symbols.map(\.label))
            // Frames that cannot carry the text: whatever the ranker says, nobody said it.
            guard let aligned = try Decoding.align(logProbs, labels: labels, blank: vocabulary.blank) else { break }
            out.edits.append(describe(found, choice))
            out.symbols = aligned
            let shift = (edit.inserted == nil ? 0 : 1) - edit.removed
            touched = touched.map { $0 >= edit.position ? $0 + shift : $0 } + [edit.position]
        }
        out.text = vocabulary.text(out.symbols.map(\.label))
        return out
    }

    /// The likeliest edit that keeps a symbol's distance from those made, the first of equal ones; 0 without any. By
    /// log-odds, since probabilities of sure edits all round to 1.
    private func choose(_ found: Proposals, touched: [Int]) -> Int {
        var best = 0
        var most = -Double.infinity
        for index in found.candidates.indices.dropFirst() {
            let position = found.candidates[index].edit.position
            guard touched.allSatisfy({ abs(position - $0) > 1 }) else { continue }
            let logOdds = ranker.logOdds(found.features[index])
            if logOdds > most { (best, most) = (index, logOdds) }
        }
        return best
    }

    private func describe(_ found: Proposals, _ index: Int) -> AppliedEdit {
        let vector = found.features[index]
        let reasons = Feature.allCases.map {
            AppliedEdit.Reason(feature: $0, value: vector[$0], contribution: ranker.contribution($0, vector[$0]))
        }
        return AppliedEdit(
            edit: found.candidates[index].edit, probability: found.probabilities[index],
            gain: found.scores[index] - found.scores[0],
            reasons: reasons.sorted { abs($0.contribution) > abs($1.contribution) })
    }

    private func requireClasses(_ logProbs: LogProbs) throws {
        guard logProbs.classes == vocabulary.classes.count else {
            throw SebenError(
                "log-probabilities", expected: "\(vocabulary.classes.count) classes", found: "\(logProbs.classes)")
        }
    }
}
