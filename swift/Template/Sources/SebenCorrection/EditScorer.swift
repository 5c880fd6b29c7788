// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Exact CTC log-probabilities of many single edits of one hypothesis.
///
/// Tables of its prefixes and suffixes are computed once and joined around each edit, so an edit costs a pass over the
/// frames rather than over frames times labels. Numbers are linear, scaled by one power of two a frame. A score that
/// underflow may have touched is computed again in log space, so every score is right to 1e-12.
public struct EditScorer {
    private let logProbs: LogProbs
    private let labels: [Int]
    private let blank: Int
    private let framesNeeded: Int
    private var tables: JoinTables?
    /// Natural logarithm of the hypothesis' own probability.
    public private(set) var score = -Double.infinity
    /// How many scores came from the pass in log space.
    public private(set) var slowScores = 0

    /// Throws for a label that is no class or the blank.
    public init(_ logProbs: LogProbs, labels: [Int], blank: Int) throws {
        try ForwardScore.require(labels, classes: logProbs.classes, blank: blank)
        self.logProbs = logProbs
        self.labels = labels
        self.blank = blank
        framesNeeded = ForwardScore.framesNeeded(labels)
        // An edit saves two frames at most, so no table serves a longer sequence.
        guard framesNeeded <= logProbs.frames + 2 else { return }
        let tables = JoinTables(logProbs, labels: labels, blank: blank)
        self.tables = tables
        guard framesNeeded <= logProbs.frames else { return }
        score = try trustedLog(tables.hypothesis, of: labels)
    }

    /// Log-probabilities of every edited sequence, in order; -infinity for one that the frames cannot carry. Throws for
    /// an edit outside the sequence and for a label that is no class or the blank.
    public mutating func scores(_ edits: [LabelEdit]) throws -> [Double] {
        var out: [Double] = []
        out.reserveCapacity(edits.count)
        for edit in edits { out.append(try score(edit)) }
        return out
    }

    private mutating func score(_ edit: LabelEdit) throws -> Double {
        guard (0...1).contains(edit.removed), edit.position >= 0, edit.position + edit.removed <= labels.count else {
            throw SebenError(
                "edit", expected: "at most one label removed within \(labels.count) labels",
                found: "\(edit.removed) removed at position \(edit.position)")
        }
        if let inserted = edit.inserted {
            try ForwardScore.require([inserted], classes: logProbs.classes, blank: blank)
        }
        guard edit.kind != .copy else { return score }
        let edited = edit.applied(to: labels)
        guard tables != nil, ForwardScore.framesNeeded(edited) <= logProbs.frames else { return -.infinity }
        return try trustedLog(tables!.join(Join(edit, labels: labels)), of: edited)
    }

    /// The logarithm of a score that stands a trillion times above what underflow may have cost it, else the same from
    /// the pass in log space.
    private mutating func trustedLog(_ scaled: ScaledScore, of sequence: [Int]) throws -> Double {
        if scaled.value.isFinite, scaled.value >= 1e12 * scaled.lost {
            return log(scaled.value) - log(2.0) * Double(scaled.log2Scale)
        }
        slowScores += 1
        return try ForwardScore.score(logProbs, labels: sequence, blank: blank)
    }
}

/// An edited sequence: the first `prefix` labels of the hypothesis, a middle label, its last `suffix` labels. Without a
/// middle label nothing is left at all.
struct Join {
    var prefix = 0
    var middle: Int?
    var suffix = 0
    var afterRepeat = false
    var beforeRepeat = false

    init(_ edit: LabelEdit, labels: [Int]) {
        let rest = labels.count - edit.position - edit.removed
        if let inserted = edit.inserted {
            (prefix, middle, suffix) = (edit.position, inserted, rest)
        } else if edit.position > 0 {  // a deletion: a neighbour of the gap is the middle
            (prefix, middle, suffix) = (edit.position - 1, labels[edit.position - 1], rest)
        } else if rest > 0 {
            (prefix, middle, suffix) = (0, labels[1], rest - 1)
        }
        afterRepeat = prefix > 0 && labels[prefix - 1] == middle
        beforeRepeat = suffix > 0 && labels[labels.count - suffix] == middle
    }
}

/// A probability times 2^log2Scale, and the most that it can have lost to underflow.
struct ScaledScore {
    var value: Double
    var lost: Double
    var log2Scale: Int
}
