// SPDX-License-Identifier: Apache-2.0

/// Which symbols the recogniser confuses, counted: the part of `ranker.json` that candidates come from.
struct ConfusionMaps: Decodable {
    struct Context: Decodable {
        var left: String
        var right: String
        var count: Int
        var of: Int
    }

    /// What has to be done to the hypothesis: SUB from → to, DEL from, INS to.
    struct Confusion: Decodable {
        var kind: String
        var from: String
        var to: String
        var count: Int
        var of: Int
        var contexts: [Context]
    }

    var schema: String
    var version: Int
    var confusions: [Confusion]
}

/// The maps over the labels of one vocabulary, ready for lookup.
public struct ConfusionTable: Sendable {
    struct Gap: Hashable, Sendable {
        var left: Int?  // nil: the end of the text
        var right: Int?
    }

    /// One change of a label, or the insertion of one.
    struct Option: Sendable {
        var to: Int?  // nil: deletion
        var prior: Double
        var support: Int
        var contexts: [Gap: Double]

        /// The share of opportunities between these neighbours, or everywhere if they were not seen.
        func prior(between gap: Gap) -> Double { contexts[gap] ?? prior }
    }

    /// Opportunities that the general share counts for in a context.
    static let contextWeight = 4.0

    private(set) var changes: [[Option]]
    private(set) var insertions: [Option] = []

    init(_ maps: ConfusionMaps, vocabulary: Vocabulary) throws {
        guard maps.schema == "seben.confusions", maps.version == 1 else {
            throw SebenError(
                "confusions: schema", expected: "seben.confusions 1", found: "\(maps.schema) \(maps.version)")
        }
        changes = [[Option]](repeating: [], count: vocabulary.classes.count)
        for confusion in maps.confusions {
            let option = try ConfusionTable.compile(confusion, vocabulary: vocabulary)
            if let from = try ConfusionTable.label(confusion.from, vocabulary) {
                changes[from].append(option)
            } else {
                insertions.append(option)
            }
        }
    }

    private static func label(_ symbol: String, _ vocabulary: Vocabulary) throws -> Int? {
        guard !symbol.isEmpty else { return nil }
        let labels = try vocabulary.encode(symbol)
        guard labels.count == 1 else {
            throw SebenError("confusions", expected: "symbols of the vocabulary, one class each", found: symbol)
        }
        return labels[0]
    }

    private static func compile(_ confusion: ConfusionMaps.Confusion, vocabulary: Vocabulary) throws -> Option {
        guard (1...max(confusion.of, 1)).contains(confusion.count) else {
            throw SebenError("confusions: count", expected: "1...\(confusion.of)", found: "\(confusion.count)")
        }
        let prior = Double(confusion.count) / Double(confusion.of)
        var contexts: [Gap: Double] = [:]
        for context in confusion.contexts {
            let gap = Gap(left: try label(context.left, vocabulary), right: try label(context.right, vocabulary))
            contexts[gap] = (Double(context.count) + contextWeight * prior) / (Double(context.of) + contextWeight)
        }
        return Option(to: try label(confusion.to, vocabulary), prior: prior, support: confusion.count, contexts: contexts)
    }
}
