// The whole engine for programs in Swift: `import Thalweg`.
@_exported public import ThalwegCore
@_exported public import ThalwegFlow
@_exported public import ThalwegIO
@_exported public import ThalwegNN
