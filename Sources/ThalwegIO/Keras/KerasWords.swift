import ThalwegCore
import ThalwegNN

/// A layer's configuration in words that Keras 2.15 and Keras 3 both take: each says more than the other knows.
enum KerasWords {
  /// - Parameter isOld: whether it is for Keras 2 alone.
  static func common(
    _ config: JSONValue, of className: String, isLegacy: Bool, isOld: Bool
  ) -> JSONValue {
    var dropped: Set<String> = ["time_major"]
    switch className {
    case "MultiHeadAttention" where !isOld: dropped.formUnion(["query_shape", "key_shape", "value_shape"])
    case "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D": dropped.insert("trainable")
    case "SeparableConv1D", "SeparableConv2D":
      dropped.formUnion(["groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"])
    case "DepthwiseConv1D", "DepthwiseConv2D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose":
      dropped.insert("groups")
    default: break
    }
    let members = (config.object ?? []).filter {
      !dropped.contains($0.name) && !($0.name == "seed" && $0.value == .null)
    }
    return .object(
      members.map { member in
        switch (member.name, className) {
        case ("negative_slope", "LeakyReLU") where isLegacy: JSONMember("alpha", member.value)
        case ("axis", "BatchNormalization"):
          JSONMember("axis", member.value.array.flatMap { $0.count == 1 ? $0[0] : nil } ?? member.value)
        case ("dtype", _): JSONMember("dtype", member.value["config"]?["name"] ?? member.value)
        default: member
        }
      })
  }
}
