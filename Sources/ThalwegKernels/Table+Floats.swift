import CKernels

extension tk_float {
  /// The kernels of float32.
  static func float32() -> tk_float {
    tk_float(
      gemm: tk_gemm(
        mr: Int32(Gemm<Float>.mr), nr: Int32(Gemm<Float>.nr), mc: Int32(Gemm<Float>.mc),
        kc: Int32(Gemm<Float>.kc),
        nc: Int32(Gemm<Float>.nc),
        pack_a: { Gemm<Float>.packA($0, $1, $2, $3, $4, $5) },
        pack_b: { Gemm<Float>.packB($0, $1, $2, $3, $4, $5) },
        pack_image: { Gemm<Float>.packImage($0, $1, $2, $3, $4, $5, $6) },
        pack_image_transposed: { Gemm<Float>.packImageTransposed($0, $1, $2, $3, $4, $5, $6) },
        add_image: { Gemm<Float>.addImage($0, $1, $2, $3, $4, $5, $6) },
        block: { Gemm<Float>.block($0, $1, $2, $3, $4, $5, $6, $7) },
        strips: { Gemm<Float>.strips($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) },
        small: { Gemm<Float>.small($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) }),
      correlation: tk_correlation(
        run: { Correlation<Float>.run($0, $1, $2, $3, $4, $5, $6) },
        sums: { Correlation<Float>.sums($0, $1, $2, $3, $4, $5) }),
      lanes: tk_lanes(
        count: TK_LANES, tall: Int32(Float.Tall.count), middle: Int32(Float.Middle.count),
        low: Int32(Float.Low.count),
        run: { LaneProduct<Float>.run($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) },
        sums: { LaneProduct<Float>.sums($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
        gather: { LaneProduct<Float>.gather($0, $1, $2, $3, $4, $5, $6) },
        scatter: { LaneProduct<Float>.scatter($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) }),
      channels: tk_channels(
        group: Int32(ChannelProduct<Float>.group),
        run: { ChannelProduct<Float>.run($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) }),
      winograd: tk_winograd(
        pixels: { Winograd<Float>.pixels($0, $1, $2, $3, $4, $5, $6) },
        taps: { Winograd<Float>.taps($0, $1, $2, $3) },
        slopes: { Winograd<Float>.slopes($0, $1, $2, $3, $4, $5, $6) },
        sums: { Winograd<Float>.sums($0, $1, $2, $3, $4, $5) },
        gradients: { Winograd<Float>.gradients($0, $1, $2) }),
      pooling: tk_pooling(
        maximum: { Pooling<Float>.maximum($0, $1, $2, $3, $4, $5, $6) },
        sum: { Pooling<Float>.sum($0, $1, $2, $3, $4, $5) },
        spread: { Pooling<Float>.spread($0, $1, $2, $3, $4, $5) }),
      rows: tk_rows(
        softmax: { RowOperations<Float>.softmax($0, $1, $2, $3) },
        log_softmax: { RowOperations<Float>.logSoftmax($0, $1, $2, $3) },
        softmax_backward: { RowOperations<Float>.softmaxBackward($0, $1, $2, $3, $4) },
        log_softmax_backward: { RowOperations<Float>.logSoftmaxBackward($0, $1, $2, $3, $4) },
        cross_entropy: { RowOperations<Float>.crossEntropy($0, $1, $2, $3, $4, $5, $6) },
        cross_entropy_backward: {
          RowOperations<Float>.crossEntropyBackward($0, $1, $2, $3, $4, $5, $6, $7, $8)
        }),
      activations: .float32(),
      norms: tk_norms(
        rows_forward: { Normalization<Float>.rowsForward($0, $1, $2, $3, $4, $5, $6, $7) },
        rows_backward: { Normalization<Float>.rowsBackward($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
        parts_forward: { Normalization<Float>.partsForward($0, $1, $2, $3, $4, $5, $6) },
        parts_backward: { Normalization<Float>.partsBackward($0, $1, $2, $3, $4, $5, $6, $7, $8) },
        column_moments: { Normalization<Float>.columnMoments($0, $1, $2) },
        column_factors: { Normalization<Float>.columnFactors($0, $1, $2, $3, $4, $5, $6, $7) },
        column_values: { Normalization<Float>.columnValues($0, $1, $2, $3, $4) },
        column_slopes: { Normalization<Float>.columnSlopes($0, $1, $2, $3, $4) },
        column_tilts: { Normalization<Float>.columnTilts($0, $1, $2, $3, $4, $5, $6, $7) },
        column_gradients: { Normalization<Float>.columnGradients($0, $1, $2, $3, $4, $5) },
        planes_forward: { Normalization<Float>.planesForward($0, $1, $2, $3, $4, $5, $6) },
        planes_backward: { Normalization<Float>.planesBackward($0, $1, $2, $3, $4, $5, $6, $7, $8) }),
      recurrent: tk_recurrent(
        rnn: { RecurrentCell<Float>.rnn($0, $1, $2, $3, $4, $5) },
        rnn_backward: { RecurrentCell<Float>.rnnBackward($0, $1, $2, $3, $4, $5, $6, $7) },
        lstm: { RecurrentCell<Float>.lstm($0, $1, $2, $3, $4, $5, $6) },
        lstm_backward: { RecurrentCell<Float>.lstmBackward($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
        gru: { RecurrentCell<Float>.gru($0, $1, $2, $3, $4) },
        gru_backward: { RecurrentCell<Float>.gruBackward($0, $1, $2, $3, $4, $5, $6, $7) },
        reset: { RecurrentCell<Float>.reset($0, $1, $2, $3, $4) },
        reset_backward: { RecurrentCell<Float>.resetBackward($0, $1, $2, $3, $4, $5, $6) },
        update: { RecurrentCell<Float>.update($0, $1, $2, $3, $4) },
        update_backward: { RecurrentCell<Float>.updateBackward($0, $1, $2, $3, $4, $5, $6, $7) },
        products: { RecurrentCell<Float>.products($0, $1, $2, $3, $4, $5, $6) }),
      optimisers: tk_optimisers(
        sgd: { StochasticGradientDescent<Float>.step($0, $1, $2, $3, $4) },
        adam: { Adam<Float>.step($0, $1, $2, $3, $4, $5, $6) },
        adamax: { Adamax<Float>.step($0, $1, $2, $3, $4, $5) },
        adagrad: { Adagrad<Float>.step($0, $1, $2, $3, $4) },
        adadelta: { Adadelta<Float>.step($0, $1, $2, $3, $4, $5) },
        rmsprop: { RMSprop<Float>.step($0, $1, $2, $3, $4, $5, $6) },
        lion: { Lion<Float>.step($0, $1, $2, $3, $4) },
        average: { GradientTools<Float>.average($0, $1, $2, $3) },
        norm: { GradientTools<Float>.norm($0, $1, $2) },
        scale: { GradientTools<Float>.scale($0, $1, $2) },
        clip: { GradientTools<Float>.clip($0, $1, $2) }),
      random: tk_random(
        uniform: { RandomFill<Float>.uniform($0, $1, $2, $3, $4, $5) },
        normal: { RandomFill<Float>.normal($0, $1, $2, $3, $4, $5) },
        mask: { RandomFill<Float>.mask($0, $1, $2, $3, $4, $5) },
        dropout: { Dropout.loop($0, $1, $2, $3, $4, $5, $6, $7) }))
  }
  /// The kernels of float64.
  static func float64() -> tk_float {
    tk_float(
      gemm: tk_gemm(
        mr: Int32(Gemm<Double>.mr), nr: Int32(Gemm<Double>.nr), mc: Int32(Gemm<Double>.mc),
        kc: Int32(Gemm<Double>.kc),
        nc: Int32(Gemm<Double>.nc),
        pack_a: { Gemm<Double>.packA($0, $1, $2, $3, $4, $5) },
        pack_b: { Gemm<Double>.packB($0, $1, $2, $3, $4, $5) },
        pack_image: { Gemm<Double>.packImage($0, $1, $2, $3, $4, $5, $6) },
        pack_image_transposed: { Gemm<Double>.packImageTransposed($0, $1, $2, $3, $4, $5, $6) },
        add_image: { Gemm<Double>.addImage($0, $1, $2, $3, $4, $5, $6) },
        block: { Gemm<Double>.block($0, $1, $2, $3, $4, $5, $6, $7) },
        strips: { Gemm<Double>.strips($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) },
        small: { Gemm<Double>.small($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) }),
      correlation: tk_correlation(
        run: { Correlation<Double>.run($0, $1, $2, $3, $4, $5, $6) },
        sums: { Correlation<Double>.sums($0, $1, $2, $3, $4, $5) }),
      lanes: tk_lanes(
        count: TK_LANES, tall: Int32(Double.Tall.count), middle: Int32(Double.Middle.count),
        low: Int32(Double.Low.count),
        run: { LaneProduct<Double>.run($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) },
        sums: { LaneProduct<Double>.sums($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
        gather: { LaneProduct<Double>.gather($0, $1, $2, $3, $4, $5, $6) },
        scatter: { LaneProduct<Double>.scatter($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) }),
      channels: tk_channels(
        group: Int32(ChannelProduct<Double>.group),
        run: { ChannelProduct<Double>.run($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) }),
      winograd: tk_winograd(
        pixels: { Winograd<Double>.pixels($0, $1, $2, $3, $4, $5, $6) },
        taps: { Winograd<Double>.taps($0, $1, $2, $3) },
        slopes: { Winograd<Double>.slopes($0, $1, $2, $3, $4, $5, $6) },
        sums: { Winograd<Double>.sums($0, $1, $2, $3, $4, $5) },
        gradients: { Winograd<Double>.gradients($0, $1, $2) }),
      pooling: tk_pooling(
        maximum: { Pooling<Double>.maximum($0, $1, $2, $3, $4, $5, $6) },
        sum: { Pooling<Double>.sum($0, $1, $2, $3, $4, $5) },
        spread: { Pooling<Double>.spread($0, $1, $2, $3, $4, $5) }),
      rows: tk_rows(
        softmax: { RowOperations<Double>.softmax($0, $1, $2, $3) },
        log_softmax: { RowOperations<Double>.logSoftmax($0, $1, $2, $3) },
        softmax_backward: { RowOperations<Double>.softmaxBackward($0, $1, $2, $3, $4) },
        log_softmax_backward: { RowOperations<Double>.logSoftmaxBackward($0, $1, $2, $3, $4) },
        cross_entropy: { RowOperations<Double>.crossEntropy($0, $1, $2, $3, $4, $5, $6) },
        cross_entropy_backward: {
          RowOperations<Double>.crossEntropyBackward($0, $1, $2, $3, $4, $5, $6, $7, $8)
        }),
      activations: .float64(),
      norms: tk_norms(
        rows_forward: { Normalization<Double>.rowsForward($0, $1, $2, $3, $4, $5, $6, $7) },
        rows_backward: { Normalization<Double>.rowsBackward($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
        parts_forward: { Normalization<Double>.partsForward($0, $1, $2, $3, $4, $5, $6) },
        parts_backward: { Normalization<Double>.partsBackward($0, $1, $2, $3, $4, $5, $6, $7, $8) },
        column_moments: { Normalization<Double>.columnMoments($0, $1, $2) },
        column_factors: { Normalization<Double>.columnFactors($0, $1, $2, $3, $4, $5, $6, $7) },
        column_values: { Normalization<Double>.columnValues($0, $1, $2, $3, $4) },
        column_slopes: { Normalization<Double>.columnSlopes($0, $1, $2, $3, $4) },
        column_tilts: { Normalization<Double>.columnTilts($0, $1, $2, $3, $4, $5, $6, $7) },
        column_gradients: { Normalization<Double>.columnGradients($0, $1, $2, $3, $4, $5) },
        planes_forward: { Normalization<Double>.planesForward($0, $1, $2, $3, $4, $5, $6) },
        planes_backward: { Normalization<Double>.planesBackward($0, $1, $2, $3, $4, $5, $6, $7, $8) }),
      recurrent: tk_recurrent(
        rnn: { RecurrentCell<Double>.rnn($0, $1, $2, $3, $4, $5) },
        rnn_backward: { RecurrentCell<Double>.rnnBackward($0, $1, $2, $3, $4, $5, $6, $7) },
        lstm: { RecurrentCell<Double>.lstm($0, $1, $2, $3, $4, $5, $6) },
        lstm_backward: { RecurrentCell<Double>.lstmBackward($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
        gru: { RecurrentCell<Double>.gru($0, $1, $2, $3, $4) },
        gru_backward: { RecurrentCell<Double>.gruBackward($0, $1, $2, $3, $4, $5, $6, $7) },
        reset: { RecurrentCell<Double>.reset($0, $1, $2, $3, $4) },
        reset_backward: { RecurrentCell<Double>.resetBackward($0, $1, $2, $3, $4, $5, $6) },
        update: { RecurrentCell<Double>.update($0, $1, $2, $3, $4) },
        update_backward: { RecurrentCell<Double>.updateBackward($0, $1, $2, $3, $4, $5, $6, $7) },
        products: { RecurrentCell<Double>.products($0, $1, $2, $3, $4, $5, $6) }),
      optimisers: tk_optimisers(
        sgd: { StochasticGradientDescent<Double>.step($0, $1, $2, $3, $4) },
        adam: { Adam<Double>.step($0, $1, $2, $3, $4, $5, $6) },
        adamax: { Adamax<Double>.step($0, $1, $2, $3, $4, $5) },
        adagrad: { Adagrad<Double>.step($0, $1, $2, $3, $4) },
        adadelta: { Adadelta<Double>.step($0, $1, $2, $3, $4, $5) },
        rmsprop: { RMSprop<Double>.step($0, $1, $2, $3, $4, $5, $6) },
        lion: { Lion<Double>.step($0, $1, $2, $3, $4) },
        average: { GradientTools<Double>.average($0, $1, $2, $3) },
        norm: { GradientTools<Double>.norm($0, $1, $2) },
        scale: { GradientTools<Double>.scale($0, $1, $2) },
        clip: { GradientTools<Double>.clip($0, $1, $2) }),
      random: tk_random(
        uniform: { RandomFill<Double>.uniform($0, $1, $2, $3, $4, $5) },
        normal: { RandomFill<Double>.normal($0, $1, $2, $3, $4, $5) },
        mask: { RandomFill<Double>.mask($0, $1, $2, $3, $4, $5) },
        dropout: nil))
  }
}
