// SPDX-License-Identifier: Apache-2.0
import Foundation
import SebenCorrection
import XCTest

@testable import SebenProof

final class FormatTests: XCTestCase {
    private func npy(_ header: String, _ body: [UInt8], version: UInt8 = 1) -> Data {
        var data = Data([0x93]) + Data("NUMPY".utf8) + Data([version, 0])
        data += Data([UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)])
        if version > 1 { data += Data([0, 0]) }
        return data + Data(header.utf8) + Data(body)
    }

    private let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n"
    private let one: [UInt8] = [0, 0, 0x80, 0x3F]
    private let minusTwo: [UInt8] = [0, 0, 0, 0xC0]

    func testNpyOfBothHeaderSizesAndFromTheMiddleOfABuffer() throws {
        for version: UInt8 in 1...3 {
            let data = npy(good, one + minusTwo, version: version)
            XCTAssertEqual(try Tensor(npy: data, source: "x"), try Tensor(shape: [1, 2], values: [1, -2]))
            let slice = (Data([9, 9, 9]) + data).dropFirst(3)
            XCTAssertEqual(try Tensor(npy: slice, source: "x").values, [1, -2])
        }
        let line = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", one + minusTwo)
        XCTAssertEqual(try Tensor(npy: line, source: "x").shape, [2])
    }

    func testNpyRefusesEveryCutAndEveryOtherType() throws {
        let whole = npy(good, one + minusTwo)
        for length in 0..<whole.count {
            XCTAssertThrowsError(try Tensor(npy: whole.prefix(length), source: "x"), "\(length) bytes")
        }
        XCTAssertThrowsError(try Tensor(npy: whole + Data([0]), source: "x"))
        for (from, to) in [
            ("<f4", "<f8"), ("False", "True"), ("(1, 2)", "(1, 3)"), ("(1, 2)", "(-1, -2)"), ("(1, 2)", "(1, x)"),
            ("(1, 2)", "(9223372036854775807, 9)"), ("(1, 2)", "(4611686018427387905, 2)"),
        ] {
            let header = good.replacingOccurrences(of: from, with: to)
            XCTAssertThrowsError(try Tensor(npy: npy(header, one + minusTwo), source: "x"), to)
        }
    }

    // The examples of FIPS 180-4 and the lengths at which padding takes another block.
    func testSHA256() {
        XCTAssertEqual(
            SHA256.hex(Data()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        XCTAssertEqual(
            SHA256.hex(Data("abc".utf8)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        XCTAssertEqual(
            SHA256.hex(Data("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        XCTAssertEqual(
            SHA256.hex(Data(repeating: 0x61, count: 1_000_000)),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        let middle = Data("xxabc".utf8).dropFirst(2)
        XCTAssertEqual(SHA256.hex(middle), SHA256.hex(Data("abc".utf8)))
    }

    func testHalfPrecision() {
        for (bits, value): (UInt16, Float) in [
            (0x0000, 0), (0x3C00, 1), (0xC000, -2), (0x3555, 0.333251953125), (0x7BFF, 65504), (0x0001, 0x1p-24),
            (0x83FF, -0x1.ff8p-15), (0x7C00, .infinity),
        ] { XCTAssertEqual(float(half: bits), value, String(bits, radix: 16)) }
        XCTAssertTrue(float(half: 0x7E00).isNaN)
    }

    func testStridesOfPaddedRows() throws {
        let memory: [Float] = [1, 2, 3, -1, 4, 5, 6, -1]
        let dense = try Tensor(shape: [1, 2, 3], strides: [8, 4, 1]) { memory[$0] }
        XCTAssertEqual(dense, try Tensor(shape: [1, 2, 3], values: [1, 2, 3, 4, 5, 6]))
        let turned = try Tensor(shape: [3, 2], strides: [1, 4]) { memory[$0] }
        XCTAssertEqual(turned.values, [1, 4, 2, 5, 3, 6])
        XCTAssertThrowsError(try Tensor(shape: [2], strides: [1, 1]) { memory[$0] })
    }

    func testLayoutsOfTheStream() throws {
        let stream = try Tensor(shape: [1, 2, 3], values: [1, 2, 3, 4, 5, 6])
        let channels = try stream.laidOut(as: [1, 3, 1, 2])
        XCTAssertEqual(channels.values, [1, 4, 2, 5, 3, 6])
        XCTAssertEqual(try channels.laidOut(as: [1, 2, 3]), stream)
        XCTAssertThrowsError(try stream.laidOut(as: [1, 3, 1, 3]))
        XCTAssertEqual(try stream.everyFrame(1, frames: 2), stream)
        let frames = try Tensor(shape: [1, 4, 1], values: [1, 2, 3, 4])
        XCTAssertEqual(try frames.everyFrame(3, frames: 2).values, [1, 4])
        XCTAssertThrowsError(try frames.everyFrame(2, frames: 3))
    }

    func testRequests() throws {
        var environment = ["SEBEN_RUN": "2026-11-21T10:00:00Z-7f"]
        XCTAssertEqual(try ProofRequest(environment: environment).units, [.cpuOnly, .cpuAndNeuralEngine, .all])
        environment["SEBEN_UNITS"] = "all,cpu_and_gpu"
        environment["SEBEN_WAIT"] = "20"
        let request = try ProofRequest(environment: environment)
        XCTAssertEqual(request.units, [.all, .cpuAndGPU])
        XCTAssertEqual(request.wait, 20)
        for (name, value) in [
            ("SEBEN_RUN", ""), ("SEBEN_RUN", "a b"), ("SEBEN_RUN", String(repeating: "r", count: 65)),
            ("SEBEN_UNITS", "all,all"), ("SEBEN_UNITS", ""), ("SEBEN_UNITS", "ane"), ("SEBEN_WAIT", "-1"),
            ("SEBEN_REPEATS", "many"),
        ] {
            XCTAssertThrowsError(try ProofRequest(environment: environment.merging([name: value]) { $1 }), value)
        }
        XCTAssertThrowsError(try ProofRequest(environment: [:]))
    }
}
