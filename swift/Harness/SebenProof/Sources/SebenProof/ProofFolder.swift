// SPDX-License-Identifier: Apache-2.0
import Foundation
import SebenCorrection

/// The folder that was exported: packages, plan, fixtures. Whatever is read from it has the size and digest that it was
/// exported with, or is refused: a file that was cut short on its way to the device is no riddle then.
public struct ProofFolder {
    /// One package of the chain and what it has to give.
    public struct Part {
        public let name: String
        public let package: String
        public let inputName: String
        public let inputShape: [Int]
        public let outputName: String
        public let outputShape: [Int]
        let file: ChainFile.Part
    }

    public let url: URL
    public let model: String
    public let stages: [Part]
    public let head: Part
    /// SHA-256 of plan.json, which lists the digests of all packages.
    public let planDigest: String
    /// SHA-256 of chain.json, which lists the digests of all fixtures.
    public let fixtureDigest: String
    let chain: ChainFile

    public init(_ url: URL) throws {
        self.url = url
        let data = try ProofFolder.read(url, "chain.json")
        fixtureDigest = SHA256.hex(data)
        chain = try ChainFile.parse(data)
        planDigest = SHA256.hex(try ProofFolder.read(url, "plan.json"))
        guard planDigest == chain.planDigest else {
            throw SebenError("plan.json", expected: chain.planDigest, found: planDigest)
        }
        model = chain.model
        stages = chain.stages.map(ProofFolder.part)
        head = ProofFolder.part(chain.head)
    }

    public func packageURL(_ part: Part) -> URL { url.appendingPathComponent(part.package, isDirectory: true) }

    /// Throws unless the package's model and weights are those that were exported.
    public func verify(_ part: Part) throws {
        let data = part.package + "/Data/com.apple.CoreML/"
        try check(data + "model.mlmodel", part.file.model)
        if part.file.weights.bytes > 0 { try check(data + "weights/weight.bin", part.file.weights) }
    }

    func expected(_ part: Part) throws -> Tensor { try tensor(part.file.expected) }

    func tensor(_ fixture: ChainFile.Fixture) throws -> Tensor {
        let data = try ProofFolder.read(url, fixture.file)
        let digest = SHA256.hex(data)
        guard digest == fixture.sha256 else {
            throw SebenError(fixture.file, expected: fixture.sha256, found: digest)
        }
        let tensor = try Tensor(npy: data, source: fixture.file)
        guard tensor.shape == fixture.shape else {
            throw SebenError(fixture.file, expected: "\(fixture.shape)", found: "\(tensor.shape)")
        }
        return tensor
    }

    private func check(_ name: String, _ expected: ChainFile.Digest) throws {
        let data = try ProofFolder.read(url, name)
        guard data.count == expected.bytes else {
            throw SebenError(name, expected: "\(expected.bytes) bytes", found: "\(data.count)")
        }
        let digest = SHA256.hex(data)
        guard digest == expected.sha256 else { throw SebenError(name, expected: expected.sha256, found: digest) }
    }

    private static func part(_ file: ChainFile.Part) -> Part {
        Part(
            name: file.name, package: file.package, inputName: file.input.name, inputShape: file.input.shape,
            outputName: file.output.name, outputShape: file.output.shape, file: file)
    }

    private static func read(_ folder: URL, _ name: String) throws -> Data {
        guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
            throw SebenError(name, expected: "a name inside of the folder", found: "another")
        }
        do {
            return try Data(contentsOf: folder.appendingPathComponent(name), options: .mappedIfSafe)
        } catch {
            throw SebenError(name, expected: "a readable file", found: "none")
        }
    }
}
