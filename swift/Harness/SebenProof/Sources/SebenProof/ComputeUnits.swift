// SPDX-License-Identifier: Apache-2.0
import SebenCorrection

/// What may be asked of Core ML. A request: what computed is for a trace to show.
public enum ComputeUnits: String, CaseIterable, Codable, Sendable {
    case cpuOnly = "cpu_only"
    case cpuAndGPU = "cpu_and_gpu"
    case cpuAndNeuralEngine = "cpu_and_ne"
    case all

    /// "cpu_only,all": each once, in their order.
    public static func list(_ words: String) throws -> [ComputeUnits] {
        let units = try words.split(separator: ",").map { word in
            guard let unit = ComputeUnits(rawValue: String(word)) else {
                throw SebenError(
                    "compute units", expected: allCases.map(\.rawValue).joined(separator: ", "), found: String(word))
            }
            return unit
        }
        guard !units.isEmpty, Set(units).count == units.count else {
            throw SebenError("compute units", expected: "one or more, each once", found: words)
        }
        return units
    }
}
