// SPDX-License-Identifier: Apache-2.0
import Foundation
import SebenCorrection
import XCTest

@testable import SebenProof

/// The exported folder itself, run by something that answers with the fixtures: the figures must be nought, and what is
/// done to one answer must show in its place and nowhere before.
final class ChainTests: XCTestCase {
    struct Answers: Predictor {
        let folder: ProofFolder
        var off: Float = 0
        var stage = ""
        var units = ComputeUnits.all

        struct Package: LoadedPackage {
            let expected: Tensor
            let shape: [Int]
            let input: [Int]
            let off: Float
            func predict(_ input: Tensor) throws -> Tensor {
                XCTAssertEqual(input.shape, self.input)
                return try Tensor(shape: expected.shape, values: expected.values.map { $0 + off }).laidOut(as: shape)
            }
        }

        func load(_ part: ProofFolder.Part, at url: URL, units: ComputeUnits) async throws -> any LoadedPackage {
            XCTAssertTrue(FileManager.default.fileExists(atPath: url.path))
            let hit = part.name == stage && units == self.units
            return Package(
                expected: try folder.expected(part), shape: part.outputShape, input: part.inputShape, off: hit ? off : 0)
        }
    }

    /// Proof/ lies two folders above this package's tests' folder in the exported project.
    private func folder() throws -> ProofFolder {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        url.appendPathComponent("Proof", isDirectory: true)
        try XCTSkipUnless(FileManager.default.fileExists(atPath: url.path), "not in an exported project")
        return try ProofFolder(url)
    }

    private func outcome(_ predictor: Answers, _ units: [ComputeUnits]) async throws -> ProofOutcome {
        var request = ProofRequest(run: "test")
        request.units = units
        request.repeats = 1
        return try await ProofChain(predictor.folder, predictor: predictor, engine: try .frozen()).run(request)
    }

    func testFixturesAgreeWithThemselves() async throws {
        let folder = try folder()
        let found = try await outcome(Answers(folder: folder), [.cpuOnly, .all])
        XCTAssertEqual(found.marker.modes.map(\.computeUnits), [.cpuOnly, .all])
        for mode in found.marker.modes {
            XCTAssertEqual(mode.stages.map(\.name), folder.stages.map(\.name))
            XCTAssertTrue(mode.stages.allSatisfy { $0.mse == 0 && $0.maxAbs == 0 })
        }
        XCTAssertEqual(found.marker.encoderMSE, 0)
        XCTAssertEqual(found.marker.headMSE, 0)
        XCTAssertEqual(found.marker.text, folder.chain.text)
        XCTAssertEqual(found.marker.modelDigest, folder.planDigest)
        XCTAssertEqual(found.marker.fixtureDigest, folder.fixtureDigest)
        XCTAssertEqual(found.marker.audioSamples, 480_000)
        XCTAssertGreaterThan(found.marker.nonblankFrames, 0)
        XCTAssertGreaterThan(found.marker.candidates, 0)
        XCTAssertEqual(found.details.modes.map(\.argmaxChanges), [0, 0])
        XCTAssertEqual(found.details.modes[0].packages.count, folder.stages.count + 1)
        let json = try XCTUnwrap(try JSONSerialization.jsonObject(with: try found.details.json()) as? [String: Any])
        XCTAssertEqual(json["schema"] as? String, "seben.device-details")
    }

    func testAStageThatIsOffShowsInItsPlace() async throws {
        let folder = try folder()
        let last = folder.stages[folder.stages.count - 1].name
        let found = try await outcome(Answers(folder: folder, off: 0.5, stage: last), [.cpuOnly, .all])
        let stages = found.marker.modes[1].stages
        XCTAssertEqual(stages[stages.count - 1].mse, 0.25, accuracy: 1e-3)
        XCTAssertTrue(stages.dropLast().allSatisfy { $0.mse == 0 })
        XCTAssertTrue(found.marker.modes[0].stages.allSatisfy { $0.mse == 0 })
        XCTAssertEqual(found.marker.encoderMSE, 0.25, accuracy: 1e-3)
    }

    func testValuesThatAreNotFiniteAreNoFigures() async throws {
        let folder = try folder()
        do {
            _ = try await outcome(Answers(folder: folder, off: .nan, stage: folder.head.name), [.all])
            XCTFail("expected a refusal")
        } catch let error as SebenError {
            XCTAssertEqual(error.expected, "finite values")
        }
    }

    func testAFileThatWasCutShortIsNamed() async throws {
        let folder = try folder()
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("proof-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.copyItem(at: folder.url, to: copy)
        let weights = folder.head.package + "/Data/com.apple.CoreML/weights/weight.bin"
        let file = copy.appendingPathComponent(weights)
        try Data(contentsOf: file).dropLast().write(to: file)
        do {
            _ = try await outcome(Answers(folder: try ProofFolder(copy)), [.all])
            XCTFail("expected a refusal")
        } catch let error as SebenError {
            XCTAssertEqual(error.location, weights)
        }
        let mel = copy.appendingPathComponent(folder.chain.mel.file)
        var bytes = try Data(contentsOf: mel)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: mel)
        XCTAssertThrowsError(try ProofFolder(copy).tensor(folder.chain.mel))
    }

    func testAPlanThatIsNotTheExportedOne() throws {
        let folder = try folder()
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("plan-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        for name in ["chain.json", "plan.json"] {
            try Data(contentsOf: folder.url.appendingPathComponent(name)).write(to: copy.appendingPathComponent(name))
        }
        XCTAssertNoThrow(try ProofFolder(copy))
        try Data("{}".utf8).write(to: copy.appendingPathComponent("plan.json"))
        XCTAssertThrowsError(try ProofFolder(copy))
    }
}
