// SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

@testable import SebenCorrection

final class EditScorerTests: XCTestCase {
    /// Normalised log-probabilities of 4 classes; the blank is 3.
    private func randomLogProbs(frames: Int, seed: UInt64, sharpness: UInt64 = 0) throws -> LogProbs {
        var random = SplitMix64(state: seed)
        var values: [Float] = []
        for _ in 0..<frames {
            let weights = (0..<4).map { _ in
                Double(1 + random.below(64)) * pow(2, Double(random.below(sharpness + 1)))
            }
            values += weights.map { Float(log($0 / weights.reduce(0, +))) }
        }
        return try LogProbs(values: values, classes: 4)
    }

    /// The probability of every text by going through every path.
    private func enumerate(_ logProbs: LogProbs, blank: Int) -> [[Int]: Double] {
        var totals: [[Int]: Double] = [:]
        var path = [Int](repeating: 0, count: logProbs.frames)
        while true {
            var text: [Int] = []
            for (frame, label) in path.enumerated() where label != blank {
                if frame == 0 || path[frame - 1] != label { text.append(label) }
            }
            let log = path.enumerated().reduce(0.0) { $0 + logProbs[$1.offset, $1.element] }
            totals[text, default: 0] += exp(log)
            guard let place = path.lastIndex(where: { $0 + 1 < logProbs.classes }) else { return totals }
            path[place] += 1
            for later in path.indices where later > place { path[later] = 0 }
        }
    }

    /// Every single edit of a sequence of three letters.
    private func allEdits(_ count: Int) -> [LabelEdit] {
        var edits = [LabelEdit.copy]
        for position in 0...count {
            for label in 0..<3 { edits.append(LabelEdit(position: position, removed: 0, inserted: label)) }
            guard position < count else { continue }
            edits.append(LabelEdit(position: position, removed: 1, inserted: nil))
            for label in 0..<3 { edits.append(LabelEdit(position: position, removed: 1, inserted: label)) }
        }
        return edits
    }

    func testScoresEqualTheEnumerationOfAllPaths() throws {
        for frames in 1...5 {
            let logProbs = try randomLogProbs(frames: frames, seed: UInt64(frames))
            let truth = enumerate(logProbs, blank: 3)
            for labels in [[], [0], [1, 1], [0, 1, 2], [2, 2, 2], [0, 0, 1, 1]] {
                var scorer = try EditScorer(logProbs, labels: labels, blank: 3)
                let edits = allEdits(labels.count)
                for (edit, score) in zip(edits, try scorer.scores(edits)) {
                    let expected = log(truth[edit.applied(to: labels)] ?? 0)
                    if expected == -.infinity {
                        XCTAssertEqual(score, expected)
                    } else {
                        XCTAssertEqual(score, expected, accuracy: 1e-9, "\(labels) \(edit)")
                    }
                }
            }
        }
    }

    func testScoresEqualThePassInLogSpace() throws {
        for seed in 0..<UInt64(20) {
            let logProbs = try randomLogProbs(frames: 40, seed: seed, sharpness: seed * 3)
            var random = SplitMix64(state: seed + 1000)
            let labels = (0..<Int(random.below(24))).map { _ in Int(random.below(3)) }
            var scorer = try EditScorer(logProbs, labels: labels, blank: 3)
            let edits = allEdits(labels.count)
            for (edit, score) in zip(edits, try scorer.scores(edits)) {
                let slow = try ForwardScore.score(logProbs, labels: edit.applied(to: labels), blank: 3)
                if slow == -.infinity {
                    XCTAssertEqual(score, slow)
                } else {
                    XCTAssertEqual(score, slow, accuracy: 1e-9 * max(1, abs(slow)))
                }
            }
        }
    }

    /// Texts so improbable that linear numbers underflow.
    func testImprobableTextsAreScoredInLogSpace() throws {
        let frames = 60
        var values: [Float] = []
        for _ in 0..<frames { values += [-80, -80, -80, 0] }
        let logProbs = try LogProbs(values: values, classes: 4)
        let labels = (0..<20).map { $0 % 3 }
        var scorer = try EditScorer(logProbs, labels: labels, blank: 3)
        let edit = LabelEdit(position: 4, removed: 1, inserted: 0)
        let score = try scorer.scores([edit])[0]
        XCTAssertGreaterThan(scorer.slowScores, 0)
        XCTAssertEqual(
            score, try ForwardScore.score(logProbs, labels: edit.applied(to: labels), blank: 3), accuracy: 1e-9)
    }

    func testTheTextThatWasSaidIsPreferred() throws {
        let vocabulary = try FrozenModel.vocabulary()
        let spoken = Array(vocabulary.written.prefix(6))
        let logProbs = try SeededLogProbs(seed: 7, frames: 40, spoken: spoken, peak: 12, spread: 0).make(vocabulary)
        var heard = spoken
        heard[3] = spoken[0]
        var scorer = try EditScorer(logProbs, labels: heard, blank: vocabulary.blank)
        let right = LabelEdit(position: 3, removed: 1, inserted: spoken[3])
        let others = spoken.indices.filter { $0 != 3 }.map { LabelEdit(position: 3, removed: 1, inserted: spoken[$0]) }
        let scores = try scorer.scores([right, .copy] + others)
        XCTAssertEqual(scores.max(), scores[0])
        XCTAssertGreaterThan(scores[0], scores[1] + 1)
    }

    func testRefusesWhatCannotBeScored() throws {
        let logProbs = try randomLogProbs(frames: 5, seed: 1)
        XCTAssertThrowsError(try EditScorer(logProbs, labels: [3], blank: 3))
        XCTAssertThrowsError(try EditScorer(logProbs, labels: [4], blank: 3))
        var scorer = try EditScorer(logProbs, labels: [0], blank: 3)
        XCTAssertThrowsError(try scorer.scores([LabelEdit(position: 2, removed: 0, inserted: 0)]))
        XCTAssertThrowsError(try scorer.scores([LabelEdit(position: 1, removed: 1, inserted: 0)]))
        XCTAssertThrowsError(try scorer.scores([LabelEdit(position: 0, removed: 1, inserted: 3)]))
        XCTAssertThrowsError(try LogProbs(values: [], classes: 4))
        XCTAssertThrowsError(try LogProbs(values: [0, 0, 0, 0], classes: 4))
        XCTAssertThrowsError(try LogProbs(values: [.nan, 0, 0, 0], classes: 4))
    }
}
