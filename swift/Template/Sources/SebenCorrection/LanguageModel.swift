// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A back-off n-gram model over characters, read from ARPA text that `seben export swift` has checked.
struct LanguageModel: Sendable {
    /// Tokens are bytes; code points are numbered from 3 on in the order of the file.
    typealias Token = UInt64
    static let (unknown, begin, end): (Token, Token, Token) = (0, 1, 2)

    /// What the next probability depends on: the last tokens, the newest in the lowest byte.
    struct State: Hashable, Sendable {
        var history: UInt64 = 0
        var length = 0
    }

    private struct Entry: Sendable {
        var logProb: Double
        var backOff: Double
    }

    /// Natural logarithm of the probability of a token without <unk> in the model.
    private static let noUnknown = log(1e-7)

    private var tables: [[UInt64: Entry]] = []  // by order, from 1
    private var tokens: [Unicode.Scalar: Token] = [:]

    /// The model that the package was exported with; nil when it has none.
    static func frozen() throws -> LanguageModel? {
        guard let url = Bundle.module.url(forResource: "Resources/language-model", withExtension: "arpa") else {
            throw SebenError("language-model.arpa", expected: "a resource of the package", found: "none")
        }
        let text = try Data(contentsOf: url)
        return text.isEmpty ? nil : try LanguageModel(arpa: text)
    }

    /// "log10 probability, tokens, log10 back-off or nothing" a line, in a section for each order.
    init(arpa: Data) throws {
        let blanks: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]
        for line in arpa.split(separator: UInt8(ascii: "\n")) {
            let cells = line.split(whereSeparator: blanks.contains).map { String(decoding: $0, as: UTF8.self) }
            guard let first = cells.first else { continue }
            if first.hasPrefix("\\") {
                if first.hasSuffix("-grams:") { tables.append([:]) }
            } else if !tables.isEmpty {
                try add(cells)
            }
        }
        guard !tables.isEmpty else { throw SebenError("language model", expected: "ARPA text", found: "no n-grams") }
    }

    private mutating func add(_ cells: [String]) throws {
        let order = tables.count
        guard cells.count == order + 1 || cells.count == order + 2, let log10 = Double(cells[0]),
            let backOff = cells.count == order + 2 ? Double(cells[order + 1]) : 0
        else {
            throw SebenError("language model", expected: "an n-gram", found: cells.joined(separator: " "))
        }
        var key: UInt64 = 0
        for text in cells[1...order] { key = key << 8 | token(of: text) }
        let ln10 = 2.302585092994046
        tables[order - 1][key] = Entry(logProb: min(0, log10) * ln10, backOff: backOff * ln10)
    }

    private mutating func token(of text: String) -> Token {
        switch text {
        case "<unk>", "<UNK>": return LanguageModel.unknown
        case "<s>": return LanguageModel.begin
        case "</s>": return LanguageModel.end
        default:
            let space = text == "<space>" || text == "|" || text == "\u{2581}"
            let scalar = space ? " " : text.unicodeScalars.first!
            if let known = tokens[scalar] { return known }
            tokens[scalar] = Token(tokens.count + 3)
            return Token(tokens.count + 2)
        }
    }

    /// The token of a code point; <unk> for one that the model has not seen.
    func token(_ scalar: Unicode.Scalar) -> Token { tokens[scalar] ?? LanguageModel.unknown }

    /// The state at the beginning of a text.
    var start: State { tables.count > 1 ? State(history: LanguageModel.begin, length: 1) : State() }

    /// ln P(token | state); the state moves on.
    func score(_ state: inout State, _ token: Token) -> Double {
        func mask(_ length: Int) -> UInt64 { length >= 8 ? .max : (1 << UInt64(8 * length)) - 1 }
        var sum = 0.0
        var length = state.length
        var found: Entry?
        while true {
            let history = state.history & mask(length)
            found = tables[length][history << 8 | token]
            if found != nil || length == 0 { break }
            // A history that the model has not seen costs nothing.
            if let seen = tables[length - 1][history] { sum += seen.backOff }
            length -= 1
        }
        sum += found?.logProb ?? LanguageModel.noUnknown
        // What no longer n-gram begins with need not be remembered.
        state.length = found == nil ? 0 : min(length + 1, tables.count - 1)
        state.history = (state.history << 8 | token) & mask(state.length)
        return sum
    }

    /// ln P(end of the text | state).
    func end(_ state: State) -> Double {
        var state = state
        return score(&state, LanguageModel.end)
    }
}

/// A hypothesis as the language model reads it, and what edits of it gain.
struct LanguageModelReading {
    private let model: LanguageModel
    private let tokens: [[LanguageModel.Token]]  // of every class
    private let labels: [Int]
    private var states: [LanguageModel.State]  // before each label
    private var sums = [0.0]  // of everything before each label; at last the end too

    init(_ model: LanguageModel, tokens: [[LanguageModel.Token]], labels: [Int]) {
        self.model = model
        self.tokens = tokens
        self.labels = labels
        states = [model.start]
        for label in labels {
            var state = states.last!
            sums.append(sums.last! + score(&state, label))
            states.append(state)
        }
        sums.append(sums.last! + model.end(states.last!))
    }

    private func score(_ state: inout LanguageModel.State, _ label: Int) -> Double {
        var sum = 0.0
        for token in tokens[label] { sum += model.score(&state, token) }
        return sum
    }

    /// Log-probability of the edited text and that of the hypothesis, both from the edit on until the model remembers
    /// nothing of it.
    func gain(_ edit: LabelEdit) -> (edited: Double, hypothesis: Double) {
        var state = states[edit.position]
        var sum = sums[edit.position]
        if let inserted = edit.inserted { sum += score(&state, inserted) }
        var place = edit.position + edit.removed
        while true {
            if state == states[place] { return (sum, sums[place]) }
            if place == labels.count { return (sum + model.end(state), sums[place + 1]) }
            sum += score(&state, labels[place])
            place += 1
        }
    }
}
