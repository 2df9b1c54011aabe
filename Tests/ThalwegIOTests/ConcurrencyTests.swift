import Testing
import ThalwegCore
import ThalwegNN

@testable import ThalwegIO

/// Files are read and written from any thread.
@Suite struct ConcurrencyTests {
  @Test func readingAndSavingAtOnce() async throws {
    let folder = try TemporaryFolder()
    let paths = (0..<4).map { folder.file("\($0).weights.h5") }
    let sums = try await withThrowingTaskGroup(of: Double.self) { group in
      for path in paths {
        group.addTask {
          var sum = 0.0
          for _ in 0..<10 {
            let model = try Sequential(ThalwegNN.Linear(3, 4), ThalwegNN.Linear(4, 2))
            try model.saveWeights(path)
            try model.loadWeights(path)
            sum += try HDF5.read(Repository.digits, "test/labels").toArray().reduce(0, +)
            _ = try? HDF5.read(Repository.digits, "nothing")
          }
          return sum
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums.count == 4)
    #expect(Set(sums).count == 1)
    #expect(folder.names == paths.map { String($0.dropFirst(folder.path.count + 1)) })
  }

  /// Threads that save to one path leave one of their files, whole.
  @Test func savingToOnePath() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("model.weights.h5")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let model = try ThalwegNN.Linear(50, 50)
          for _ in 0..<10 {
            try model.saveWeights(path)
            try ThalwegNN.Linear(50, 50).loadWeights(path)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(folder.names == ["model.weights.h5"])
  }
}
