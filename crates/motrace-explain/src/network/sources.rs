use super::linear::{Linear, Part};
use super::segments::Segments;
use motrace_net::Scalar;
use motrace_net::kernels::SpectralConv;

/// What comes out of the filters of log-powers, s, and the way back from there.
#[derive(Debug, Clone)]
pub(super) enum Sources<T> {
    /// As everything between layers, `[rows, samples]`.
    Outside {
        conv: Linear<T>,
        /// A ⊙ s.
        scaled: Vec<T>,
    },
    /// Where they are quickest: inside of the convolution, in single precision. It has room for as many rows as `width`.
    Inside {
        conv: Box<SpectralConv>,
        /// `[segments, width]`: Σ s, Σ s², and A.
        sums: Vec<f32>,
        squares: Vec<f32>,
        gains: Vec<f32>,
    },
}

impl<T: Scalar> Sources<T> {
    /// Those of a convolution.
    pub(super) fn new(conv: &Linear<T>, segments: &Segments) -> Self {
        match conv.spectral() {
            Some(spectral) => {
                let all_segments = vec![0.0; segments.len() * spectral.width()];
                Self::Inside {
                    conv: Box::new(spectral.clone()),
                    sums: all_segments.clone(),
                    squares: all_segments.clone(),
                    gains: all_segments,
                }
            }
            None => Self::Outside { conv: conv.clone(), scaled: vec![T::zero(); conv.output_len()] },
        }
    }

    /// Computes s; where it does not stay inside, it is written.
    pub(super) fn forward(&mut self, x: &[T], s: &mut [T]) {
        match self {
            Self::Outside { conv, .. } => conv.forward(x, s),
            Self::Inside { conv, .. } => {
                if let Some(x) = T::as_f32s(x) {
                    conv.forward_inside(x);
                }
            }
        }
    }

    /// Writes Σ s and Σ s² of each segment of each row, `[segments, rows]`.
    pub(super) fn sums(&mut self, s: &[T], segments: &Segments, sums: &mut [f64], squares: &mut [f64]) {
        let rows = sums.len() / segments.len();
        match self {
            Self::Outside { .. } => {
                for (row, s) in s.chunks_exact(s.len() / rows).enumerate() {
                    for (n, (stretch, _)) in segments.each().enumerate() {
                        (sums[n * rows + row], squares[n * rows + row]) = sums_of(&s[stretch]);
                    }
                }
            }
            Self::Inside { conv, sums: inside, squares: squares_inside, .. } => {
                conv.sums(&segments.bounds, inside, squares_inside);
                for (values, inside) in [(sums, inside), (squares, squares_inside)] {
                    for (values, inside) in values.chunks_exact_mut(rows).zip(inside.chunks_exact(conv.width())) {
                        values.iter_mut().zip(inside).for_each(|(value, inside)| *value = f64::from(*inside));
                    }
                }
            }
        }
    }

    /// Writes `Wᵀ(A ⊙ s)`, where A is constant along each segment, `[segments, rows]`. What is inside is used up.
    pub(super) fn hand_back(&mut self, s: &[T], segments: &Segments, gains: &[f64], relevance: &mut [T]) {
        let rows = gains.len() / segments.len();
        match self {
            Self::Outside { conv, scaled } => {
                let samples = s.len() / rows;
                for (row, (scaled, s)) in scaled.chunks_exact_mut(samples).zip(s.chunks_exact(samples)).enumerate() {
                    for ((stretch, _), gains) in segments.each().zip(gains.chunks_exact(rows)) {
                        let gain = T::of(gains[row]);
                        scaled[stretch.clone()].iter_mut().zip(&s[stretch]).for_each(|(a, s)| *a = gain * *s);
                    }
                }
                conv.transposed(Part::whole(), scaled, relevance);
            }
            Self::Inside { conv, gains: inside, .. } => {
                for (inside, gains) in inside.chunks_exact_mut(conv.width()).zip(gains.chunks_exact(rows)) {
                    inside.iter_mut().zip(gains).for_each(|(inside, gain)| *inside = *gain as f32);
                }
                conv.scale(&segments.bounds, inside);
                if let Some(relevance) = T::as_f32s_mut(relevance) {
                    conv.transposed_inside(relevance);
                }
            }
        }
    }
}

/// Σ s and Σ s², in four parts each that do not wait for one another.
fn sums_of<T: Scalar>(s: &[T]) -> (f64, f64) {
    let (mut sums, mut squares) = ([T::zero(); 4], [T::zero(); 4]);
    let (fours, rest) = s.as_chunks::<4>();
    for four in fours {
        for ((sum, square), s) in sums.iter_mut().zip(&mut squares).zip(four) {
            *sum += *s;
            *square += *s * *s;
        }
    }
    for ((sum, square), s) in sums.iter_mut().zip(&mut squares).zip(rest) {
        *sum += *s;
        *square += *s * *s;
    }
    let whole = |[a, b, c, d]: [T; 4]| ((a + c) + (b + d)).as_f64();
    (whole(sums), whole(squares))
}
