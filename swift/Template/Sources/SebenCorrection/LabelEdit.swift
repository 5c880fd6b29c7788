// SPDX-License-Identifier: Apache-2.0

/// One small change of a label sequence. At `position`, `removed` labels (0 or 1) give way to `inserted`.
///
/// A substitution removes one label and inserts one, a deletion removes one, an insertion (before `position`, which may
/// be the end) inserts one, a copy does neither.
public struct LabelEdit: Hashable, Sendable {
    public var position: Int
    public var removed: Int
    public var inserted: Int?

    public init(position: Int, removed: Int, inserted: Int?) {
        self.position = position
        self.removed = removed
        self.inserted = inserted
    }

    /// Changes nothing.
    public static let copy = LabelEdit(position: 0, removed: 0, inserted: nil)

    public enum Kind: String, Sendable {
        case copy = "COPY"
        case substitution = "SUB"
        case deletion = "DEL"
        case insertion = "INS"
    }

    /// In the words of the person who corrects: a deletion takes a symbol from the hypothesis.
    public var kind: Kind {
        switch (removed, inserted) {
        case (0, nil): return .copy
        case (0, _): return .insertion
        case (_, nil): return .deletion
        default: return .substitution
        }
    }

    /// The sequence after the edit, which must lie within it.
    public func applied(to labels: [Int]) -> [Int] {
        var out = Array(labels[..<position])
        if let inserted { out.append(inserted) }
        out += labels[(position + removed)...]
        return out
    }
}
