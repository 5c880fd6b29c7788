// SPDX-License-Identifier: Apache-2.0
import CoreML
import Foundation
import SebenCorrection
import SebenProof

/// Packages computed by Core ML. What is asked for is a request: which unit computed is for a trace to show.
final class CoreMLPredictor: Predictor {
    /// A package as Core ML compiled it; the file lies where the system put it.
    struct Compiled {
        var part: ProofFolder.Part
        var url: URL
    }

    private(set) var compiled: [Compiled] = []

    struct Package: LoadedPackage {
        let part: ProofFolder.Part
        let model: MLModel
        let label: String

        // The pool: what Core ML hands out in an asynchronous test would else stay until its end.
        func predict(_ input: Tensor) throws -> Tensor {
            try autoreleasepool {
                let given = try MLDictionaryFeatureProvider(
                    dictionary: [part.inputName: MLFeatureValue(multiArray: try multiArray(input))])
                let found = try signposted(label) { try model.prediction(from: given) }
                guard let array = found.featureValue(for: part.outputName)?.multiArrayValue else {
                    throw SebenError(part.package, expected: "an output \(part.outputName)", found: "none")
                }
                return try tensor(array, source: part.outputName)
            }
        }
    }

    func load(_ part: ProofFolder.Part, at url: URL, units: ComputeUnits) async throws -> any LoadedPackage {
        let ready = try await compile(part, at: url)
        let model = try MLModel(contentsOf: ready, configuration: configuration(units))
        return Package(part: part, model: model, label: "\(units.rawValue) \(part.name)")
    }

    /// Compiled once, loaded anew for every mode.
    private func compile(_ part: ProofFolder.Part, at url: URL) async throws -> URL {
        if let known = compiled.first(where: { $0.part.package == part.package }) { return known.url }
        let made = try await MLModel.compileModel(at: url)
        compiled.append(Compiled(part: part, url: made))
        return made
    }

    func removeCompiled() {
        for file in compiled { try? FileManager.default.removeItem(at: file.url) }
        compiled = []
    }
}

func configuration(_ units: ComputeUnits) -> MLModelConfiguration {
    let configuration = MLModelConfiguration()
    switch units {
    case .cpuOnly: configuration.computeUnits = .cpuOnly
    case .cpuAndGPU: configuration.computeUnits = .cpuAndGPU
    case .cpuAndNeuralEngine: configuration.computeUnits = .cpuAndNeuralEngine
    case .all: configuration.computeUnits = .all
    }
    return configuration
}

// A fresh array is dense and row-major.
private func multiArray(_ tensor: Tensor) throws -> MLMultiArray {
    let array = try MLMultiArray(shape: tensor.shape.map { NSNumber(value: $0) }, dataType: .float32)
    tensor.values.withUnsafeBytes { array.dataPointer.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    return array
}

private func tensor(_ array: MLMultiArray, source: String) throws -> Tensor {
    let shape = array.shape.map(\.intValue), strides = array.strides.map(\.intValue)
    let memory = array.dataPointer
    switch array.dataType {
    case .float32:
        return try Tensor(shape: shape, strides: strides, source: source) {
            memory.load(fromByteOffset: $0 * 4, as: Float.self)
        }
    case .float16:
        return try Tensor(shape: shape, strides: strides, source: source) {
            float(half: memory.load(fromByteOffset: $0 * 2, as: UInt16.self))
        }
    default: throw SebenError(source, expected: "float32 or float16", found: "another type")
    }
}
