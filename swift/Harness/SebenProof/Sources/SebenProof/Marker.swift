// SPDX-License-Identifier: Apache-2.0
import Foundation
import SebenCorrection

/// What the analyser of runtime logs looks for: one line, the word SEBEN_PROOF and one JSON object with exactly these keys.
public struct ProofMarker: Encodable, Equatable, Sendable {
    public struct Stage: Encodable, Equatable, Sendable {
        public var name: String
        public var mse: Double
        public var maxAbs: Double
        enum CodingKeys: String, CodingKey {
            case name, mse
            case maxAbs = "max_abs"
        }
        public init(name: String, mse: Double, maxAbs: Double) {
            self.name = name
            self.mse = mse
            self.maxAbs = maxAbs
        }
    }
    public struct Mode: Encodable, Equatable, Sendable {
        public var computeUnits: ComputeUnits
        public var stages: [Stage]
        enum CodingKeys: String, CodingKey {
            case computeUnits = "compute_units"
            case stages
        }
        public init(computeUnits: ComputeUnits, stages: [Stage]) {
            self.computeUnits = computeUnits
            self.stages = stages
        }
    }
    public struct Decision: Encodable, Equatable, Sendable {
        public var accepted: Bool
        public var mode: String
        public var score: Double
        public init(accepted: Bool, mode: String, score: Double) {
            self.accepted = accepted
            self.mode = mode
            self.score = score
        }
    }

    public let format = "seben-proof-marker"
    public let version = 1
    public var run = ""
    public var modelDigest = ""
    public var fixtureDigest = ""
    public var audioSamples = 0
    public var computeUnits: [ComputeUnits] { modes.map(\.computeUnits) }
    public var modes: [Mode] = []
    public var encoderMSE = 0.0
    public var headMSE = 0.0
    public var frames = 0
    public var nonblankFrames = 0
    public var text = ""
    public var candidates = 0
    public var ranker = Decision(accepted: false, mode: "", score: 0)

    public init() {}

    enum CodingKeys: String, CodingKey {
        case format, version, run, modes, frames, text, candidates, ranker
        case modelDigest = "model_digest"
        case fixtureDigest = "fixture_digest"
        case audioSamples = "audio_samples"
        case computeUnits = "compute_units"
        case encoderMSE = "encoder_mse"
        case headMSE = "head_mse"
        case nonblankFrames = "nonblank_frames"
    }

    public func encode(to encoder: Encoder) throws {
        var out = encoder.container(keyedBy: CodingKeys.self)
        try out.encode(format, forKey: .format)
        try out.encode(version, forKey: .version)
        try out.encode(run, forKey: .run)
        try out.encode(modelDigest, forKey: .modelDigest)
        try out.encode(fixtureDigest, forKey: .fixtureDigest)
        try out.encode(audioSamples, forKey: .audioSamples)
        try out.encode(computeUnits, forKey: .computeUnits)
        try out.encode(modes, forKey: .modes)
        try out.encode(encoderMSE, forKey: .encoderMSE)
        try out.encode(headMSE, forKey: .headMSE)
        try out.encode(frames, forKey: .frames)
        try out.encode(nonblankFrames, forKey: .nonblankFrames)
        try out.encode(text, forKey: .text)
        try out.encode(candidates, forKey: .candidates)
        try out.encode(ranker, forKey: .ranker)
    }

    /// Without a line break. Throws when a figure is not finite.
    public func line() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return "SEBEN_PROOF " + String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch is EncodingError {
            throw SebenError("marker", expected: "finite figures", found: "one that is not")
        }
    }
}
