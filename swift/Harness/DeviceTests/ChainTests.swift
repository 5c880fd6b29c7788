// SPDX-License-Identifier: Apache-2.0
import Foundation
import SebenCorrection
import SebenProof
import XCTest

/// The proof: one test, one marker line, printed when everything has gone through and not before.
final class ChainTests: XCTestCase {
    func testChain() async throws {
        continueAfterFailure = false
        let environment = ProcessInfo.processInfo.environment
        let request = try ProofRequest(environment: environment)
        let proof = try XCTUnwrap(Bundle(for: ChainTests.self).url(forResource: "Proof", withExtension: nil))
        let folder = try ProofFolder(proof)
        let out = try outputFolder(environment)
        // run-on-device.sh attaches Instruments to this process while the test waits.
        emit("SEBEN_PROCESS \(ProcessInfo.processInfo.processIdentifier)")
        if request.wait > 0 { try await Task.sleep(nanoseconds: UInt64(request.wait) * 1_000_000_000) }

        let predictor = CoreMLPredictor()
        defer { predictor.removeCompiled() }
        let chain = try ProofChain(folder, predictor: predictor, engine: try CorrectionEngine.frozen())
        let outcome = try await chain.run(request) { emit("SEBEN_PROGRESS \($0)") }
        try keep(try outcome.details.json(), "details.json", out)
        try await keepPlans(predictor, request.units, out)
        let marker = try outcome.marker.line()
        try keep(Data((marker + "\n").utf8), "marker.txt", out)
        emit(marker)
    }

    /// SEBEN_OUT, or the application's documents, from where devicectl copies.
    private func outputFolder(_ environment: [String: String]) throws -> URL {
        let documents = try FileManager.default.url(
            for: .documentDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
        let out = environment["SEBEN_OUT"].map { URL(fileURLWithPath: $0, isDirectory: true) }
            ?? documents.appendingPathComponent("seben-proof", isDirectory: true)
        try? FileManager.default.removeItem(at: out)
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        return out
    }

    private func keepPlans(_ predictor: CoreMLPredictor, _ units: [ComputeUnits], _ out: URL) async throws {
        guard #available(iOS 17.4, macOS 14.4, *) else {
            emit("SEBEN_NOTE no compute plans: iOS 17.4 or macOS 14.4 has them")
            return
        }
        for unit in units {
            for file in predictor.compiled {
                let name = file.url.lastPathComponent
                let plan = try await computePlan(file.url, model: name, units: unit)
                let stem = file.part.package.replacingOccurrences(of: ".mlpackage", with: "")
                try keep(try plan.json(), "plan.\(unit.rawValue).\(stem).json", out)
            }
        }
    }

    /// Twice: in a folder that can be copied, and in the result bundle.
    private func keep(_ data: Data, _ name: String, _ out: URL) throws {
        try data.write(to: out.appendingPathComponent(name))
        let attachment = XCTAttachment(data: data, uniformTypeIdentifier: "public.data")
        attachment.name = name
        attachment.lifetime = .keepAlways
        add(attachment)
    }
}

/// A line of its own, whatever stood before it, written at once.
private func emit(_ line: String) {
    FileHandle.standardOutput.write(Data("\n\(line)\n".utf8))
}
