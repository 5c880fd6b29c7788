// SPDX-License-Identifier: Apache-2.0
#if os(Linux) || os(macOS)
import Foundation
import SebenCorrection
import SebenProof

/// Packages computed by `SEBEN execute PACKAGE INPUTS OUTPUTS`; what is asked of units means nothing here, so that one
/// package on one input is computed once.
final class CommandPredictor: Predictor {
    private let program: String
    private let scratch: URL
    private var known: [String: Tensor] = [:]

    init(program: String, scratch: URL) {
        self.program = program
        self.scratch = scratch
    }

    struct Package: LoadedPackage {
        let command: CommandPredictor
        let part: ProofFolder.Part
        let url: URL

        func predict(_ input: Tensor) throws -> Tensor { try command.predict(part, url, input) }
    }

    private func predict(_ part: ProofFolder.Part, _ url: URL, _ input: Tensor) throws -> Tensor {
        let data = try Safetensors.data(input, name: part.inputName)
        let key = part.package + SHA256.hex(data)
        if let output = known[key] { return output }
        let given = scratch.appendingPathComponent("input.safetensors")
        let made = scratch.appendingPathComponent("output.safetensors")
        defer {
            try? FileManager.default.removeItem(at: given)
            try? FileManager.default.removeItem(at: made)
        }
        try data.write(to: given)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["execute", url.path, given.path, made.path]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw SebenError(part.package, expected: "to be computed", found: "exit \(process.terminationStatus)")
        }
        let output = try Safetensors.tensor(try Data(contentsOf: made), name: part.outputName)
        known[key] = output
        return output
    }

    func load(_ part: ProofFolder.Part, at url: URL, units: ComputeUnits) async throws -> any LoadedPackage {
        Package(command: self, part: part, url: url)
    }
}

/// Files of one float32 tensor: eight bytes with the length of a JSON header, the header, the numbers, all little-endian.
enum Safetensors {
    private struct Entry: Codable {
        var dtype: String
        var shape: [Int]
        var data_offsets: [Int]
    }

    static func data(_ tensor: Tensor, name: String) throws -> Data {
        let bytes = tensor.values.count * 4
        let header = try JSONEncoder().encode([name: Entry(dtype: "F32", shape: tensor.shape, data_offsets: [0, bytes])])
        var data = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
        data.append(header)
        tensor.values.withUnsafeBytes { data.append(contentsOf: $0) }
        return data
    }

    static func tensor(_ data: Data, name: String) throws -> Tensor {
        guard data.count >= 8 else { throw SebenError(name, expected: "a header", found: "\(data.count) bytes") }
        let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length <= data.count - 8 else { throw SebenError(name, expected: "a header", found: "\(length) bytes") }
        let start = 8 + Int(length)
        let header = try JSONSerialization.jsonObject(with: data[8..<start]) as? [String: Any]
        guard let entry = header?[name] as? [String: Any], entry["dtype"] as? String == "F32",
            let shape = entry["shape"] as? [Int], let offsets = entry["data_offsets"] as? [Int], offsets.count == 2,
            offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= data.count - start,
            (offsets[1] - offsets[0]) % 4 == 0
        else { throw SebenError(name, expected: "a float32 tensor", found: "another") }
        var values = [Float](repeating: 0, count: (offsets[1] - offsets[0]) / 4)
        _ = values.withUnsafeMutableBytes { data.copyBytes(to: $0, from: (start + offsets[0])..<(start + offsets[1])) }
        return try Tensor(shape: shape, values: values, source: name)
    }
}
#endif
