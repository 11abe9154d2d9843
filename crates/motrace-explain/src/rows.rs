//! The inner loops, over contiguous rows, shaped so that they vectorise on every 64-bit processor.

/// As many independent partial sums as keep two-lane vector units busy; it also bounds the rounding error.
const LANES: usize = 8;

/// `out[t] = Σ_k weights[k] · rows[k][t]`, where `rows` holds `weights.len()` rows of `out.len()` values.
pub(crate) fn combine(weights: &[f64], rows: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    let length = out.len();
    if length == 0 {
        return;
    }
    let (mut weights, mut rows) = (weights, rows);
    while !weights.is_empty() {
        // Several rows in one pass: each value of `out` is loaded and stored once for all of them.
        let taken = match weights.len() {
            6.. => add_rows::<6>(weights, rows, out),
            4.. => add_rows::<4>(weights, rows, out),
            2.. => add_rows::<2>(weights, rows, out),
            _ => add_rows::<1>(weights, rows, out),
        };
        if taken == 0 {
            return;
        }
        weights = &weights[taken..];
        rows = &rows[taken * length..];
    }
}

/// Adds the first N weighted rows to `out`; says how many it added.
fn add_rows<const N: usize>(weights: &[f64], rows: &[f64], out: &mut [f64]) -> usize {
    let length = out.len();
    let Some(weights) = weights.first_chunk::<N>() else { return 0 };
    let mut each = rows.chunks_exact(length);
    let rows: [&[f64]; N] = std::array::from_fn(|_| each.next().unwrap_or(&[]));
    if rows.iter().any(|row| row.len() < length) {
        return 0;
    }
    let rows = rows.map(|row| &row[..length]);
    for (t, o) in out.iter_mut().enumerate() {
        let mut sum = *o;
        for k in 0..N {
            sum += weights[k] * rows[k][t];
        }
        *o = sum;
    }
    N
}

/// `Σ values²`.
pub(crate) fn sum_of_squares(values: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let blocks = values.chunks_exact(LANES);
    let rest: f64 = blocks.remainder().iter().map(|v| v * v).sum();
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane += value * value;
        }
    }
    add_lanes(lanes) + rest
}

/// `(Σ values, Σ |values|)`.
pub(crate) fn sums(values: &[f64]) -> (f64, f64) {
    let (mut plain, mut absolute) = ([0.0; LANES], [0.0; LANES]);
    let blocks = values.chunks_exact(LANES);
    let rest = blocks.remainder();
    for block in blocks {
        for i in 0..LANES {
            plain[i] += block[i];
            absolute[i] += block[i].abs();
        }
    }
    (add_lanes(plain) + rest.iter().sum::<f64>(), add_lanes(absolute) + rest.iter().map(|v| v.abs()).sum::<f64>())
}

fn add_lanes(l: [f64; LANES]) -> f64 {
    ((l[0] + l[1]) + (l[2] + l[3])) + ((l[4] + l[5]) + (l[6] + l[7]))
}

/// A sum that carries its rounding error along (Neumaier 1974).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    pub(crate) fn add(&mut self, value: f64) {
        let total = self.sum + value;
        self.lost +=
            if self.sum.abs() >= value.abs() { (self.sum - total) + value } else { (value - total) + self.sum };
        self.sum = total;
    }

    pub(crate) fn value(self) -> f64 {
        // An infinite sum has no rounding error, only ∞ − ∞.
        if self.sum.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_lost_digits_come_back() {
        let mut sum = Sum::default();
        for value in [1.0, 1e100, 1.0, -1e100] {
            sum.add(value);
        }
        assert_eq!(sum.value(), 2.0);
    }

    proptest! {
        #[test]
        fn combining_rows_is_a_matrix_product(
            count in 0_usize..14,
            length in 0_usize..40,
            values in proptest::collection::vec(-1.0..1.0_f64, 14 * 41),
        ) {
            let (weights, rows) = values.split_at(count);
            let mut out = vec![f64::NAN; length];
            combine(weights, &rows[..count * length], &mut out);
            for t in 0..length {
                let slow: f64 = (0..count).map(|k| weights[k] * rows[k * length + t]).sum();
                prop_assert!((out[t] - slow).abs() < 1e-14);
            }
        }

        #[test]
        fn sums_are_sums(values in proptest::collection::vec(-1.0..1.0_f64, 0..50)) {
            let (plain, absolute) = sums(&values);
            prop_assert!((plain - values.iter().sum::<f64>()).abs() < 1e-13);
            prop_assert!((absolute - values.iter().map(|v| v.abs()).sum::<f64>()).abs() < 1e-13);
            prop_assert!((sum_of_squares(&values) - values.iter().map(|v| v * v).sum::<f64>()).abs() < 1e-13);
        }
    }
}
