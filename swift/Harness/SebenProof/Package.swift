// swift-tools-version:5.9
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let package = Package(
    name: "SebenProof",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "SebenProof", targets: ["SebenProof"]),
        .executable(name: "seben-rehearsal", targets: ["Rehearsal"]),
    ],
    dependencies: [.package(path: "../SebenCorrection")],
    targets: [
        .target(name: "SebenProof", dependencies: ["SebenCorrection"]),
        .executableTarget(name: "Rehearsal", dependencies: ["SebenProof"]),
        .testTarget(name: "SebenProofTests", dependencies: ["SebenProof", "SebenCorrection"]),
    ]
)
