// SPDX-License-Identifier: Apache-2.0

/// One proposed text: the hypothesis with one edit, or unchanged.
public struct Candidate: Hashable, Sendable {
    public var edit: LabelEdit
    /// How likely the edit is at this place before the sound is looked at, 0...1; 0 for a copy.
    public var prior: Double
    /// How often the maps saw the confusion; 0 for a copy.
    public var support: Int

    public static let copy = Candidate(edit: .copy, prior: 0, support: 0)
}

/// Bounded candidates: the hypothesis and its likeliest single edits.
public struct CandidateGenerator: Sendable {
    private let table: ConfusionTable
    private let neighbours: Neighbours
    /// Edits, the copy not counted.
    public let maxCandidates: Int

    init(table: ConfusionTable, neighbours: Neighbours, maxCandidates: Int) {
        self.table = table
        self.neighbours = neighbours
        self.maxCandidates = maxCandidates
    }

    /// The copy, then the edits with the highest priors: by prior, falling, then position, kind and label. No two make
    /// the same text; none makes an empty one, or one that is not normalised if the hypothesis is.
    public func candidates(for labels: [Int]) -> [Candidate] {
        var found: [Candidate] = []
        for position in 0...labels.count {
            found += insertions(before: position, in: labels)
            if position < labels.count { found += changes(at: position, in: labels) }
        }
        found.sort(by: CandidateGenerator.comesFirst)
        return [.copy] + found.prefix(maxCandidates)
    }

    private func insertions(before position: Int, in labels: [Int]) -> [Candidate] {
        let gap = ConfusionTable.Gap(
            left: position > 0 ? labels[position - 1] : nil, right: position < labels.count ? labels[position] : nil)
        return table.insertions.compactMap { option in
            // One more of a run of equal symbols is the same text wherever it comes; before the first is enough.
            guard option.to != gap.left, fits(option.to, gap) else { return nil }
            return Candidate(
                edit: LabelEdit(position: position, removed: 0, inserted: option.to),
                prior: option.prior(between: gap), support: option.support)
        }
    }

    private func changes(at position: Int, in labels: [Int]) -> [Candidate] {
        let gap = ConfusionTable.Gap(
            left: position > 0 ? labels[position - 1] : nil,
            right: position + 1 < labels.count ? labels[position + 1] : nil)
        return table.changes[labels[position]].compactMap { option in
            // The first of a run stands for all of it; the only symbol stays.
            if option.to == nil, labels[position] == gap.left || labels.count == 1 { return nil }
            guard fits(option.to, gap) else { return nil }
            return Candidate(
                edit: LabelEdit(position: position, removed: 1, inserted: option.to),
                prior: option.prior(between: gap), support: option.support)
        }
    }

    private func fits(_ label: Int?, _ gap: ConfusionTable.Gap) -> Bool {
        guard let label else { return neighbours.allowed(gap.left, gap.right) }
        return neighbours.allowed(gap.left, label) && neighbours.allowed(label, gap.right)
    }

    private static func comesFirst(_ a: Candidate, _ b: Candidate) -> Bool {
        if a.prior != b.prior { return a.prior > b.prior }
        return (a.edit.position, order(a.edit.kind), a.edit.inserted ?? -1)
            < (b.edit.position, order(b.edit.kind), b.edit.inserted ?? -1)
    }

    private static func order(_ kind: LabelEdit.Kind) -> Int {
        switch kind {
        case .copy: return 0
        case .substitution: return 1
        case .deletion: return 2
        case .insertion: return 3
        }
    }
}
