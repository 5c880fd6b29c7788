// SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

@testable import SebenCorrection

/// One line of rows.jsonl: an utterance drawn from a seed, and what Seben found in it.
private struct Row: Decodable {
    /// [position, removed, inserted or -1, score or null for -infinity, probability or 0 for the copy]
    struct Expected: Decodable {
        var edit: LabelEdit
        var score: Double
        var probability: Double

        init(from decoder: Decoder) throws {
            var values = try decoder.unkeyedContainer()
            let position = try values.decode(Int.self)
            let removed = try values.decode(Int.self)
            let inserted = try values.decode(Int.self)
            edit = LabelEdit(position: position, removed: removed, inserted: inserted < 0 ? nil : inserted)
            score = try values.decodeNil() ? -.infinity : values.decode(Double.self)
            probability = try values.decode(Double.self)
        }
    }

    var seed: UInt64
    var frames: Int
    var spoken: [Int]
    var peak: Int
    var spread: Int
    /// Null: what greedy decoding reads.
    var hypothesis: [Int]?
    /// Whether the frames can carry the hypothesis.
    var aligned: Bool
    var candidates: [Expected]
    /// Labels of the corrected text, by mode from the most to the least daring.
    var corrected: [[Int]]
    var max_edits: Int
    /// The same when the window is read greedily and long texts are cut into pieces; null with a hypothesis.
    var window: [[Int]]?
}

final class AgreementTests: XCTestCase {
    private static let rows: [Row] = {
        guard let url = Bundle.module.url(forResource: "Fixtures/rows", withExtension: "jsonl"),
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { return [] }
        let decoder = JSONDecoder()
        return text.split(separator: "\n").map { line in
            do { return try decoder.decode(Row.self, from: Data(line.utf8)) } catch { fatalError("rows.jsonl: \(error)") }
        }
    }()

    private static let frozen: CorrectionEngine = {
        do { return try CorrectionEngine.frozen() } catch { fatalError("\(error)") }
    }()

    private var engine: CorrectionEngine { AgreementTests.frozen }

    private func logProbs(_ row: Row) throws -> LogProbs {
        try SeededLogProbs(seed: row.seed, frames: row.frames, spoken: row.spoken, peak: row.peak, spread: row.spread)
            .make(engine.vocabulary)
    }

    /// The hypothesis on its frames; nil when they cannot carry it.
    private func symbols(_ row: Row, _ logProbs: LogProbs) throws -> [Symbol]? {
        guard let hypothesis = row.hypothesis else {
            return Decoding.greedy(logProbs, blank: engine.vocabulary.blank)
        }
        return try Decoding.align(logProbs, labels: hypothesis, blank: engine.vocabulary.blank)
    }

    func testRowsAreThereAndVaried() {
        XCTAssertFalse(AgreementTests.rows.isEmpty)
        XCTAssertTrue(AgreementTests.rows.contains { $0.hypothesis == nil })
        XCTAssertTrue(AgreementTests.rows.contains { !$0.aligned })
        XCTAssertTrue(AgreementTests.rows.contains { $0.candidates.contains { $0.score == -.infinity } })
        XCTAssertTrue(AgreementTests.rows.contains { Set($0.corrected).count > 1 })
    }

    func testCandidatesScoresAndProbabilitiesAgree() throws {
        var worstScore = 0.0
        var worstProbability = 0.0
        var candidates = 0
        for (number, row) in AgreementTests.rows.enumerated() {
            let logProbs = try logProbs(row)
            let symbols = try symbols(row, logProbs)
            XCTAssertEqual(symbols != nil, row.aligned, "row \(number)")
            guard let symbols, !symbols.isEmpty else { continue }
            let found = try engine.proposals(logProbs, symbols: symbols)
            XCTAssertEqual(found.candidates.map(\.edit), row.candidates.map(\.edit), "row \(number)")
            for (index, expected) in row.candidates.enumerated() where found.candidates.count == row.candidates.count {
                candidates += 1
                worstProbability = max(worstProbability, abs(found.probabilities[index] - expected.probability))
                if expected.score.isFinite {
                    let difference = abs(found.scores[index] - expected.score)
                    XCTAssertLessThanOrEqual(difference, 1e-9, "row \(number), candidate \(index)")
                    worstScore = max(worstScore, difference)
                } else {
                    XCTAssertEqual(found.scores[index], expected.score, "row \(number), candidate \(index)")
                }
            }
        }
        XCTAssertLessThanOrEqual(worstProbability, 1e-9)
        print("\(AgreementTests.rows.count) rows, \(candidates) candidates: scores differ by at most \(worstScore), "
            + "probabilities by \(worstProbability)")
    }

    func testDecisionsAgree() throws {
        var changed = 0
        for (number, row) in AgreementTests.rows.enumerated() where row.aligned {
            let logProbs = try logProbs(row)
            guard let symbols = try symbols(row, logProbs) else { continue }
            XCTAssertEqual(row.corrected.count, Mode.allCases.count)
            for (mode, expected) in zip(Mode.allCases, row.corrected) {
                let found = try engine.correct(logProbs, symbols: symbols, mode: mode, maxEdits: row.max_edits)
                XCTAssertEqual(found.symbols.map(\.label), expected, "row \(number), \(mode.rawValue)")
                changed += found.edits.isEmpty ? 0 : 1
            }
        }
        XCTAssertGreaterThan(changed, 0)
    }

    func testWindowsAgree() throws {
        var longest = 0
        for (number, row) in AgreementTests.rows.enumerated() {
            guard let window = row.window else { continue }
            let logProbs = try logProbs(row)
            for (mode, expected) in zip(Mode.allCases, window) {
                let found = try engine.correct(logProbs, mode: mode)
                XCTAssertEqual(found.symbols.map(\.label), expected, "row \(number), \(mode.rawValue)")
                longest = max(longest, expected.count)
            }
        }
        if engine.ranker.limits.maxSymbols < 200 {
            XCTAssertGreaterThan(longest, engine.ranker.limits.maxSymbols, "no text was cut into pieces")
        }
    }

    /// Prints how long one utterance takes; machines differ, so only the gross is checked.
    func testTimeOfOneUtterance() throws {
        var random = SplitMix64(state: 5)
        let written = engine.vocabulary.written.filter { $0 != engine.vocabulary.space }
        let spoken = (0..<60).map { _ in written[Int(random.below(UInt64(written.count)))] }
        let logProbs = try SeededLogProbs(seed: 9, frames: 375, spoken: spoken, peak: 12, spread: 6)
            .make(engine.vocabulary)
        let blank = engine.vocabulary.blank
        let symbols = try XCTUnwrap(try Decoding.align(logProbs, labels: spoken, blank: blank))
        var best = Double.infinity
        var candidates = 0
        for _ in 0..<20 {
            let start = Date()
            candidates = try engine.proposals(logProbs, symbols: symbols).candidates.count
            best = min(best, Date().timeIntervalSince(start))
        }
        print("\(candidates) candidates of 60 symbols on 375 frames: \(best * 1e3) ms")
        XCTAssertLessThan(best, 1)
    }
}
