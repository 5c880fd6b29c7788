// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How daring corrections are, from the most to the least.
public enum Mode: String, CaseIterable, Sendable {
    case aggressive, balanced, conservative, preservation
}

/// The frozen model of `ranker.json`: a logistic regression over named features and a threshold for each mode.
public struct Ranker: Sendable {
    public struct Weight: Decodable, Sendable {
        public var name: String
        public var mean: Double
        public var deviation: Double
        public var weight: Double
    }

    public struct Limits: Decodable, Sendable {
        /// Edits proposed for one text.
        public var maxCandidates: Int
        /// Edits applied to one text.
        public var maxEdits: Int
        /// Texts that are longer are corrected piece by piece.
        public var maxSymbols: Int

        enum CodingKeys: String, CodingKey {
            case maxCandidates = "max_candidates"
            case maxEdits = "max_edits"
            case maxSymbols = "max_symbols"
        }
    }

    /// Whose errors the model knows: all of it must agree with the head that it is used on.
    public struct Head: Decodable, Equatable, Sendable {
        public var name: String
        public var classes: Int
        public var blank: Int
        public var vocabulary: String
        public var contract: String
        public var weights: String
    }

    /// The language model whose gain is a feature.
    public struct LanguageModelIdentity: Decodable, Equatable, Sendable {
        public var order: Int
        public var sha256: String
    }

    private struct File: Decodable {
        var schema: String
        var version: Int
        var features: [Weight]
        var bias: Double
        var thresholds: [String: Double]
        var limits: Limits
        var confusions: ConfusionMaps
        var head: Head
        var language_model: LanguageModelIdentity?
    }

    public let weights: [Weight]
    public let bias: Double
    public let thresholds: [Mode: Double]
    public let limits: Limits
    public let head: Head
    /// Nil: fitted without one.
    public let languageModel: LanguageModelIdentity?
    let confusions: ConfusionMaps

    /// Throws for another schema or version, features other than ``Feature``'s in their order, and numbers that no model
    /// can have.
    public init(json: Data) throws {
        let file = try decodeJSON(File.self, from: json, source: "ranker")
        guard file.schema == "seben.ranker", file.version == 1 else {
            throw SebenError("ranker: schema", expected: "seben.ranker 1", found: "\(file.schema) \(file.version)")
        }
        guard file.features.map(\.name) == Feature.allCases.map(\.name) else {
            throw SebenError(
                "ranker: features", expected: Feature.allCases.map(\.name).joined(separator: ", "),
                found: file.features.map(\.name).joined(separator: ", "))
        }
        for weight in file.features where !(weight.deviation > 0) {
            throw SebenError("ranker: \(weight.name)", expected: "a deviation above 0", found: "\(weight.deviation)")
        }
        var thresholds: [Mode: Double] = [:]
        for mode in Mode.allCases {
            guard let threshold = file.thresholds[mode.rawValue] else {
                throw SebenError("ranker: thresholds", expected: mode.rawValue, found: "none")
            }
            thresholds[mode] = threshold
        }
        self.thresholds = thresholds
        weights = file.features
        bias = file.bias
        limits = file.limits
        head = file.head
        languageModel = file.language_model
        confusions = file.confusions
    }

    /// What a feature adds to the log-odds.
    public func contribution(_ feature: Feature, _ value: Double) -> Double {
        let weight = weights[feature.rawValue]
        return weight.weight * ((value - weight.mean) / weight.deviation)
    }

    /// The log-odds that the edit brings the text nearer to what was said: they still tell apart edits that are all but
    /// certain.
    public func logOdds(_ vector: FeatureVector) -> Double {
        var sum = bias
        for feature in Feature.allCases { sum += contribution(feature, vector[feature]) }
        return sum
    }

    /// The same as a probability.
    public func probability(_ vector: FeatureVector) -> Double {
        let sum = logOdds(vector)
        if sum >= 0 { return 1 / (1 + exp(-sum)) }
        let e = exp(sum)
        return e / (1 + e)
    }
}
