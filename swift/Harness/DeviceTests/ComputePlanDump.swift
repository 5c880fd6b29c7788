// SPDX-License-Identifier: Apache-2.0
import CoreML
import Foundation
import SebenCorrection
import SebenProof

/// What Core ML intends for every operation of a compiled package.
@available(iOS 17.4, macOS 14.4, *)
func computePlan(_ compiled: URL, model: String, units: ComputeUnits) async throws -> ComputePlanFile {
    let plan = try await MLComputePlan.load(contentsOf: compiled, configuration: configuration(units))
    guard case .program(let program) = plan.modelStructure else {
        throw SebenError(model, expected: "an ML program", found: "another kind of model")
    }
    var operations: [ComputePlanFile.Operation] = []
    for name in program.functions.keys.sorted() {
        if let function = program.functions[name] { add(function.block, plan, &operations) }
    }
    return ComputePlanFile(model: model, computeUnits: units, operations: operations)
}

@available(iOS 17.4, macOS 14.4, *)
private func add(
    _ block: MLModelStructure.Program.Block, _ plan: MLComputePlan, _ operations: inout [ComputePlanFile.Operation]
) {
    for operation in block.operations {
        let usage = plan.deviceUsage(for: operation)
        operations.append(
            ComputePlanFile.Operation(
                outputs: operation.outputs.map(\.name), type: operation.operatorName,
                preferred: usage.flatMap { unit($0.preferred) },
                supported: usage.map { $0.supported.compactMap(unit) } ?? [],
                cost: plan.estimatedCost(of: operation)?.weight))
        for inner in operation.blocks { add(inner, plan, &operations) }
    }
}

@available(iOS 17.4, macOS 14.4, *)
private func unit(_ device: MLComputeDevice) -> ComputePlanFile.Unit? {
    switch device {
    case .cpu: return .cpu
    case .gpu: return .gpu
    case .neuralEngine: return .ane
    @unknown default: return nil
    }
}
