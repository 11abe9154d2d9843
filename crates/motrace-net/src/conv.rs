use crate::scalar::converted;
use crate::{Scalar, Shape};

/// A convolution over rows and time; as in most of the field, the kernel is not flipped.
///
/// `y[o, r, t] = b[o] + Σ_{i, q, τ} W[o, i, q, τ] · x[g(o) + i, r + q, t·stride + τ − before]`, where `x` is 0 outside of its
/// samples, and `g(o)` is the first map of the group of `o`.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv<T> {
    /// Feature maps that come out.
    pub maps_out: usize,
    /// Feature maps of one group that go in.
    pub maps_in: usize,
    /// Rows of the kernel.
    pub rows: usize,
    /// Samples of the kernel.
    pub taps: usize,
    /// `[maps_out, maps_in, rows, taps]`.
    pub weights: Vec<T>,
    /// One for each map that comes out, or none.
    pub bias: Option<Vec<T>>,
    /// The maps go in and come out in this many groups.
    pub groups: usize,
    /// Samples from one output to the next.
    pub stride: usize,
    /// Zeros before the first sample and after the last.
    pub padding: [usize; 2],
}

impl<T: Scalar> Conv<T> {
    /// A convolution with weights of 0: one group, stride 1, no padding, no bias.
    #[must_use]
    pub fn zeros(maps_out: usize, maps_in: usize, rows: usize, taps: usize) -> Self {
        let weights = vec![T::zero(); maps_out * maps_in * rows * taps];
        Self { maps_out, maps_in, rows, taps, weights, bias: None, groups: 1, stride: 1, padding: [0, 0] }
    }

    /// The same in groups; `maps_in` then are those of one group.
    #[must_use]
    pub fn with_groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// The same with zeros before the first sample and after the last.
    #[must_use]
    pub fn with_padding(self, padding: [usize; 2]) -> Self {
        Self { padding, ..self }
    }

    /// The same with a bias of 0.
    #[must_use]
    pub fn with_bias(self) -> Self {
        Self { bias: Some(vec![T::zero(); self.maps_out]), ..self }
    }

    pub(crate) fn converted<U: Scalar>(&self) -> Conv<U> {
        let Self { maps_out, maps_in, rows, taps, groups, stride, padding, .. } = *self;
        let bias = self.bias.as_deref().map(converted);
        Conv { maps_out, maps_in, rows, taps, weights: converted(&self.weights), bias, groups, stride, padding }
    }

    /// Values of the kernel of one map.
    #[must_use]
    pub fn kernel_len(&self) -> usize {
        self.maps_in * self.rows * self.taps
    }

    /// The kernel of one map, `[maps_in, rows, taps]`.
    #[must_use]
    pub fn kernel(&self, map: usize) -> &[T] {
        &self.weights[map * self.kernel_len()..][..self.kernel_len()]
    }

    /// The bias of a map, 0 where there is none.
    #[must_use]
    pub fn bias_of(&self, map: usize) -> T {
        self.bias.as_ref().map_or(T::zero(), |bias| bias[map])
    }

    /// The first map of the group that an output map belongs to.
    #[must_use]
    pub fn first_map_in(&self, map_out: usize) -> usize {
        map_out / (self.maps_out / self.groups.max(1)).max(1) * self.maps_in
    }

    /// What comes out.
    ///
    /// # Errors
    /// Why it cannot take this.
    pub fn output(&self, input: Shape) -> Result<Shape, String> {
        let parts = [self.maps_out, self.maps_in, self.rows, self.taps, self.groups, self.stride];
        if parts.contains(&0) {
            return Err("none of its sizes can be 0".into());
        }
        if self.weights.len() != self.maps_out * self.kernel_len() {
            return Err(format!(
                "it has {} weights instead of {}",
                self.weights.len(),
                self.maps_out * self.kernel_len()
            ));
        }
        if self.bias.as_ref().is_some_and(|bias| bias.len() != self.maps_out) {
            return Err(format!("its bias has not {} values", self.maps_out));
        }
        if !self.maps_out.is_multiple_of(self.groups) || self.maps_in * self.groups != input.maps {
            let (maps, groups) = (self.maps_in * self.groups, self.groups);
            return Err(format!("it takes {maps} maps in {groups} group(s), and gives {}", self.maps_out));
        }
        if self.rows > input.rows {
            return Err(format!("its kernel is {} rows high", self.rows));
        }
        let padded = input.samples.saturating_add(self.padding[0]).saturating_add(self.padding[1]);
        if self.taps > padded {
            return Err(format!("its kernel is {} samples long", self.taps));
        }
        Ok(Shape::new(self.maps_out, input.rows - self.rows + 1, (padded - self.taps) / self.stride + 1))
    }

    /// The output samples at which a tap meets a sample of the input, and that sample for the first of them.
    #[must_use]
    pub fn reach(&self, tap: usize, samples_in: usize, samples_out: usize) -> Option<(std::ops::Range<usize>, usize)> {
        let before = self.padding[0];
        let first = before.saturating_sub(tap).div_ceil(self.stride);
        // t · stride + tap − before < samples_in
        let end = (samples_in + before).checked_sub(tap).map_or(0, |room| room.div_ceil(self.stride)).min(samples_out);
        (first < end).then(|| (first..end, first * self.stride + tap - before))
    }

    /// Adds `W * x` without the bias to `y`.
    pub(crate) fn add_product(&self, x: &[T], input: Shape, y: &mut [T], output: Shape) {
        self.each_tap(input, output, |w, from, to, count| {
            let stride = self.stride;
            let weight = self.weights[w];
            if stride == 1 {
                for (y, x) in y[to..to + count].iter_mut().zip(&x[from..from + count]) {
                    *y += weight * *x;
                }
            } else {
                for (n, y) in y[to..to + count].iter_mut().enumerate() {
                    *y += weight * x[from + n * stride];
                }
            }
        });
    }

    /// Adds `Wᵀ * y` to `x`.
    pub(crate) fn add_transposed(&self, y: &[T], output: Shape, x: &mut [T], input: Shape) {
        self.each_tap(input, output, |w, from, to, count| {
            let stride = self.stride;
            let weight = self.weights[w];
            if stride == 1 {
                for (x, y) in x[from..from + count].iter_mut().zip(&y[to..to + count]) {
                    *x += weight * *y;
                }
            } else {
                for (n, y) in y[to..to + count].iter().enumerate() {
                    x[from + n * stride] += weight * *y;
                }
            }
        });
    }

    /// Adds the gradient of the weights to `gradient`.
    pub(crate) fn add_weight_gradient(&self, x: &[T], input: Shape, y: &[T], output: Shape, gradient: &mut [T]) {
        self.each_tap(input, output, |w, from, to, count| {
            let stride = self.stride;
            let mut sum = T::zero();
            for (n, y) in y[to..to + count].iter().enumerate() {
                sum += *y * x[from + n * stride];
            }
            gradient[w] += sum;
        });
    }

    /// Calls with the place of a weight, the first input and the first output it connects, and how many such pairs follow,
    /// a stride apart in the input.
    fn each_tap(&self, input: Shape, output: Shape, mut on: impl FnMut(usize, usize, usize, usize)) {
        for map in 0..self.maps_out {
            let first_map = self.first_map_in(map);
            for map_in in 0..self.maps_in {
                for row in 0..self.rows {
                    for tap in 0..self.taps {
                        let Some((reached, from)) = self.reach(tap, input.samples, output.samples) else { continue };
                        let weight = map * self.kernel_len() + (map_in * self.rows + row) * self.taps + tap;
                        for row_out in 0..output.rows {
                            let x = input.index(first_map + map_in, row_out + row, from);
                            let y = output.index(map, row_out, reached.start);
                            on(weight, x, y, reached.len());
                        }
                    }
                }
            }
        }
    }
}

/// A convolution along time of each map by itself, and then across maps.
#[derive(Debug, Clone, PartialEq)]
pub struct SeparableConv<T> {
    /// Along time, as many groups as maps.
    pub depthwise: Conv<T>,
    /// Across maps, one sample long.
    pub pointwise: Conv<T>,
}

/// A temporal and a spatial convolution that became one, over all channels and its taps at once.
#[derive(Debug, Clone, PartialEq)]
pub struct FusedConv<T> {
    /// The whole kernel of each map: all rows of the input, so that one row comes out.
    pub conv: Conv<T>,
    /// Where each map has one spatial and one temporal filter, `W[k, c, τ] = spatial[k, c] · temporal[k, τ]`, they commute,
    /// and the spatial one goes first: it is much less work.
    pub factors: Option<Factors<T>>,
}

/// The factors of kernels of rank one.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors<T> {
    /// `[maps, channels]`.
    pub spatial: Vec<T>,
    /// `[maps, taps]`.
    pub temporal: Vec<T>,
}

impl<T: Scalar> FusedConv<T> {
    pub(crate) fn converted<U: Scalar>(&self) -> FusedConv<U> {
        let factors = self.factors.as_ref();
        FusedConv {
            conv: self.conv.converted(),
            factors: factors.map(|f| Factors { spatial: converted(&f.spatial), temporal: converted(&f.temporal) }),
        }
    }
}
