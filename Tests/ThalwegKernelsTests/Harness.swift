import CKernels
import Testing

/// Compares a unary loop with a scalar function, for all sizes and steps.
func check<A: BitwiseCopyable & Equatable, B: BitwiseCopyable & Equatable>(
  _ loop: tk_unary_loop?, _ label: String, _ input: (Int, UInt64) -> [A], _ fillA: A, _ fillB: B,
  _ reference: (A) -> B, _ matches: (B, B) -> Bool = agree
) {
  guard let loop else {
    Issue.record("\(label): no kernel")
    return
  }
  for n in sizes {
    for (so, sa) in [(1, 1), (1, 0), (2, 1), (1, 2), (-1, 1), (1, -1), (3, -2)] {
      let values = input(max(n, 1), UInt64(n * 7 + sa + 3))
      var a = Strided(sa == 0 ? [values[0]] : Array(values.prefix(n)), step: sa, fill: fillA)
      var out = Strided(Array(repeating: fillB, count: n), step: so, fill: fillB)
      a.withAddress { a in out.withAddress { loop(Int64(n), $0, Int64(so), a, Int64(sa)) } }
      #expect(out.marginsIntact, "\(label) n \(n) steps \(so), \(sa): wrote beyond")
      for i in 0..<n {
        let x = values[sa == 0 ? 0 : i]
        if !matches(out[i], reference(x)) {
          Issue.record(
            "\(label) n \(n) steps \(so), \(sa), at \(i): f(\(x)) = \(out[i]), not \(reference(x))")
          return
        }
      }
    }
  }
}

/// Compares a binary loop with a scalar function, for all sizes and steps, and in place.
func check<A: BitwiseCopyable & Equatable, B: BitwiseCopyable & Equatable>(
  _ loop: tk_binary_loop?, _ label: String, _ input: (Int, UInt64) -> [A], _ fillA: A, _ fillB: B,
  _ reference: (A, A) -> B, _ matches: (B, B) -> Bool = agree
) {
  guard let loop else {
    Issue.record("\(label): no kernel")
    return
  }
  let steps = [
    (1, 1, 1), (1, 0, 1), (1, 1, 0), (1, 0, 0), (2, 1, 1), (1, 2, 1), (1, 1, -1), (-1, -1, 2), (3, 0, 2),
    (1, -2, 0),
  ]
  for n in sizes {
    for (so, sa, sb) in steps {
      let x = input(max(n, 1), UInt64(n * 5 + 1)), y = input(max(n, 1), UInt64(n * 3 + 2))
      var a = Strided(sa == 0 ? [x[0]] : Array(x.prefix(n)), step: sa, fill: fillA)
      var b = Strided(sb == 0 ? [y[0]] : Array(y.prefix(n)), step: sb, fill: fillA)
      var out = Strided(Array(repeating: fillB, count: n), step: so, fill: fillB)
      a.withAddress { a in
        b.withAddress { b in
          out.withAddress { loop(Int64(n), $0, Int64(so), a, Int64(sa), b, Int64(sb)) }
        }
      }
      #expect(out.marginsIntact, "\(label) n \(n) steps \(so), \(sa), \(sb): wrote beyond")
      for i in 0..<n {
        let p = x[sa == 0 ? 0 : i], q = y[sb == 0 ? 0 : i]
        if !matches(out[i], reference(p, q)) {
          Issue.record("\(label) n \(n) steps \(so), \(sa), \(sb), at \(i): f(\(p), \(q)) = \(out[i])")
          return
        }
      }
    }
    if A.self == B.self {
      let x = input(n, 11), y = input(n, 12)
      var a = Strided(x, step: 1, fill: fillA), b = Strided(y, step: 1, fill: fillA)
      a.withAddress { a in b.withAddress { loop(Int64(n), a, 1, a, 1, $0, 1) } }
      for i in 0..<n {
        guard let result = a[i] as? B, matches(result, reference(x[i], y[i])) else {
          Issue.record("\(label) in place, n \(n), at \(i)")
          return
        }
      }
    }
  }
}
