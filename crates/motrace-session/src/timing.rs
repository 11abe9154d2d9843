use serde::{Deserialize, Serialize};

/// A step that is drawn later than this after its due time is late, in seconds.
pub const LATE_SECS: f64 = 0.02;

/// When a step was due, and when it was on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The step.
    pub id: u64,
    /// When it was due, in seconds.
    pub due_secs: f64,
    /// When it was shown, on the same clock.
    pub shown_secs: f64,
}

impl Timing {
    /// How much later than due it was shown, in seconds; negative where it was earlier.
    #[must_use]
    pub fn delay_secs(&self) -> f64 {
        self.shown_secs - self.due_secs
    }
}

/// Scheduled against actual times of presentation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimingLog {
    entries: Vec<Timing>,
}

/// The figures of a [`TimingLog`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimingSummary {
    /// How many steps.
    pub count: usize,
    /// The median delay, in seconds.
    pub median_secs: f64,
    /// The delay that 99 of 100 steps do not exceed, in seconds: the nearest rank.
    pub p99_secs: f64,
    /// The largest delay, in seconds.
    pub max_secs: f64,
    /// The ids of the steps later than 20 ms.
    pub late: Vec<u64>,
}

impl TimingLog {
    /// Adds a step that was shown; what is no time is not added.
    pub fn push(&mut self, id: u64, due_secs: f64, shown_secs: f64) {
        if due_secs.is_finite() && shown_secs.is_finite() {
            self.entries.push(Timing { id, due_secs, shown_secs });
        }
    }

    /// All of them, in the order they were shown.
    #[must_use]
    pub fn entries(&self) -> &[Timing] {
        &self.entries
    }

    /// Its figures; `None` where nothing was shown.
    #[must_use]
    pub fn summary(&self) -> Option<TimingSummary> {
        let mut delays: Vec<f64> = self.entries.iter().map(Timing::delay_secs).collect();
        delays.sort_by(f64::total_cmp);
        let count = delays.len();
        let max_secs = *delays.last()?;
        let median_secs = (delays[(count - 1) / 2] + delays[count / 2]) / 2.0;
        let p99_secs = delays[(count * 99).div_ceil(100).max(1) - 1];
        let late = self.entries.iter().filter(|timing| timing.delay_secs() > LATE_SECS).map(|timing| timing.id);
        Some(TimingSummary { count, median_secs, p99_secs, max_secs, late: late.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_delays() {
        let mut log = TimingLog::default();
        assert_eq!(log.summary(), None);
        for id in 1..=200 {
            // 1 to 200 times 0.1 ms, in another order.
            log.push(id, 10.0 * id as f64, 10.0 * id as f64 + 1e-4 * ((id * 77) % 200 + 1) as f64);
        }
        log.push(201, f64::NAN, 1.0);
        let summary = log.summary().expect("some");
        assert_eq!(summary.count, 200);
        assert!((summary.median_secs - 0.01005).abs() < 1e-9);
        assert!((summary.p99_secs - 0.0198).abs() < 1e-9);
        assert!((summary.max_secs - 0.02).abs() < 1e-9);
        log.push(202, 5.0, 5.03);
        assert_eq!(log.summary().expect("some").late, [202]);
    }

    #[test]
    fn it_is_a_list_in_json() {
        let mut log = TimingLog::default();
        log.push(1, 2.0, 2.001);
        let text = serde_json::to_string(&log).expect("JSON");
        assert_eq!(text, r#"[{"id":1,"due_secs":2.0,"shown_secs":2.001}]"#);
        assert_eq!(serde_json::from_str::<TimingLog>(&text).expect("a log"), log);
    }
}
