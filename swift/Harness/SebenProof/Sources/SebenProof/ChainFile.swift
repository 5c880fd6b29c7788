// SPDX-License-Identifier: Apache-2.0
import Foundation
import SebenCorrection

/// Proof/chain.json, which `seben export harness` writes.
struct ChainFile: Decodable {
    struct Feature: Decodable {
        var name: String
        var shape: [Int]
    }
    struct Digest: Decodable {
        var bytes: Int
        var sha256: String
    }
    struct Fixture: Decodable {
        var file: String
        var shape: [Int]
        var sha256: String
    }
    struct Part: Decodable {
        var name: String
        var package: String
        var input: Feature
        var output: Feature
        var model: Digest
        var weights: Digest
        var expected: Fixture
    }

    var schema: String
    var version: Int
    var model: String
    var precision: String
    var planDigest: String
    var audioSamples: Int
    var subsample: Int
    var rankerMode: String
    var stages: [Part]
    var head: Part
    var audio: Fixture
    var mel: Fixture
    var argmax: Fixture
    var text: String

    enum CodingKeys: String, CodingKey {
        case schema, version, model, precision, subsample, stages, head, audio, mel, argmax, text
        case planDigest = "plan_sha256"
        case audioSamples = "audio_samples"
        case rankerMode = "ranker_mode"
    }

    static func parse(_ data: Data) throws -> ChainFile {
        let file: ChainFile
        do {
            file = try JSONDecoder().decode(ChainFile.self, from: data)
        } catch let error as DecodingError {
            throw SebenError("chain.json", expected: "its documented fields", found: String(describing: error))
        }
        guard file.schema == "seben.harness", file.version == 1 else {
            throw SebenError("chain.json: schema", expected: "seben.harness 1", found: "\(file.schema) \(file.version)")
        }
        guard !file.stages.isEmpty, Set(file.stages.map(\.name)).count == file.stages.count else {
            throw SebenError("chain.json: stages", expected: "one or more, each once", found: "\(file.stages.count)")
        }
        return file
    }
}
