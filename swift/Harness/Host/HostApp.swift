// SPDX-License-Identifier: Apache-2.0
import SwiftUI

/// A process for the test to run in; it does nothing itself.
@main
struct HostApp: App {
    var body: some Scene {
        WindowGroup { Text("Seben proof: the test runs here.") }
    }
}
