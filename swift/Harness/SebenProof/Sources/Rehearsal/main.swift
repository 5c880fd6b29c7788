// SPDX-License-Identifier: Apache-2.0
// The chain without a device: `seben execute` computes the packages on this machine's processor. It rehearses all but
// Core ML, and says so: its run is always "rehearsal", which no proof of a device accepts.
//
// usage: seben-rehearsal SEBEN PROOF-FOLDER OUTPUT-FOLDER [UNITS]
#if os(Linux) || os(macOS)
import Foundation
import SebenCorrection
import SebenProof

func rehearse(_ arguments: [String]) async throws {
    guard (4...5).contains(arguments.count) else {
        throw SebenError("arguments", expected: "SEBEN PROOF-FOLDER OUTPUT-FOLDER [UNITS]", found: "\(arguments.count - 1)")
    }
    var request = ProofRequest(run: "rehearsal")
    if arguments.count == 5 { request.units = try ComputeUnits.list(arguments[4]) }
    request.repeats = 0
    let folder = try ProofFolder(URL(fileURLWithPath: arguments[2], isDirectory: true))
    let out = URL(fileURLWithPath: arguments[3], isDirectory: true)
    try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
    let chain = try ProofChain(
        folder, predictor: CommandPredictor(program: arguments[1], scratch: out), engine: try CorrectionEngine.frozen())
    let outcome = try await chain.run(request) { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
    try outcome.details.json().write(to: out.appendingPathComponent("details.json"))
    print(try outcome.marker.line())
}

do {
    try await rehearse(CommandLine.arguments)
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(65)
}
#endif
