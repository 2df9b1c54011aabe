/// The engine's version, of which CMakeLists.txt and pyproject.toml hold copies that a test compares.
package enum Version {
  package static let major: Int32 = 0
  package static let minor: Int32 = 1
  package static let patch: Int32 = 0
  package static let text: StaticString = "0.1.0"
}
