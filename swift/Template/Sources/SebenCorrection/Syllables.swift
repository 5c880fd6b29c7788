// SPDX-License-Identifier: Apache-2.0

/// Which sequences of N'Ko letters and marks can be words: a state machine over code points.
///
///     word       = (syllable | elision | number)+ coda?
///     syllable   = consonants? vowel nasal-mark? tone-mark? double-dot?  |  consonants? syllabic-nasal tone-mark?
///     consonants : one to three; all but the last have the vowel of the syllable that follows, or a dagbasinna says
///                  that they have none
///     elision    = consonants apostrophe, or an apostrophe before a vowel
///     coda       = one or two consonants: foreign words, abbreviations
///
/// Any consonant may carry a tone mark or double dot (foreign sounds); an extender changes nothing; a digit may carry a
/// tone mark or the nasal mark of ordinals. Text is in normalisation form C.
enum SyllableState: Equatable, Sendable {
    /// Before the word.
    case start
    /// After one to three consonants, the last of them with a mark or without.
    case onset(length: Int, marked: Bool)
    /// After a dagbasinna.
    case bare
    case nucleus
    /// After the nasal mark.
    case coda
    /// After a tone mark on a vowel or syllabic nasal.
    case toned
    /// After a double dot on a vowel.
    case dotted
    case syllabic
    case elision
    case number
    case numberMarked

    private var isOnset: Bool {
        if case .onset = self { return true }
        return false
    }

    /// Whether a word may end here; at the start there is no word to end.
    var mayEnd: Bool {
        if case .onset(let length, _) = self { return length < 3 }
        return true
    }

    /// The state after a code point; nil when no word goes on like that. What is not part of a word ends it.
    func next(_ scalar: Unicode.Scalar) -> SyllableState? {
        switch CharacterClass(scalar) {
        case .vowel: return .nucleus
        case .syllabicNasal: return .syllabic
        case .consonant: return afterConsonant
        case .dagbasinna: return isOnset ? .bare : nil
        case .toneMark: return afterToneMark
        case .nasalMark: return afterNasalMark
        case .doubleDot: return afterDoubleDot
        case .apostrophe: return mayElide ? .elision : nil
        case .digit: return isOnset || self == .elision ? nil : .number
        case .extender, .abbreviation: return self == .start ? nil : self
        default: return mayEnd ? .start : nil
        }
    }

    private var afterConsonant: SyllableState? {
        guard case .onset(let length, _) = self else { return .onset(length: 1, marked: false) }
        return length < 3 ? .onset(length: length + 1, marked: false) : nil
    }

    private var afterToneMark: SyllableState? {
        switch self {
        case .onset(let length, marked: false): return .onset(length: length, marked: true)
        case .nucleus, .coda, .syllabic: return .toned
        case .number: return .numberMarked
        default: return nil
        }
    }

    private var afterNasalMark: SyllableState? {
        switch self {
        case .nucleus: return .coda
        case .number: return .numberMarked
        default: return nil
        }
    }

    private var afterDoubleDot: SyllableState? {
        switch self {
        case .onset(let length, _): return .onset(length: length, marked: true)
        case .nucleus, .coda, .toned: return .dotted
        default: return nil
        }
    }

    private var mayElide: Bool {
        switch self {
        case .start, .elision, .number, .numberMarked: return false
        default: return true
        }
    }

    /// Whether all words of a text are possible.
    static func allPossible<S: Sequence>(_ scalars: S) -> Bool where S.Element == Unicode.Scalar {
        var state = SyllableState.start
        for scalar in scalars {
            guard let next = state.next(scalar) else { return false }
            state = next
        }
        return state.mayEnd
    }
}
