//! Measuring again and again, and what comes out of that.

use std::time::Instant;

/// Sorted durations, in seconds.
pub struct Timings(Vec<f64>);

impl Timings {
    /// From durations in any order, in seconds.
    pub fn new(mut secs: Vec<f64>) -> Self {
        secs.sort_by(f64::total_cmp);
        Self(secs)
    }

    /// Runs something a few times to warm up, then so many times with a clock.
    pub fn of(times: usize, mut run: impl FnMut()) -> Self {
        for _ in 0..(times / 10).max(1) {
            run();
        }
        let one = |_| {
            let begin = Instant::now();
            run();
            begin.elapsed().as_secs_f64()
        };
        Self::new((0..times).map(one).collect())
    }

    /// The duration that a share of them does not exceed, in seconds; not a number where there are none.
    pub fn at(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        self.0.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }

    /// The median, in seconds.
    pub fn p50(&self) -> f64 {
        self.at(0.5)
    }

    /// What 99 of 100 do not exceed, in seconds.
    pub fn p99(&self) -> f64 {
        self.at(0.99)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Median and 99th percentile in words; of few, the longest.
    pub fn in_words(&self) -> String {
        let worst = if self.len() < 100 { "longest" } else { "p99" };
        format!("p50 {}, {worst} {}", duration(self.p50()), duration(self.p99()))
    }
}

/// A duration with its unit, to three places.
pub fn duration(secs: f64) -> String {
    let (value, unit) = match secs.abs() {
        s if s < 1e-6 => (secs * 1e9, "ns"),
        s if s < 1e-3 => (secs * 1e6, "µs"),
        s if s < 1.0 => (secs * 1e3, "ms"),
        _ => (secs, "s"),
    };
    format!("{} {unit}", number(value))
}

/// A number to three places, or whole with its thousands apart.
pub fn number(value: f64) -> String {
    match value.abs() {
        v if v < 10.0 => format!("{value:.2}"),
        v if v < 100.0 => format!("{value:.1}"),
        v if v < 1000.0 => format!("{value:.0}"),
        _ => {
            let digits = format!("{value:.0}");
            let head = digits.len() % 3;
            let (head, tail) = digits.split_at(head);
            let groups = tail.as_bytes().chunks(3).map(|g| String::from_utf8_lossy(g).into_owned());
            std::iter::once(head.to_owned()).filter(|h| !h.is_empty()).chain(groups).collect::<Vec<_>>().join(",")
        }
    }
}
