// SPDX-License-Identifier: Apache-2.0
import SebenCorrection

/// What the caller of a test asked for, by its environment (xcodebuild hands on variables that begin with TEST_RUNNER_).
public struct ProofRequest: Equatable, Sendable {
    /// SEBEN_RUN: tells this run from others; 1 to 64 characters.
    public var run: String
    /// SEBEN_UNITS; without it CPU only, CPU with the Neural Engine, and all.
    public var units: [ComputeUnits] = [.cpuOnly, .cpuAndNeuralEngine, .all]
    /// SEBEN_REPEATS: predictions of every package and mode for the timings, beyond those that are compared.
    public var repeats = 3
    /// SEBEN_WAIT: seconds that the test idles before its first prediction, so that a recording can attach.
    public var wait = 0

    public init(run: String) { self.run = run }

    public init(environment: [String: String]) throws {
        guard let run = environment["SEBEN_RUN"], (1...64).contains(run.utf8.count),
            run.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F })
        else {
            throw SebenError("SEBEN_RUN", expected: "1 to 64 visible characters", found: environment["SEBEN_RUN"] ?? "none")
        }
        self.run = run
        if let words = environment["SEBEN_UNITS"] { units = try ComputeUnits.list(words) }
        repeats = try ProofRequest.number(environment, "SEBEN_REPEATS", most: 1000) ?? repeats
        wait = try ProofRequest.number(environment, "SEBEN_WAIT", most: 600) ?? wait
    }

    private static func number(_ environment: [String: String], _ name: String, most: Int) throws -> Int? {
        guard let word = environment[name] else { return nil }
        guard let value = Int(word), (0...most).contains(value) else {
            throw SebenError(name, expected: "0 to \(most)", found: word)
        }
        return value
    }
}
