// SPDX-License-Identifier: Apache-2.0
import Foundation
import SebenCorrection

/// A package that is ready to compute.
public protocol LoadedPackage {
    /// One input, of the shape that the package states, and its one output.
    func predict(_ input: Tensor) throws -> Tensor
}

/// What computes packages: Core ML on a device, anything else in a rehearsal.
public protocol Predictor {
    func load(_ part: ProofFolder.Part, at url: URL, units: ComputeUnits) async throws -> any LoadedPackage
}

/// What a chain gives: the marker, and figures that the marker has no place for.
public struct ProofOutcome {
    public var marker: ProofMarker
    public var details: ProofDetails
}

/// The chain of a proof: in every mode each stage on the fixture's input, then all stages on their own outputs, the head
/// on both, and of the logits the greedy decode, candidates and the ranker's decision.
///
/// It judges nothing: bad figures are reported, not hidden behind a failing test. It throws when there is no figure: a
/// damaged file, a package that does not load or run, values that are not finite.
public struct ProofChain {
    private let folder: ProofFolder
    private let predictor: any Predictor
    private let engine: CorrectionEngine
    private let mel: Tensor
    private let argmax: [Int]

    public init(_ folder: ProofFolder, predictor: any Predictor, engine: CorrectionEngine) throws {
        self.folder = folder
        self.predictor = predictor
        self.engine = engine
        mel = try folder.tensor(folder.chain.mel)
        argmax = try folder.tensor(folder.chain.argmax).values.map { Int($0) }
        let audio = try folder.tensor(folder.chain.audio)
        guard audio.values.count == folder.chain.audioSamples else {
            throw SebenError("audio", expected: "\(folder.chain.audioSamples) samples", found: "\(audio.values.count)")
        }
    }

    /// `progress` is told of every package before it is loaded.
    public func run(_ request: ProofRequest, progress: (String) -> Void = { _ in }) async throws -> ProofOutcome {
        for part in folder.stages + [folder.head] { try folder.verify(part) }
        var modes: [ModeRun] = []
        for units in request.units { modes.append(try await run(units, request, progress)) }
        return try judged(modes, request)
    }

    private struct ModeRun {
        var units: ComputeUnits
        var stages: [ProofMarker.Stage] = []
        var encoder = Parity()
        var head = Parity()
        var logits: Tensor
        var packages: [ProofDetails.Package] = []
    }

    private func run(_ units: ComputeUnits, _ request: ProofRequest, _ progress: (String) -> Void) async throws -> ModeRun {
        var mode = ModeRun(units: units, logits: mel)
        var reference = mel  // what the fixture feeds a stage
        var stream = mel  // what the stage before really gave
        for part in folder.stages {
            progress("\(units.rawValue): \(part.name)")
            var bench = Bench(part)
            let package = try await bench.load(predictor, folder.packageURL(part), units)
            let expected = try folder.expected(part)
            let found = try bench.predict(package, reference, like: expected)
            let parity = try Parity(found, expected, source: part.name)
            mode.stages.append(.init(name: part.name, mse: parity.mse, maxAbs: parity.maxAbs))
            stream = stream == reference ? found : try bench.predict(package, stream, like: expected)
            try bench.repeat(request.repeats, package, reference, like: expected)
            reference = expected
            mode.packages.append(bench.figures)
        }
        mode.encoder = try Parity(stream, reference, source: "encoder")
        try await runHead(&mode, reference, stream, request, progress)
        return mode
    }

    private func runHead(
        _ mode: inout ModeRun, _ reference: Tensor, _ stream: Tensor, _ request: ProofRequest,
        _ progress: (String) -> Void
    ) async throws {
        let part = folder.head
        progress("\(mode.units.rawValue): head")
        var bench = Bench(part)
        let package = try await bench.load(predictor, folder.packageURL(part), mode.units)
        let expected = try folder.expected(part)
        let onReference = try bench.predict(package, try headInput(reference), like: expected)
        mode.logits = try bench.predict(package, try headInput(stream), like: expected)
        let alone = try Parity(onReference, expected, source: "head")
        let chained = try Parity(mode.logits, expected, source: "head after the chain")
        mode.head = Parity(mse: max(alone.mse, chained.mse), maxAbs: max(alone.maxAbs, chained.maxAbs))
        try bench.repeat(request.repeats, package, try headInput(reference), like: expected)
        mode.packages.append(bench.figures)
    }

    private func headInput(_ features: Tensor) throws -> Tensor {
        let shape = folder.head.inputShape
        let frames = shape.count == 4 ? shape[3] : shape.count == 3 ? shape[1] : 0
        return try features.everyFrame(folder.chain.subsample, frames: frames)
    }

    // Of modes that read different texts, the one that errs is the one that is shown.
    private func judged(_ modes: [ModeRun], _ request: ProofRequest) throws -> ProofOutcome {
        let read = try modes.map { try Greedy(logits: $0.logits, vocabulary: engine.vocabulary) }
        guard let index = read.firstIndex(where: { $0.text != folder.chain.text }) ?? read.indices.first,
            let ranker = Mode(rawValue: folder.chain.rankerMode)
        else { throw SebenError("request", expected: "a mode of computing and of the ranker", found: "none") }
        let shown = read[index]
        let correction = try engine.correct(shown.logProbs, mode: ranker)
        var marker = ProofMarker()
        marker.run = request.run
        marker.modelDigest = folder.planDigest
        marker.fixtureDigest = folder.fixtureDigest
        marker.audioSamples = folder.chain.audioSamples
        marker.modes = modes.map { .init(computeUnits: $0.units, stages: $0.stages) }
        marker.encoderMSE = modes.map(\.encoder.mse).max() ?? 0
        marker.headMSE = modes.map(\.head.mse).max() ?? 0
        marker.frames = shown.classes.count
        marker.nonblankFrames = shown.nonblankFrames
        marker.text = shown.text
        marker.candidates = correction.candidates
        marker.ranker = .init(
            accepted: !correction.edits.isEmpty, mode: ranker.rawValue, score: correction.bestProbability)
        let details = try zip(modes, read).map { mode, greedy in
            ProofDetails.Mode(
                computeUnits: mode.units, encoderMSE: mode.encoder.mse, headMSE: mode.head.mse,
                argmaxChanges: try changes(mode.logits), text: greedy.text, packages: mode.packages)
        }
        return ProofOutcome(
            marker: marker,
            details: ProofDetails(
                run: request.run, model: folder.model, precision: folder.chain.precision,
                expectedText: folder.chain.text, correctedText: correction.text, modes: details))
    }

    private func changes(_ logits: Tensor) throws -> Int {
        let found = try Greedy.argmax(logits)
        guard found.count == argmax.count else {
            throw SebenError("argmax", expected: "\(argmax.count) frames", found: "\(found.count)")
        }
        return zip(found, argmax).filter { $0 != $1 }.count
    }
}

/// One package under the clock, in the layout that it wants.
private struct Bench {
    private let part: ProofFolder.Part
    private var loading = 0.0
    private var predictions: [Double] = []

    init(_ part: ProofFolder.Part) { self.part = part }

    mutating func load(_ predictor: any Predictor, _ url: URL, _ units: ComputeUnits) async throws -> any LoadedPackage {
        let clock = ContinuousClock()
        let start = clock.now
        let package = try await predictor.load(part, at: url, units: units)
        loading = seconds(clock.now - start)
        return package
    }

    mutating func predict(_ package: any LoadedPackage, _ input: Tensor, like: Tensor) throws -> Tensor {
        let given = try input.laidOut(as: part.inputShape, source: "\(part.name): input")
        let clock = ContinuousClock()
        let start = clock.now
        let found = try package.predict(given)
        predictions.append(seconds(clock.now - start))
        guard found.shape == part.outputShape else {
            throw SebenError("\(part.name): output", expected: "\(part.outputShape)", found: "\(found.shape)")
        }
        return try found.laidOut(as: like.shape, source: "\(part.name): output")
    }

    mutating func `repeat`(_ times: Int, _ package: any LoadedPackage, _ input: Tensor, like: Tensor) throws {
        for _ in 0..<times { _ = try predict(package, input, like: like) }
    }

    var figures: ProofDetails.Package {
        .init(name: part.name, loadSeconds: loading, predictSeconds: Timing(predictions))
    }

    private func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}
