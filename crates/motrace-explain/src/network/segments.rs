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

    /// Writes for each segment the sum over the windows that cover it; `running` has room for one more than there are windows.
    pub(super) fn of_segments(&self, windows: &[f64], running: &mut [f64], sums: &mut [f64]) {
        let mut sum = 0.0;
        for (running, window) in running.iter_mut().zip(std::iter::once(&0.0).chain(windows)) {
            sum += window;
            *running = sum;
        }
        for (sum, covering) in sums.iter_mut().zip(&self.windows) {
            *sum = running[covering.end] - running[covering.start];
        }
    }

    /// Sums of a row's segments as those of its pooling windows.
    pub(super) fn of_windows<'a>(&'a self, sums: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.covered.iter().map(|segments| sums[segments.clone()].iter().sum())
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
            let lengths: Vec<f64> = segments.each().map(|(stretch, _)| stretch.len() as f64).collect();
            assert!(segments.of_windows(&lengths).all(|length| length == pool.window as f64));
        }
    }
}
