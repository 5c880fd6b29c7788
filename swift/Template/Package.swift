// swift-tools-version:5.9
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let package = Package(
    name: "SebenCorrection",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [
        .library(name: "SebenCorrection", targets: ["SebenCorrection"])
    ],
    targets: [
        .target(name: "SebenCorrection", resources: [.copy("Resources")]),
        .testTarget(
            name: "SebenCorrectionTests",
            dependencies: ["SebenCorrection"],
            resources: [.copy("Fixtures")]
        ),
    ]
)
