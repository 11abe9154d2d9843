use motrace_net::Pool;
use std::ops::Range;

/// The stretches of a row of samples that the same pooling windows cover.
#[derive(Debug, Clone)]
pub(super) struct Segments {
    /// Where each begins, and where the last one ends.
    pub bounds: Vec<usize>,
    /// The pooling windows that cover each.
    windows: Vec<Range<usize>>,
    /// The segments that each pooling window covers.
    covered: Vec<Range<usize>>,
}

impl Segments {
    /// Those of a row of `samples`, with so many pooling windows.
    pub(super) fn new(pool: Pool, samples: usize, windows: usize) -> Self {
        let begin = |window: usize| window * pool.stride;
        let mut bounds: Vec<usize> = (0..windows).flat_map(|j| [begin(j), begin(j) + pool.window]).collect();
        bounds.extend([0, samples]);
        bounds.sort_unstable();
        bounds.dedup();
        let covers = |window: usize, bound: usize| begin(window) <= bound && bound < begin(window) + pool.window;
        let of_segment = |bound: &usize| {
            let first = (0..windows).find(|j| covers(*j, *bound)).unwrap_or(0);
            let count = (first..windows).take_while(|j| covers(*j, *bound)).count();
            first..first + count
        };
        let starts = &bounds[..bounds.len() - 1];
        let of_window = |window: usize| {
            let first = starts.partition_point(|bound| *bound < begin(window));
            first..starts.partition_point(|bound| *bound < begin(window) + pool.window)
        };
        Self {
            windows: starts.iter().map(of_segment).collect(),
            covered: (0..windows).map(of_window).collect(),
            bounds,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.windows.len()
    }

    /// The samples of each, and the windows that cover them.
    pub(super) fn each(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        self.bounds.windows(2).map(|pair| pair[0]..pair[1]).zip(self.windows.iter().cloned())
    }

    /// Writes for each segment the sum over the windows that cover it, of so many rows side by side: `[segments, rows]` of
    /// `[windows, rows]`; `running` has room for one more than there are windows.
    pub(super) fn of_segments(&self, rows: usize, windows: &[f64], running: &mut [f64], sums: &mut [f64]) {
        sums_of(&self.windows, rows, windows, running, sums);
    }

    /// Writes for each pooling window the sum over the segments that it covers; `running` has room for one more than there are
    /// segments.
    pub(super) fn of_windows(&self, rows: usize, segments: &[f64], running: &mut [f64], sums: &mut [f64]) {
        sums_of(&self.covered, rows, segments, running, sums);
    }
}

/// The sum of values over each range, as a difference of sums up to its ends.
fn sums_of(ranges: &[Range<usize>], rows: usize, values: &[f64], running: &mut [f64], sums: &mut [f64]) {
    running[..rows].fill(0.0);
    for (n, values) in values.chunks_exact(rows).enumerate() {
        let (before, after) = running[n * rows..].split_at_mut(rows);
        for ((after, before), value) in after.iter_mut().zip(before).zip(values) {
            *after = *before + value;
        }
    }
    for (sums, range) in sums.chunks_exact_mut(rows).zip(ranges) {
        let (start, end) = (&running[range.start * rows..][..rows], &running[range.end * rows..][..rows]);
        for ((sum, start), end) in sums.iter_mut().zip(start).zip(end) {
            *sum = end - start;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_segments_and_segments_windows() {
        for (pool, samples) in
            [(Pool { window: 6, stride: 2 }, 13), (Pool { window: 5, stride: 3 }, 12), (Pool::of(4), 9)]
        {
            let windows = (samples - pool.window) / pool.stride + 1;
            let segments = Segments::new(pool, samples, windows);
            assert_eq!((segments.bounds[0], segments.bounds[segments.len()]), (0, samples));
            for (stretch, covering) in segments.each() {
                for t in stretch {
                    let expected: Vec<usize> = (0..windows)
                        .filter(|j| (j * pool.stride..j * pool.stride + pool.window).contains(&t))
                        .collect();
                    assert_eq!(covering.clone().collect::<Vec<_>>(), expected, "sample {t} of {pool:?}");
                }
            }
            // Two rows, the second twice the first.
            let lengths: Vec<f64> =
                segments.each().flat_map(|(stretch, _)| [stretch.len() as f64, 2.0 * stretch.len() as f64]).collect();
            let (mut running, mut sums) =
                (vec![f64::NAN; 2 * (segments.len().max(windows) + 1)], vec![0.0; 2 * windows]);
            segments.of_windows(2, &lengths, &mut running, &mut sums);
            let window = pool.window as f64;
            assert!(sums.chunks_exact(2).all(|lengths| lengths == [window, 2.0 * window]));
            let mut covering = vec![0.0; 2 * segments.len()];
            segments.of_segments(2, &[1.0, 2.0].repeat(windows), &mut running, &mut covering);
            for (sums, (_, windows)) in covering.chunks_exact(2).zip(segments.each()) {
                assert_eq!(sums, [windows.len() as f64, 2.0 * windows.len() as f64]);
            }
        }
    }
}
