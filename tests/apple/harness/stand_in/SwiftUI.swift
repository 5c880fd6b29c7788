// SPDX-License-Identifier: Apache-2.0
// The part of SwiftUI that swift/Harness uses; see CoreML.swift.

public protocol View {}
public protocol Scene {}

public protocol App {
    associatedtype Body: Scene
    var body: Body { get }
    init()
}
extension App {
    public static func main() {}
}

public struct Text: View {
    public init(_ words: String) {}
}

public struct WindowGroup<Content: View>: Scene {
    public init(content: () -> Content) {}
}
