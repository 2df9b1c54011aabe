// The table of kernels: what one instruction-set build of ThalwegKernels hands to ThalwegCore.
//
// Kernels are loops over raw pointers. They never allocate, never fail and never start threads; the
// core cuts work into chunks, checks everything beforehand and calls a kernel a chunk. All steps
// and leading dimensions count elements, not bytes, and may be zero (broadcast) or negative; counts
// may be zero. Outputs may be one of the inputs (same address, same step), not overlap otherwise.
#pragma once
#include "CLanes.h"
#include <stddef.h>
#include <stdint.h>

// Only what Swift reads without a check is marked for nullability.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-completeness"

// Results of float32 of at least so many elements side by side in one call of a loop over elements or rows
// are written past the caches: the core makes chunks that long of what no cache holds. It takes half of the
// memory traffic that writing through them does, which reads the lines first.
#define TK_STREAM (128 * 1024)

// out[i * so] = f(a[i * sa]), 0 <= i < n
typedef void (*tk_unary_loop)(int64_t n, void *out, int64_t so, const void *a, int64_t sa);
// out[i * so] = f(a[i * sa], b[i * sb])
typedef void (*tk_binary_loop)(int64_t n, void *out, int64_t so, const void *a, int64_t sa, const void *b,
                               int64_t sb);
// out[i * so] = condition[i * sc] ? a[i * sa] : b[i * sb], condition a byte, 0 or 1
// out[i so + j] = a[j sa + i] for all i < rows and j < columns
typedef void (*tk_transpose_loop)(int64_t rows, int64_t columns, void *out, int64_t so, const void *a,
                                  int64_t sa, int32_t streamed);
typedef void (*tk_where_loop)(int64_t n, void *out, int64_t so, const void *condition, int64_t sc,
                              const void *a, int64_t sa, const void *b, int64_t sb);
// out[i * so] (=, or where `accumulate` is not 0: combined with what is there) the reduction over j of
// a[i * sn + j * sr], 0 <= i < n, 0 <= j < r. An index reduction (argmax) writes int64 and ignores
// `accumulate`.
typedef void (*tk_reduce_loop)(int64_t n, int64_t r, void *out, int64_t so, const void *a, int64_t sn,
                               int64_t sr, int32_t accumulate);

// One entry a dtype; NULL where the operation has no such dtype.
typedef struct {
  tk_unary_loop f32, f64, i64, i32, u8, boolean;
} tk_unary;
typedef struct {
  tk_binary_loop f32, f64, i64, i32, u8, boolean;
} tk_binary;
typedef struct {
  tk_reduce_loop f32, f64, i64, i32, u8, boolean;
} tk_reduce;

// A function of one element with up to two numbers p and q that say its shape; contiguous.
typedef struct {
  // y[i] = f(x[i])
  void (*value)(int64_t n, const void *x, void *y, double p, double q);
  // dx[i] = g[i] f'(x[i])
  void (*gradient)(int64_t n, const void *g, const void *x, void *dx, double p, double q);
} tk_activation;
typedef struct {
  tk_activation leaky_relu;      // p the slope below 0
  tk_activation elu;             // p alpha, q the scale
  tk_activation gelu, gelu_tanh; // with the normal distribution, and with its approximation
  tk_activation silu;
  tk_activation softplus;        // p beta, q the threshold
  tk_activation huber;           // p: where the parabola ends
  tk_activation clamp, hardtanh; // p the least, q the greatest value; they differ in the gradient there
} tk_activations;

// What a GEMM does to a block of C while it is still in registers or cache, in this order:
// c = sum (+ c if accumulate); c += bias; c = activation(c).
enum { TK_BIAS_NONE = 0, TK_BIAS_ROW = 1 /* bias[i], a value a row */, TK_BIAS_COLUMN = 2 /* bias[j] */ };
enum { TK_ACTIVATION_NONE = 0, TK_ACTIVATION_RELU = 1, TK_ACTIVATION_TANH = 2, TK_ACTIVATION_SIGMOID = 3 };
typedef struct {
  const void *bias; // at the first row (or column) of the block
  int32_t bias_kind;
  int32_t activation;
  int32_t accumulate; // 0: C is written only; else the product is added to what C holds
} tk_epilogue;

// How the windows of a convolution lie along one direction of an image. Tap i of the window at place p is
// over coordinate (p * step + i * tap + start) / divisor; where that is not whole, or outside [0, size),
// there is 0. A convolution: step = stride, tap = dilation, start = -padding, divisor = 1. The gradient of
// its input: step = 1, tap = -dilation, start = padding, divisor = stride.
typedef struct {
  int64_t size;                      // of the image
  int64_t taps;                      // of the window
  int64_t step, tap, start, divisor; // step or divisor is 1
} tk_axis;

// An image [channels, y.size, x.size], row-major, read as a matrix without being written out as one: row
// (c * y.taps + i) * x.taps + j is tap (i, j) of channel c, column p is the window at place (p / columns,
// p % columns).
typedef struct {
  tk_axis y, x;
  int64_t columns;
} tk_image;

// GEMM in the style of GotoBLAS/BLIS (Van Zee & van de Geijn 2015, "BLIS: a framework for rapidly
// instantiating BLAS functionality"): A is packed in panels of mr rows, B in panels of nr columns, both
// zero-padded; `block` multiplies packed blocks into C. Element (i, j) of a source is at i * rs + j * cs.
// The sums over k run in the same order whatever the block's place, so the bits of C do not depend on how
// the core cuts m and n (it never cuts k otherwise than by kc).
typedef struct {
  int32_t mr, nr;     // micro-tile
  int32_t mc, kc, nc; // block sizes for this build's caches, mc a multiple of mr, nc of nr
  // destination: ceil(m / mr) panels, each k * mr elements: panel p, step l, row i at (p * k + l) * mr + i
  void (*pack_a)(int64_t m, int64_t k, const void *a, int64_t rs, int64_t cs, void *packed);
  // destination: ceil(n / nr) panels, each k * nr elements
  void (*pack_b)(int64_t k, int64_t n, const void *b, int64_t rs, int64_t cs, void *packed);
  // as pack_b, of rows [row, row + k) and columns [column, column + n) of the image's matrix
  void (*pack_image)(int64_t row, int64_t k, int64_t column, int64_t n, const void *image,
                     const tk_image *layout, void *packed);
  // as pack_b, of rows [row, row + k) and columns [column, column + n) of the transposed matrix; divisors 1
  void (*pack_image_transposed)(int64_t row, int64_t k, int64_t column, int64_t n, const void *image,
                                const tk_image *layout, void *packed);
  // Adds rows [row, row + k) of an image's matrix, each of its columns [column, column + n), side by side in
  // `matrix`, to the pixels that they are over; divisors 1
  void (*add_image)(int64_t row, int64_t k, int64_t column, int64_t n, const void *matrix,
                    const tk_image *layout, void *image);
  // c[m, n] (row stride ldc, columns contiguous) from packed blocks; packed pointers are 64-byte aligned
  void (*block)(int64_t m, int64_t n, int64_t k, const void *packed_a, const void *packed_b, void *c,
                int64_t ldc, const tk_epilogue *epilogue);
  // the same of an A that lies anywhere, element (i, l) at i * ars + l * acs, and a B in strips of nr
  // columns: row l of strip s at l * brs + s * bss, its columns side by side; the last strip is read in full
  // (or half: up to nr / 2 columns), also what is not part of B
  void (*strips)(int64_t m, int64_t n, int64_t k, const void *a, int64_t ars, int64_t acs, const void *b,
                 int64_t brs, int64_t bss, void *c, int64_t ldc, const tk_epilogue *epilogue);
  // the whole product without packing, for small or thin ones; same epilogue; any strides of a and b
  void (*small)(int64_t m, int64_t n, int64_t k, const void *a, int64_t ars, int64_t acs, const void *b,
                int64_t brs, int64_t bcs, void *c, int64_t ldc, const tk_epilogue *epilogue);
} tk_gemm;

// Sliding products of one row of numbers, for convolutions whose filters see one channel each. Up to 64
// elements behind those that are needed may be read.
typedef struct {
  // out[t] = bias (0 if NULL) + sum over k of factors[k] * x[t + offsets[k]], 0 <= t < n, 0 <= k < count
  void (*run)(int64_t n, void *out, const void *x, int64_t count, const int64_t *offsets, const void *factors,
              const void *bias);
  // sums[k] += sum over t of g[t] * x[t + offsets[k]]; what lies behind g's elements is 0, and behind x's
  // finite
  void (*sums)(int64_t n, const void *g, const void *x, int64_t count, const int64_t *offsets, void *sums);
} tk_correlation;

// Convolution with TK_LANES images side by side: a pixel of a channel is a pack, an element of each image.
// Numbers in tables and steps count elements.
typedef struct {
  int32_t count;             // TK_LANES
  int32_t tall, middle, low; // how many filters `run` takes at a time: one of these, the quickest first
  // For f < height, v < n: y[f * ldy + to[v]] = the sum over l < k of weights[l * height + f] *
  // x[from[v] + offsets[l]], a pack each; added to what is there where `accumulate`
  void (*run)(int64_t height, int64_t n, const int64_t *from, const int64_t *to, int64_t k,
              const int64_t *offsets, const void *weights, const void *x, void *y, int64_t ldy,
              int32_t accumulate);
  // For f < m, j < k: sums[f * ldsums + j] += the sum over v < n and all lanes of g[f * ldg + v * TK_LANES] *
  // x[from[v] + offsets[j]]
  void (*sums)(int64_t m, int64_t k, int64_t n, const int64_t *from, const int64_t *offsets, const void *g,
               int64_t ldg, const void *x, void *sums, int64_t ldsums);
  // Pixels q < n of images at x + i * image_step become packs at to + q / columns * row_step +
  // q % columns * TK_LANES; lanes beyond `images` are 0
  void (*gather)(int64_t images, int64_t n, int64_t columns, const void *x, int64_t image_step, void *to,
                 int64_t row_step);
  // Packs at y + q * step become pixels q < n of images at to + i * image_step, with what lies in the same
  // place of `addend` (nothing if NULL) and bias[i * bias_step] (0 if NULL) added, and one of TK_ACTIVATION_*
  // applied
  void (*scatter)(int64_t images, int64_t n, const void *y, int64_t step, void *to, int64_t image_step,
                  const void *addend, const void *bias, int64_t bias_step, int32_t activation);
} tk_lanes;

// Convolution with filters side by side, of pixels with TK_LANES channels side by side: a block of channels
// is `plane` elements behind the one before. Numbers in tables and steps count elements.
typedef struct {
  int32_t group; // pixels that lie `step` apart
  // For v < n, i < group: nr elements at y + to[v] + i * nr = the sum over channels c and taps t of those at
  // weights, side by side in this order: block of c, t, c, filter; times element c of x + from[v] + i * step
  // + offsets[t]. Where there are up to nr / 2 filters (`columns`), weights have as many and half of the
  // elements are written.
  void (*run)(int64_t columns, int64_t n, const int64_t *from, const int64_t *to, int64_t step,
              int64_t channels, int64_t plane, int64_t taps, const int64_t *offsets, const void *weights,
              const void *x, void *y);
} tk_channels;

// Convolution with 3 x 3 taps by minimal filtering: tiles of 2 x 2 places, whose windows see 4 x 4 pixels,
// are 16 points of a tile, a pack of channels or filters each, `point_step` elements apart; tiles are
// `tile_step` apart, row by row. With h = the taps' points times the pixels' (summed over channels), `sums`
// makes what the convolution does; with h = the slopes' points times the pixels' (summed over tiles),
// `gradients` makes the gradient of the taps.
typedef struct {
  // Of `rows` times `columns` tiles; pixels side by side, rows of them `row_step` elements apart
  void (*pixels)(int64_t rows, int64_t columns, const void *x, int64_t row_step, void *points,
                 int64_t point_step, int64_t tile_step);
  // Of nine packs; `turned`: the last comes first
  void (*taps)(int32_t turned, const void *taps, void *points, int64_t point_step);
  // As `pixels`, of the gradients of 2 x 2 places
  void (*slopes)(int64_t rows, int64_t columns, const void *g, int64_t row_step, void *points,
                 int64_t point_step, int64_t tile_step);
  // Of height times length places, packs side by side; the last tile of a row or column may be half outside
  void (*sums)(int64_t height, int64_t length, const void *points, int64_t point_step, int64_t tile_step,
               void *y);
  // Nine packs
  void (*gradients)(const void *points, int64_t point_step, void *taps);
} tk_winograd;

// How the windows of a pooling lie along one direction of a plane: `places` of them, `step` elements apart,
// each with `taps`, `tap` elements apart.
typedef struct {
  int64_t places, taps, tap, step;
} tk_slide;
// Of windows that lie inside the plane, the first at `image`. Element (p, q) of out and g is at p * step + q.
typedef struct {
  // The largest element of each window, the first on ties, the last NaN; `taken`, unless NULL, gets its
  // place, counted from the plane's beginning, which is `first` elements before `image`
  void (*maximum)(const tk_slide *y, const tk_slide *x, const void *image, void *out, int64_t out_step,
                  int32_t *taken, int64_t first);
  // The sum of each window times `scale`
  void (*sum)(const tk_slide *y, const tk_slide *x, const void *image, void *out, int64_t out_step,
              double scale);
  // Adds each element of g, times `scale`, to the elements of its window
  void (*spread)(const tk_slide *y, const tk_slide *x, const void *g, int64_t g_step, double scale,
                 void *image);
} tk_pooling;

// Rows are contiguous: row i of x at x + i * cols.
typedef struct {
  void (*softmax)(int64_t rows, int64_t cols, const void *x, void *y);
  void (*log_softmax)(int64_t rows, int64_t cols, const void *x, void *y);
  // dx = y * (dy - sum(dy * y))
  void (*softmax_backward)(int64_t rows, int64_t cols, const void *y, const void *dy, void *dx);
  // dx = dy - exp(y) * sum(dy)
  void (*log_softmax_backward)(int64_t rows, int64_t cols, const void *y, const void *dy, void *dx);
  // loss[i] = logsumexp(x[i]) - x[i][target[i]], log_normaliser[i] = logsumexp(x[i]); targets are checked
  // by the core (0 <= target < cols) except `ignore_index`, whose loss is 0
  void (*cross_entropy)(int64_t rows, int64_t cols, const void *x, const int64_t *target,
                        int64_t ignore_index, void *loss, void *log_normaliser);
  // dx[i][j] = (exp(x[i][j] - log_normaliser[i]) - (j == target[i])) * scale[i * scale_step], 0 if ignored
  void (*cross_entropy_backward)(int64_t rows, int64_t cols, const void *x, const int64_t *target,
                                 int64_t ignore_index, const void *log_normaliser, const void *scale,
                                 int64_t scale_step, void *dx);
} tk_rows;

// A row that is normalised, in `parts` pieces of `length` elements side by side, `stride` apart.
typedef struct {
  int64_t parts, length, stride;
  int32_t centred;  // 0: the mean counts as 0
  int32_t streamed; // not 0: results are written past the caches; `tk_stream_end` has to follow
  double epsilon;
} tk_norm;
// Columns of a matrix, `step` apart down its rows, each of which is normalised as a row is.
typedef struct {
  int64_t rows, columns, step;
  int64_t strip;  // rows of a strip; the last one may have fewer
  int64_t totals; // from one row of a column's totals or factors to the next; a multiple of TK_LANES
  double epsilon;
  int32_t streamed;
} tk_norm_columns;
typedef struct {
  // With z = (x - mean) / sqrt(variance + epsilon): y = z weight + bias, each of which may be NULL; writes
  // mean and variance. Rows of one part behind each other, weights and biases one an element
  void (*rows_forward)(const tk_norm *row, int64_t rows, const void *x, const void *weight, const void *bias,
                       void *y, void *mean, void *variance);
  // dx = (h - mean(h) - z mean(h z)) / sqrt(variance + epsilon), h = g weight; the sums over these rows
  // dweight of g z and dbias of g. dx may be NULL, and both others
  void (*rows_backward)(const tk_norm *row, int64_t rows, const void *x, const void *g, const void *weight,
                        const void *mean, const void *variance, void *dx, void *dweight, void *dbias);
  // The same of a row whose parts, without gaps between them, have a weight and a bias each; centred
  void (*parts_forward)(const tk_norm *row, const void *x, const void *weight, const void *bias, void *y,
                        void *mean, void *variance);
  void (*parts_backward)(const tk_norm *row, const void *x, const void *g, const void *weight,
                         const void *mean, const void *variance, void *dx, void *dweight, void *dbias);
  // Normalisation of columns, in steps that go over strips of rows; totals of several strips lie behind each
  // other. Weight, bias, mean and variance are one a column. Three totals of a strip: the sums of what
  // differs from the first row and of its squares, and the first row
  void (*column_moments)(const tk_norm_columns *strip, const void *x, double *totals);
  // Of all strips: mean, variance, and two factors: y = (x - mean) factor + shift
  void (*column_factors)(const tk_norm_columns *matrix, int64_t strips, const double *totals,
                         const void *weight, const void *bias, void *mean, void *variance, void *factors);
  void (*column_values)(const tk_norm_columns *strip, const void *x, const void *mean, const void *factors,
                        void *y);
  // Two totals of a strip: the sums of g and of g (x - mean)
  void (*column_slopes)(const tk_norm_columns *strip, const void *x, const void *g, const void *mean,
                        double *totals);
  // Of all strips: dweight, dbias and three factors: dx = ((g - shift) - (x - mean) tilt) scale
  void (*column_tilts)(const tk_norm_columns *matrix, int64_t strips, const double *totals,
                       const void *weight, const void *variance, void *dweight, void *dbias, void *factors);
  void (*column_gradients)(const tk_norm_columns *strip, const void *x, const void *g, const void *mean,
                           const void *factors, void *dx);
  // Of a row whose planes share one weight and bias, centred
  void (*planes_forward)(const tk_norm *row, const void *x, const void *weight, const void *bias, void *y,
                         void *mean, void *variance);
  void (*planes_backward)(const tk_norm *row, const void *x, const void *g, const void *weight,
                          const void *mean, const void *variance, void *dx, void *dweight, void *dbias);
} tk_norms;

// A part of one time step of a recurrent cell: `units` hidden units of `rows` sequences. Sequence b has its
// states (h, c and their gradients, dy the gradient of the output) at b * row, its gates at b * gates_row +
// slot * slot_step. The gradients of h and c reach the kernels as the future causes them and leave them as
// the past has them, but for what weights contribute. A kernel for the way back adds to `bias`, unless NULL,
// the sums over sequences of each slot (slot * slot_step) and to `squares`, unless NULL, those of dL/dh and
// dL/dc, squared.
typedef struct {
  int64_t rows, units, row;
  int64_t gates_row, slot_step;
  const uint8_t *active; // a byte a sequence, 0: it has no step here, its state stays; NULL: all have
  const void *peephole;  // an LSTM's, slot_step apart: times c before for i and f, c after for o; or NULL
} tk_recurrent_part;
// Vectors [batch, depth], a unit's weights of `depth` elements, `row` from one unit to the next, and a bias a
// unit or NULL.
typedef struct {
  const void *vectors, *weight, *bias;
  int64_t depth, row;
} tk_recurrent_factor;
typedef struct {
  // One slot: the sum in, on the way back its gradient out. `activation`: one of TK_ACTIVATION_*
  void (*rnn)(const tk_recurrent_part *part, int32_t activation, const void *sums, const void *bias,
              const void *h0, void *h);
  void (*rnn_backward)(const tk_recurrent_part *part, int32_t activation, const void *h, const void *dy,
                       void *dh, void *dsums, void *bias, double *squares);
  // Slots i, f, g, o: sums in, activations out; on the way back gradients of the sums out, which may be in
  // their place
  void (*lstm)(const tk_recurrent_part *part, void *gates, const void *bias, const void *h0, const void *c0,
               void *h, void *c);
  void (*lstm_backward)(const tk_recurrent_part *part, const void *gates, const void *c0, const void *c,
                        const void *dy, void *dh, void *dc, void *dsums, void *bias, double *squares);
  // Slots n, r, z: sums of the input in, activations out; slot v: W_hn h + b_hn, which n has r times
  void (*gru)(const tk_recurrent_part *part, void *gates, const void *bias, const void *h0, void *h);
  void (*gru_backward)(const tk_recurrent_part *part, const void *gates, const void *h0, const void *dy,
                       void *dh, void *dsums, void *bias, double *squares);
  // A GRU that resets before the product, in two halves. Slots n, r, z: sums in, but for n what the product
  // of q = r h0 gives, which has to be made between the halves; activations out. On the way back `update`
  // leaves r for `reset`, which gets the gradient of q.
  void (*reset)(const tk_recurrent_part *part, void *gates, const void *bias, const void *h0, void *q);
  void (*reset_backward)(const tk_recurrent_part *part, const void *gates, const void *h0, const void *dq,
                         void *dh, void *dsums, void *bias);
  void (*update)(const tk_recurrent_part *part, void *gates, const void *bias, const void *h0, void *h);
  void (*update_backward)(const tk_recurrent_part *part, const void *gates, const void *h0, const void *dy,
                          void *dh, void *dsums, void *bias, double *squares);
  // sums[b * step + unit] = the products of each sequence's vectors with the unit's weights, and the biases,
  // of both factors, each of which may be NULL; added to what is there if `accumulate`. For few sequences.
  void (*products)(int64_t batch, int64_t units, const tk_recurrent_factor *a, const tk_recurrent_factor *b,
                   int32_t accumulate, void *sums, int64_t step);
} tk_recurrent;

// One fused pass over a parameter and its optimiser state, all contiguous. `decay` is added to the gradient
// as a share of the parameter; `shrink`, 1 or less, multiplies the parameter; rates are subtracted.
typedef struct {
  double learning_rate, momentum, dampening, weight_decay;
  int32_t nesterov, maximize, first_step; // first_step: velocity = gradient (PyTorch)
} tk_sgd_scalars;
typedef struct {
  double beta1, beta2, decay, shrink;
  double root, epsilon;              // of the denominator sqrt(v) root + epsilon
  double moment_rate, gradient_rate; // of m and g over it
  int32_t maximize;
} tk_adam_scalars;
typedef struct {
  double rate, decay, beta1, beta2, epsilon;
  int32_t maximize;
} tk_adamax_scalars;
typedef struct {
  double rate, decay, epsilon;
  int32_t maximize;
} tk_adagrad_scalars;
typedef struct {
  double rate, decay, rho, epsilon;
  int32_t maximize;
} tk_adadelta_scalars;
typedef struct {
  double rate, decay, alpha, momentum, epsilon;
  int32_t maximize;
} tk_rmsprop_scalars;
typedef struct {
  double rate, shrink, beta1, beta2;
  int32_t maximize;
} tk_lion_scalars;
typedef struct {
  // velocity may be NULL (momentum 0)
  void (*sgd)(int64_t n, void *parameter, const void *gradient, void *velocity, const tk_sgd_scalars *s);
  // Adam, AdamW, NAdam, RAdam; max_v may be NULL (no AMSGrad)
  void (*adam)(int64_t n, void *parameter, const void *gradient, void *m, void *v, void *max_v,
               const tk_adam_scalars *s);
  void (*adamax)(int64_t n, void *parameter, const void *gradient, void *m, void *u,
                 const tk_adamax_scalars *s);
  void (*adagrad)(int64_t n, void *parameter, const void *gradient, void *sum, const tk_adagrad_scalars *s);
  void (*adadelta)(int64_t n, void *parameter, const void *gradient, void *square, void *delta,
                   const tk_adadelta_scalars *s);
  // mean may be NULL (not centred), velocity too (momentum 0)
  void (*rmsprop)(int64_t n, void *parameter, const void *gradient, void *square, void *mean, void *velocity,
                  const tk_rmsprop_scalars *s);
  void (*lion)(int64_t n, void *parameter, const void *gradient, void *m, const tk_lion_scalars *s);
  // average += weight (parameter - average)
  void (*average)(int64_t n, void *average, const void *parameter, double weight);
  // The sum of |x|^p, p > 0; for p infinite the largest |x|. NaN where one is.
  double (*norm)(int64_t n, const void *x, double p);
  // x *= factor; and each x clipped to [-limit, limit], NaN left as it is
  void (*scale)(int64_t n, void *x, double factor);
  void (*clip)(int64_t n, void *x, double limit);
} tk_optimisers;

// Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): element i of a stream
// is a function of (seed, offset + i) alone, so a fill may be cut anywhere and give the same bits.
typedef struct {
  // uniform in [0, 1): f32 has 24 random bits, one 32-bit word an element; f64 has 53 bits, two words
  void (*uniform)(int64_t n, void *out, uint64_t seed, uint64_t offset, double low, double high);
  // Box-Muller on the same words; element pairs share two uniforms, so `offset` is even
  void (*normal)(int64_t n, void *out, uint64_t seed, uint64_t offset, double mean, double deviation);
  // 0 where the element of `uniform` in [0, 1) is below `threshold`, else `value`
  void (*mask)(int64_t n, void *out, uint64_t seed, uint64_t offset, double threshold, double value);
  // y = x times the mask, which is written only if it is not NULL; f32 only
  void (*dropout)(int64_t n, const void *x, void *y, void *mask, uint64_t seed, uint64_t offset,
                  double threshold, double value);
} tk_random;

// Complex numbers, real and imaginary parts apart.
typedef struct {
  double *re, *im;
} tk_planes;
// Fourier transforms in float64.
typedef struct {
  // One step of transforms of p m numbers, p >= 2, `s` of them side by side (ThalwegKernels/Fourier.swift);
  // turns are p m complex numbers and roots p, real and imaginary parts side by side
  void (*step)(int64_t p, int64_t m, int64_t s, tk_planes x, tk_planes y, const double *turns,
               const double *roots);
  // x[i] *= w[i], 0 <= i < n
  void (*multiply)(int64_t n, tk_planes x, tk_planes w);
} tk_fourier;

// Everything of one float type.
typedef struct {
  tk_gemm gemm;
  tk_correlation correlation;
  tk_lanes lanes;
  tk_channels channels;
  tk_winograd winograd;
  tk_pooling pooling;
  tk_rows rows;
  tk_activations activations;
  tk_norms norms;
  tk_recurrent recurrent;
  tk_optimisers optimisers;
  tk_random random;
} tk_float;

typedef struct tk_table {
  const char *name; // "baseline", "v3" or "v4"

  // Arithmetic. Integers wrap; bool has no entry but where logic makes sense.
  tk_binary add, sub, mul, minimum, maximum;
  tk_binary pow;               // a negative power of integers is 0 but for 1 and -1
  tk_binary div, atan2, hypot; // floats only
  // Quotients rounded to -infinity and to 0, and the remainders they leave. Integers divided by 0: any value.
  tk_binary div_floor, div_trunc, remainder, fmod;
  tk_binary bit_and, bit_or, bit_xor; // integers and boolean
  tk_binary eq, ne, lt, le, gt, ge;   // inputs of the named dtype, output bytes 0 or 1
  tk_binary logical_and, logical_or;  // boolean only
  tk_unary neg, abs, sign;            // all but boolean
  tk_unary bit_not;                   // integers
  tk_unary logical_not;               // boolean only
  // Floats only. NaN and infinities as IEEE 754 and C's libm have them.
  tk_unary exp, log, sqrt, tanh, sigmoid, relu;
  tk_unary expm1, log1p, rsqrt, sin, cos, erf;
  tk_unary erfinv;                    // f32 only
  tk_unary floor, ceil, trunc, round; // round: halves to even
  tk_unary exp2, log2, log10, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh;
  // The product of an incoming gradient (first argument) with a derivative (of the second argument)
  tk_binary relu_backward;    // 0 where y <= 0, else g
  tk_binary tanh_backward;    // g (1 - y^2)
  tk_binary sigmoid_backward; // g y (1 - y)

  // Reductions; of no elements: sum 0, the extrema leave `out` alone (the core refuses them).
  // Float sums keep float32 error near that of pairwise summation. NaN wins every extremum.
  tk_reduce sum;            // same dtype out (u8 and boolean have none: the core casts to int64 first)
  tk_unary cumsum;          // out[i]: the sum of a[0 ... i]; floats and i64, the same dtype out
  tk_reduce amax, amin;     // same dtype out
  tk_reduce argmax, argmin; // int64 out, the first index on ties

  // Moving elements by size in bytes: 1, 4, 8.
  tk_unary_loop copy1, copy4, copy8;
  tk_transpose_loop transpose1, transpose4, transpose8;
  tk_where_loop where1, where4, where8;
  // The loop for cast(from, to), by the TW_FLOAT32 ... TW_BOOL codes (CThalweg.h). Integers wrap; float to
  // integer truncates and saturates (to uint8: as int32, then wrapped), NaN gives 0; to bool: x != 0.
  tk_unary_loop (*cast)(int32_t from, int32_t to);

  tk_fourier fourier;
  tk_float f32, f64;
} tk_table;

// The table in use. Chosen when the library is loaded; read without a check afterwards.
extern __attribute__((visibility("hidden"))) const tk_table *_Nonnull tk_active;
static inline const tk_table *_Nonnull tk_current(void) { return tk_active; }
static inline void tk_activate(const tk_table *_Nonnull table) { tk_active = table; }

// Best instruction set that this CPU and system have: 0 baseline, 3 x86-64-v3 (AVX2, FMA), 4 x86-64-v4
// (AVX-512 F, BW, CD, DQ, VL), from CPUID and XGETBV.
int32_t tk_best_isa(void);

#pragma clang diagnostic pop
