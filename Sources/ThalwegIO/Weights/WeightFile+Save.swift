import CHDF5
import ThalwegCore

extension WeightFile {
  /// Writes the tensors of `groups` to `path`, in one step (see `AtomicFile`).
  ///
  /// Keras 3 loads the file as its own: it reads the tree and ignores the group `/thalweg`.
  /// With an `architecture` it is a model file, with `training` a checkpoint.
  static func save(
    _ groups: [WeightGroup], architecture: String? = nil, training: TrainingRecord? = nil, to path: String,
    _ function: String
  ) throws(ThalwegError) {
    try HDF5Session.run(function) { session throws(ThalwegError) in
      var file = try AtomicFile(replacing: path, function)
      file.forgetOld()
      let writer = try HDF5Writer(creating: file.temporaryPath, as: path, session)
      try file.adopt(writer.descriptor())
      try writer.makeGroup(tensors)
      try writer.setAttribute("format_version", of: group, to: formatVersion)
      try writer.setAttribute("engine_version", of: group, to: "\(Version.text)")
      if let architecture { try write(text: architecture, at: Self.architecture, writer) }
      for group in groups {
        try writer.makeGroup(group.path)
        try writer.setAttribute("name", of: group.path, to: group.layerName)
        for (index, entry) in group.entries.enumerated() {
          let name = "\(tensors)/\(entry.name)"
          if entry.isOursAlone {
            try write(entry, at: name, writer)
          } else {
            let place = "\(group.path)/\(index)"
            try write(entry, at: place, writer)
            try writer.link(place, as: name)
          }
        }
      }
      if let training { try write(training, writer) }
      try writer.close()
      try file.commit()
    }
  }

  private static func write(_ entry: WeightEntry, at name: String, _ writer: HDF5Writer) throws(ThalwegError)
  {
    let ours = try entry.tensor.detach().contiguous()
    let sum = try writer.write(name, ours, axes: entry.axes)
    if let axes = entry.axes {
      try writer.setAttribute(Self.axes, of: name, to: axes.map { UInt32(truncatingIfNeeded: $0) })
      try writer.setAttribute(storedChecksum, of: name, to: sum)
      let own = Checksum.of(ours.data, ours.numel &* ours.dtype.size)
      try writer.setAttribute(checksum, of: name, to: own)
    } else {
      try writer.setAttribute(checksum, of: name, to: sum)
    }
  }
}
