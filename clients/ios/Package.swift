// swift-tools-version: 5.9
import PackageDescription

let package = Package(
    name: "Lienzo",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "Lienzo", targets: ["Lienzo"])],
    targets: [
        .target(name: "Lienzo"),
        .testTarget(name: "LienzoTests", dependencies: ["Lienzo"], resources: [.copy("groups.json")]),
    ]
)
