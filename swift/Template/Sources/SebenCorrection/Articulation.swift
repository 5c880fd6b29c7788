// SPDX-License-Identifier: Apache-2.0

/// How a letter of N'Ko sounds, so far as errors of hearing depend on it. All features are 0...1, and 0 where the kind
/// of sound has none.
struct Articulation: Sendable {
    enum Kind: Sendable { case vowel, consonant, tone, nasalMark, silentMark, digit, space, other }

    var kind = Kind.other
    /// 0 voiceless, 1 voiced.
    var voicing = 0.0
    /// 0 lips ... 1 glottis.
    var place = 0.0
    /// 0 stop, affricate, fricative, nasal, trill, lateral, 1 approximant.
    var manner = 0.0
    var nasality = 0.0
    /// 0 close, 1 open.
    var height = 0.0
    /// 0 front, 1 back.
    var backness = 0.0
    var roundness = 0.0
    /// Of tone marks: 0 short, 1 long.
    var length = 0.0
    /// Of tone marks: 0 low, 0.4 falling, 0.6 rising, 1 high.
    var tone = 0.0

    init(_ scalar: Unicode.Scalar) {
        let offset = Int(scalar.value)
        switch offset {
        case 0x07CA...0x07D0: self = Articulation.vowels[offset - 0x07CA]
        case 0x07D2...0x07EA: self = Articulation.consonants[offset - 0x07D2]
        case 0x07EB...0x07F1: self = Articulation.tones[offset - 0x07EB]
        case 0x20: kind = .space
        default: kind = Articulation.kind(CharacterClass(scalar))
        }
        if kind == .nasalMark { nasality = 1 }
    }

    private init(kind: Kind) { self.kind = kind }

    private static func kind(_ character: CharacterClass) -> Kind {
        switch character {
        case .digit: return .digit
        case .nasalMark: return .nasalMark
        case .dagbasinna, .doubleDot, .apostrophe, .extender, .abbreviation: return .silentMark
        default: return .other
        }
    }

    /// How much is lost or added with a symbol: tone marks little, vowels more, consonants most.
    var weight: Double {
        switch kind {
        case .consonant, .digit, .other: return 1
        case .vowel: return 0.7
        case .nasalMark: return 0.5
        case .space, .silentMark: return 0.4
        case .tone: return 0.3
        }
    }

    // MARK: - Sounds

    private static func vowel(_ height: Double, _ backness: Double, _ roundness: Double) -> Articulation {
        var sound = Articulation(kind: .vowel)
        (sound.height, sound.backness, sound.roundness) = (height, backness, roundness)
        return sound
    }

    private static func consonant(_ voicing: Double, _ place: Double, _ manner: Double) -> Articulation {
        var sound = Articulation(kind: .consonant)
        (sound.voicing, sound.place, sound.manner) = (voicing, place, manner)
        sound.nasality = manner == nasal ? 1 : 0
        return sound
    }

    private static func tone(_ tone: Double, _ length: Double) -> Articulation {
        var sound = Articulation(kind: .tone)
        (sound.tone, sound.length) = (tone, length)
        return sound
    }

    private static let (bilabial, labiodental, alveolar, postalveolar) = (0.0, 0.1, 0.3, 0.5)
    private static let (palatal, velar, labiovelar, glottal) = (0.6, 0.8, 0.9, 1.0)
    private static let (stop, affricate, fricative, nasal) = (0.0, 0.2, 0.4, 0.6)
    private static let (trill, tap, lateral, approximant) = (0.75, 0.8, 0.85, 1.0)

    /// U+07CA A ... U+07D0 OO.
    private static let vowels = [
        vowel(1, 0.5, 0), vowel(0.33, 0, 0), vowel(0, 0, 0), vowel(0.67, 0, 0), vowel(0, 1, 1), vowel(0.33, 1, 1),
        vowel(0.67, 1, 1),
    ]

    /// U+07D2 N ... U+07EA JONA RA.
    private static let consonants = [
        consonant(1, velar, nasal),  // 07D2 syllabic n
        consonant(1, bilabial, stop),  // 07D3 ba
        consonant(0, bilabial, stop),  // 07D4 pa
        consonant(0, alveolar, stop),  // 07D5 ta
        consonant(1, postalveolar, affricate),  // 07D6 ja
        consonant(0, postalveolar, affricate),  // 07D7 cha
        consonant(1, alveolar, stop),  // 07D8 da
        consonant(1, alveolar, tap),  // 07D9 ra
        consonant(1, alveolar, trill),  // 07DA rra
        consonant(0, alveolar, fricative),  // 07DB sa
        consonant(1, labiovelar, stop),  // 07DC gba
        consonant(0, labiodental, fricative),  // 07DD fa
        consonant(0, velar, stop),  // 07DE ka
        consonant(1, alveolar, lateral),  // 07DF la
        consonant(1, alveolar, nasal),  // 07E0 na woloso
        consonant(1, bilabial, nasal),  // 07E1 ma
        consonant(1, palatal, nasal),  // 07E2 nya
        consonant(1, alveolar, nasal),  // 07E3 na
        consonant(0, glottal, fricative),  // 07E4 ha
        consonant(1, labiovelar, approximant),  // 07E5 wa
        consonant(1, palatal, approximant),  // 07E6 ya
        consonant(1, palatal, nasal),  // 07E7 nya woloso
        consonant(1, postalveolar, affricate),  // 07E8 jona ja
        consonant(0, postalveolar, affricate),  // 07E9 jona cha
        consonant(1, alveolar, tap),  // 07EA jona ra
    ]

    /// U+07EB short high ... U+07F1 long rising.
    private static let tones = [
        tone(1, 0), tone(0, 0), tone(0.6, 0), tone(0.4, 1), tone(1, 1), tone(0, 1), tone(0.6, 1),
    ]
}

/// Absolute differences of the features of two symbols, each 0...1, and how far apart they sound.
struct ArticulatoryDifference: Sendable {
    var voicing = 0.0
    var place = 0.0
    var manner = 0.0
    var nasality = 0.0
    var height = 0.0
    var backness = 0.0
    var roundness = 0.0
    var length = 0.0
    var tone = 0.0

    private init() {}

    private init(_ a: Articulation, _ b: Articulation) {
        voicing = abs(a.voicing - b.voicing)
        place = abs(a.place - b.place)
        manner = abs(a.manner - b.manner)
        nasality = abs(a.nasality - b.nasality)
        height = abs(a.height - b.height)
        backness = abs(a.backness - b.backness)
        roundness = abs(a.roundness - b.roundness)
        length = abs(a.length - b.length)
        tone = abs(a.tone - b.tone)
    }

    /// Of symbols of several code points, the mean place by place; a missing code point differs in nothing.
    init(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) {
        if a.count == 1, b.count == 1 {
            self.init(Articulation(a[0]), Articulation(b[0]))
            return
        }
        self.init()
        let share = 1 / Double(max(1, max(a.count, b.count)))
        for (x, y) in zip(a, b) {
            let d = ArticulatoryDifference(Articulation(x), Articulation(y))
            voicing += share * d.voicing
            place += share * d.place
            manner += share * d.manner
            nasality += share * d.nasality
            height += share * d.height
            backness += share * d.backness
            roundness += share * d.roundness
            length += share * d.length
            tone += share * d.tone
        }
    }

    /// 0 for equal code points, else 0.05 to 1; of symbols of several, the mean place by place, a missing one counting 1.
    static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Double {
        let longer = max(a.count, b.count)
        let shorter = min(a.count, b.count)
        guard longer > 0 else { return 0 }
        var sum = Double(longer - shorter)
        for (x, y) in zip(a, b) { sum += distance(x, y) }
        return sum / Double(longer)
    }

    private static func distance(_ a: Unicode.Scalar, _ b: Unicode.Scalar) -> Double {
        guard a != b else { return 0 }
        let (x, y) = (Articulation(a), Articulation(b))
        let d = ArticulatoryDifference(x, y)
        var sum = 0.05
        sum += x.kind != y.kind ? 0.6 : 0
        sum += 0.15 * d.voicing
        sum += 0.35 * d.place
        sum += 0.35 * d.manner
        sum += 0.2 * d.nasality
        sum += 0.35 * d.height
        sum += 0.2 * d.backness
        sum += 0.1 * d.roundness
        sum += 0.2 * d.length
        sum += 0.3 * d.tone
        return min(1, sum)
    }

    /// The largest weight of a symbol's code points.
    static func weight(_ text: [Unicode.Scalar]) -> Double { text.map { Articulation($0).weight }.max() ?? 0 }
}
