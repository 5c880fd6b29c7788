// SPDX-License-Identifier: Apache-2.0
import Foundation
import XCTest

@testable import SebenCorrection

/// A model small enough to check by hand: three letters, a space and the blank.
private struct SmallModel {
    static let (a, e, n, space, blank) = (0, 1, 2, 3, 4)

    var weights: [Feature: (mean: Double, deviation: Double, weight: Double)] = [.gain: (0, 1, 1)]
    var bias = 0.0
    var thresholds = [0.3, 0.5, 0.7, 0.9]
    var maxCandidates = 120
    var schema = "seben.ranker"
    var classes = 5
    var features = Feature.allCases.map(\.name)
    /// kind, from, to, count, of
    var confusions: [(String, String, String, Int, Int)] = [
        ("SUB", "\u{7CA}", "\u{7CB}", 5, 10), ("SUB", "\u{7CB}", "\u{7CA}", 4, 10), ("DEL", "\u{7D2}", "", 3, 10),
        ("INS", "", "\u{7D2}", 2, 10), ("INS", "", " ", 1, 10),
    ]

    static func vocabulary() throws -> Vocabulary {
        try Vocabulary(json: Data(#"{"blank": 4, "classes": ["\u07ca", "\u07cb", "\u07d2", " ", "<blank>"]}"#.utf8))
    }

    func ranker() throws -> Ranker {
        let rows = features.map { name -> [String: Any] in
            let feature = Feature.allCases.first { $0.name == name }
            let row = feature.flatMap { weights[$0] } ?? (0, 1, 0)
            return ["name": name, "mean": row.mean, "deviation": row.deviation, "weight": row.weight]
        }
        let maps = confusions.map {
            ["kind": $0.0, "from": $0.1, "to": $0.2, "count": $0.3, "of": $0.4, "contexts": [String]()] as [String: Any]
        }
        let file: [String: Any] = [
            "schema": schema, "version": 1, "features": rows, "bias": bias,
            "thresholds": Dictionary(uniqueKeysWithValues: zip(Mode.allCases.map(\.rawValue), thresholds)),
            "limits": ["max_candidates": maxCandidates, "max_edits": 1, "max_symbols": 120],
            "confusions": ["schema": "seben.confusions", "version": 1, "confusions": maps],
            "head": [
                "name": "small", "classes": classes, "blank": 4, "vocabulary": "", "contract": "", "weights": "",
            ] as [String: Any],
        ]
        return try Ranker(json: JSONSerialization.data(withJSONObject: file))
    }

    /// Everything may stand beside everything but two spaces, and a space at either end.
    func engine() throws -> CorrectionEngine {
        let rows = [0, 1, 2, 3, 4, 5].map { left in
            [0, 1, 2, 3, 4, 5].map { right in [left, right].allSatisfy { $0 == 0 || $0 == 4 } ? "0" : "1" }.joined()
        }
        let vocabulary = try SmallModel.vocabulary()
        return try CorrectionEngine(
            ranker: ranker(), vocabulary: vocabulary, neighbours: Neighbours(rows: rows, vocabulary: vocabulary))
    }

    /// Frames that read one label each, blanks between, at 90 %.
    static func logProbs(_ spoken: [Int]) throws -> LogProbs {
        var values: [Float] = []
        for label in spoken.flatMap({ [blank, $0] }) + [blank] {
            values += (0..<5).map { Float(log($0 == label ? 0.9 : 0.025)) }
        }
        return try LogProbs(values: values, classes: 5)
    }
}

final class EngineTests: XCTestCase {
    private typealias M = SmallModel

    // MARK: - Probability

    func testProbabilityOfAKnownVector() throws {
        var model = SmallModel()
        model.weights = [.gain: (mean: 1, deviation: 2, weight: 3), .prior: (mean: -1, deviation: 0.5, weight: -0.25)]
        model.bias = -0.5
        let ranker = try model.ranker()
        var vector = FeatureVector()
        vector[.gain] = 3
        vector[.prior] = 1
        // 3 * (3 - 1) / 2 - 0.25 * (1 + 1) / 0.5 - 0.5 = 1.5
        XCTAssertEqual(ranker.contribution(.gain, 3), 3)
        XCTAssertEqual(ranker.contribution(.prior, 1), -1)
        XCTAssertEqual(ranker.probability(vector), 0.8175744761936437, accuracy: 1e-15)
        vector[.gain] = 600
        XCTAssertEqual(ranker.probability(vector), 1)
        vector[.gain] = -600
        XCTAssertEqual(ranker.probability(vector), 0, accuracy: 1e-300)
        XCTAssertTrue(ranker.probability(vector).isFinite)
    }

    // MARK: - Modes

    func testModesAcceptFromTheirThresholdOn() throws {
        let logProbs = try SmallModel.logProbs([M.a, M.n, M.e])
        let heard = try SmallModel.vocabulary().text([M.a, M.n, M.a])
        let best = try SmallModel().engine().correct(logProbs, text: heard, mode: .aggressive).bestProbability
        XCTAssertGreaterThan(best, 0.5)
        var model = SmallModel()
        model.thresholds = [best / 2, best, best.nextUp, 2]
        let engine = try model.engine()
        for (mode, accepted) in zip(Mode.allCases, [true, true, false, false]) {
            let correction = try engine.correct(logProbs, text: heard, mode: mode)
            XCTAssertEqual(!correction.edits.isEmpty, accepted, mode.rawValue)
            XCTAssertEqual(correction.bestProbability, best)
            XCTAssertEqual(correction.text == heard, !accepted)
        }
    }

    // MARK: - Candidates

    func testCandidatesAreTheKnownEditsByTheirPriors() throws {
        let candidates = try SmallModel().engine().generator.candidates(for: [M.a, M.n])
        func insert(_ position: Int, _ label: Int) -> LabelEdit {
            LabelEdit(position: position, removed: 0, inserted: label)
        }
        XCTAssertEqual(
            candidates.map(\.edit),
            [
                .copy, LabelEdit(position: 0, removed: 1, inserted: M.e), LabelEdit(position: 1, removed: 1, inserted: nil),
                insert(0, M.n), insert(1, M.n), insert(1, M.space),
            ])
        XCTAssertEqual(candidates.map(\.prior), [0, 0.5, 0.3, 0.2, 0.2, 0.1])
        XCTAssertEqual(candidates.map(\.support), [0, 5, 3, 2, 2, 1])
    }

    func testCandidatesAreBoundedDistinctAndNeverEmpty() throws {
        var model = SmallModel()
        model.maxCandidates = 3
        XCTAssertEqual(try model.engine().generator.candidates(for: [M.a, M.n, M.a, M.e, M.n]).count, 4)
        let generator = try SmallModel().engine().generator
        for labels in [[M.n], [M.n, M.n, M.n], [M.a, M.space, M.n, M.n, M.space, M.n]] {
            let texts = generator.candidates(for: labels).map { $0.edit.applied(to: labels) }
            XCTAssertEqual(Set(texts).count, texts.count)
            for text in texts {
                XCTAssertFalse(text.isEmpty)
                XCTAssertFalse(text.first == M.space || text.last == M.space)
                XCTAssertFalse(zip(text, text.dropFirst()).contains { $0 == M.space && $1 == M.space })
            }
        }
    }

    func testPriorsDependOnTheNeighboursWhereTheseWereSeen() throws {
        let maps = ConfusionMaps(
            schema: "seben.confusions", version: 1,
            confusions: [
                .init(
                    kind: "SUB", from: "\u{7CA}", to: "\u{7CB}", count: 5, of: 10,
                    contexts: [.init(left: "", right: "\u{7D2}", count: 6, of: 6)])
            ])
        let table = try ConfusionTable(maps, vocabulary: SmallModel.vocabulary())
        let option = table.changes[M.a][0]
        XCTAssertEqual(option.prior(between: .init(left: nil, right: M.n)), (6 + 4 * 0.5) / (6 + 4))
        XCTAssertEqual(option.prior(between: .init(left: M.n, right: nil)), 0.5)
    }

    // MARK: - Choice

    func testTheShortEditThatWasSaidIsSelected() throws {
        let engine = try SmallModel().engine()
        let vocabulary = try SmallModel.vocabulary()
        for (heard, spoken) in [
            ([M.a, M.n, M.a], [M.a, M.n, M.e]), ([M.a, M.n, M.e], [M.a, M.e]), ([M.a, M.e], [M.a, M.n, M.e]),
            ([M.a, M.e], [M.a, M.space, M.e]),
        ] {
            let correction = try engine.correct(
                SmallModel.logProbs(spoken), text: vocabulary.text(heard), mode: .conservative)
            XCTAssertEqual(correction.text, vocabulary.text(spoken))
            XCTAssertEqual(correction.symbols.map(\.label), spoken)
            XCTAssertEqual(correction.edits.count, 1)
            XCTAssertGreaterThan(correction.edits[0].gain, 0)
            XCTAssertEqual(correction.edits[0].reasons[0].feature, .gain)
            XCTAssertEqual(correction.edits[0].edit.applied(to: heard), spoken)
        }
    }

    func testWhatWasSaidStaysAsItIs() throws {
        let engine = try SmallModel().engine()
        let correction = try engine.correct(SmallModel.logProbs([M.a, M.n, M.e]), mode: .aggressive)
        XCTAssertEqual(correction.text, try SmallModel.vocabulary().text([M.a, M.n, M.e]))
        XCTAssertTrue(correction.edits.isEmpty)
        XCTAssertGreaterThan(correction.candidates, 0)
    }

    func testEmptyAndImpossibleHypothesesStayAsTheyAre() throws {
        let engine = try SmallModel().engine()
        XCTAssertEqual(try engine.correct(SmallModel.logProbs([]), mode: .aggressive).text, "")
        let tooLong = try SmallModel.vocabulary().text([M.a, M.a, M.e, M.n])
        XCTAssertEqual(try engine.correct(SmallModel.logProbs([M.a]), text: tooLong, mode: .aggressive).text, tooLong)
    }

    func testSeveralEditsDoNotTouchEachOther() throws {
        let engine = try SmallModel().engine()
        let logProbs = try SmallModel.logProbs([M.e, M.n, M.e, M.n, M.e])
        let symbols = try XCTUnwrap(try Decoding.align(logProbs, labels: [M.a, M.n, M.a, M.n, M.a], blank: M.blank))
        let one = try engine.correct(logProbs, symbols: symbols, mode: .balanced, maxEdits: 1)
        let all = try engine.correct(logProbs, symbols: symbols, mode: .balanced, maxEdits: 5)
        XCTAssertEqual(one.edits.count, 1)
        XCTAssertEqual(all.edits.count, 3)
        XCTAssertEqual(all.symbols.map(\.label), [M.e, M.n, M.e, M.n, M.e])
    }

    // MARK: - What does not fit

    func testRefusesModelsThatDoNotFit() throws {
        var other = SmallModel()
        other.schema = "seben.other"
        XCTAssertThrowsError(try other.ranker())
        other = SmallModel()
        other.features.swapAt(0, 1)
        XCTAssertThrowsError(try other.ranker())
        other = SmallModel()
        other.features.removeLast()
        XCTAssertThrowsError(try other.ranker())
        other = SmallModel()
        other.weights[.gain] = (0, 0, 1)
        XCTAssertThrowsError(try other.ranker())
        other = SmallModel()
        other.classes = 6
        XCTAssertThrowsError(try other.engine())
        other = SmallModel()
        other.confusions = [("SUB", "\u{7CA}", "\u{7CF}", 1, 2)]
        XCTAssertThrowsError(try other.engine())
        other = SmallModel()
        other.confusions = [("SUB", "\u{7CA}", "\u{7CB}", 3, 2)]
        XCTAssertThrowsError(try other.engine())
        XCTAssertThrowsError(try Ranker(json: Data("{".utf8)))
        XCTAssertThrowsError(try Vocabulary(json: Data(#"{"blank": 2, "classes": ["x", "y"]}"#.utf8)))
    }

    func testRefusesInputThatDoesNotFit() throws {
        let engine = try SmallModel().engine()
        let logProbs = try SmallModel.logProbs([M.a])
        XCTAssertThrowsError(try engine.correct(logProbs, text: "x", mode: .balanced)) { error in
            XCTAssertEqual((error as? SebenError)?.location, "text: byte 0")
        }
        let narrow = try LogProbs(values: [0, -.infinity], classes: 2)
        XCTAssertThrowsError(try engine.correct(narrow, mode: .balanced))
    }

    func testTheFrozenModelIsWhole() throws {
        let engine = try CorrectionEngine.frozen()
        XCTAssertEqual(engine.ranker.head.classes, engine.vocabulary.classes.count)
        XCTAssertEqual(engine.ranker.weights.count, Feature.allCases.count)
        let thresholds = Mode.allCases.map { engine.ranker.thresholds[$0]! }
        XCTAssertEqual(thresholds, thresholds.sorted())
    }
}
