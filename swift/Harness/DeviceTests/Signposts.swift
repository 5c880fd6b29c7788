// SPDX-License-Identifier: Apache-2.0
import os

private let signposter = OSSignposter(subsystem: "dev.seben.proof", category: "prediction")

/// An interval around one prediction: hardware rows of a trace name no process, and count only within these.
func signposted<Value>(_ label: String, _ work: () throws -> Value) rethrows -> Value {
    let interval = signposter.beginInterval("prediction", id: signposter.makeSignpostID(), "\(label, privacy: .public)")
    defer { signposter.endInterval("prediction", interval) }
    return try work()
}
