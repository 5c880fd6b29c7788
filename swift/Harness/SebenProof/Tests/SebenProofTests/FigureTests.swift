// SPDX-License-Identifier: Apache-2.0
import Foundation
import SebenCorrection
import XCTest

@testable import SebenProof

final class FigureTests: XCTestCase {
    func testParity() throws {
        let expected = try Tensor(shape: [4], values: [0, 1, 2, 3])
        let parity = try Parity(try Tensor(shape: [4], values: [0, 1, 2.5, 2]), expected, source: "x")
        XCTAssertEqual(parity, Parity(mse: 1.25 / 4, maxAbs: 1))
        XCTAssertEqual(try Parity(expected, expected, source: "x"), Parity())
        XCTAssertThrowsError(try Parity(try Tensor(shape: [1], values: [0]), expected, source: "x"))
        for bad in [Float.nan, .infinity, -.infinity] {
            XCTAssertThrowsError(try Parity(try Tensor(shape: [4], values: [0, 1, bad, 3]), expected, source: "x"))
        }
    }

    func testTiming() {
        XCTAssertNil(Timing([]))
        XCTAssertEqual(Timing([3, 1, 2])?.median, 2)
        let even = Timing([4, 1, 2, 3])
        XCTAssertEqual(even?.median, 2.5)
        XCTAssertEqual(even?.least, 1)
        XCTAssertEqual(even?.most, 4)
    }

    private func vocabulary() throws -> Vocabulary {
        try Vocabulary(json: Data(#"{"blank": 3, "classes": ["a", "b", "x", ""], "masked": [2]}"#.utf8))
    }

    func testGreedyMergesRepeatsAndNeverWritesMaskedClasses() throws {
        let winners = [0, 0, 3, 0, 1, 3, 1]
        var values = [Float](repeating: 0, count: winners.count * 4)
        for (frame, label) in winners.enumerated() { values[frame * 4 + label] = 5 }
        values[2] = 9  // a masked class above all others in the first frame
        let logits = try Tensor(shape: [1, winners.count, 4], values: values)
        let greedy = try Greedy(logits: logits, vocabulary: try vocabulary())
        XCTAssertEqual(greedy.classes, winners)
        XCTAssertEqual(greedy.nonblankFrames, 5)
        XCTAssertEqual(greedy.text, "aabb")
        XCTAssertEqual(try Greedy.argmax(logits), [2, 0, 3, 0, 1, 3, 1])
        XCTAssertEqual(
            Decoding.greedy(greedy.logProbs, blank: 3).map(\.label), greedy.labels)
        XCTAssertEqual(greedy.logProbs[0, 2], -.infinity)
        let total = exp(greedy.logProbs[0, 0]) + exp(greedy.logProbs[0, 1]) + exp(greedy.logProbs[0, 3])
        XCTAssertEqual(total, 1, accuracy: 1e-6)
    }

    func testGreedyRefusesOtherShapesAndNaN() throws {
        let vocabulary = try vocabulary()
        for shape in [[1, 2, 5], [2, 2, 4], [2, 4], [1, 0, 4]] {
            let values = [Float](repeating: 0, count: shape.reduce(1, *))
            XCTAssertThrowsError(try Greedy(logits: try Tensor(shape: shape, values: values), vocabulary: vocabulary))
        }
        let nan = try Tensor(shape: [1, 1, 4], values: [.nan, 0, 0, 0])
        XCTAssertThrowsError(try Greedy(logits: nan, vocabulary: vocabulary))
    }

    func testMarkerIsOneLineWithAllKeys() throws {
        var marker = ProofMarker()
        marker.run = "run-1"
        marker.text = "a\nb\"\u{07CA}"
        marker.modes = [.init(computeUnits: .cpuOnly, stages: [.init(name: "layers[0..2]", mse: 1e-13, maxAbs: 2e-6)])]
        let line = try marker.line()
        XCTAssertTrue(line.hasPrefix("SEBEN_PROOF {"))
        XCTAssertFalse(line.contains("\n"))
        let json = try XCTUnwrap(
            try JSONSerialization.jsonObject(with: Data(line.dropFirst(12).utf8)) as? [String: Any])
        XCTAssertEqual(
            Set(json.keys),
            [
                "format", "version", "run", "model_digest", "fixture_digest", "audio_samples", "compute_units", "modes",
                "encoder_mse", "head_mse", "frames", "nonblank_frames", "text", "candidates", "ranker",
            ])
        XCTAssertEqual(json["text"] as? String, marker.text)
        marker.headMSE = .nan
        XCTAssertThrowsError(try marker.line())
    }

    func testComputePlanNamesEveryOperationOnceAndWritesNulls() throws {
        let plan = ComputePlanFile(
            model: "m.mlmodelc", computeUnits: .all,
            operations: [
                .init(outputs: ["x"], type: "ios16.linear", preferred: .ane, supported: [.gpu, .ane, .gpu], cost: 0.5),
                .init(outputs: ["x"], type: "ios16.add", preferred: .cpu, supported: [], cost: .nan),
                .init(outputs: [], type: "const", preferred: nil, supported: [.cpu], cost: nil),
            ])
        XCTAssertEqual(plan.operations.map(\.name), ["x", "x#2", "op2"])
        let json = try XCTUnwrap(try JSONSerialization.jsonObject(with: try plan.json()) as? [String: Any])
        let operations = try XCTUnwrap(json["operations"] as? [[String: Any]])
        XCTAssertEqual(operations[0]["supported"] as? [String], ["ane", "gpu"])
        XCTAssertTrue(operations[1]["cost"] is NSNull)
        XCTAssertEqual(operations[1]["supported"] as? [String], ["cpu"])
        XCTAssertTrue(operations[2]["preferred"] is NSNull)
        XCTAssertEqual(operations[2]["supported"] as? [String], [])
        // For a reader in another language.
        if let path = ProcessInfo.processInfo.environment["SEBEN_PLAN_SAMPLE"] {
            try plan.json().write(to: URL(fileURLWithPath: path))
        }
    }
}
