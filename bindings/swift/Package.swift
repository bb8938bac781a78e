// swift-tools-version:5.9
// SPDX-License-Identifier: Apache-2.0 OR MIT
import PackageDescription

/// Where the C library comes from: an XCFramework inside the package if the environment names one, otherwise what the
/// system has installed.
let library: Target = if let framework = Context.environment["PIE_CLIENT_XCFRAMEWORK"] {
    .binaryTarget(name: "CPieClient", path: framework)
} else {
    .systemLibrary(name: "CPieClient", pkgConfig: "pie_client")
}

let strict: [SwiftSetting] = [.enableExperimentalFeature("StrictConcurrency")]

let package = Package(
    name: "PieClient",
    platforms: [.macOS(.v13), .iOS(.v16), .tvOS(.v16), .watchOS(.v9)],
    products: [
        .library(name: "PieClient", targets: ["PieClient"]),
    ],
    targets: [
        library,
        .target(name: "PieClient", dependencies: ["CPieClient"], swiftSettings: strict),
        .executableTarget(name: "quickstart", dependencies: ["PieClient"], path: "Examples/quickstart", swiftSettings: strict),
        .executableTarget(name: "conformance", dependencies: ["PieClient"], path: "Tests/Conformance", swiftSettings: strict),
        .testTarget(name: "PieClientTests", dependencies: ["PieClient"], swiftSettings: strict),
    ]
)
