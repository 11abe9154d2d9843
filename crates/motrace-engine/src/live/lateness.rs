use std::time::Instant;

/// The schedule is let go by this much each second, so that it follows a clock that drifts.
const LEAK: f64 = 0.005;

/// How much later samples arrive than the earliest ones did, by their count and the nominal rate.
///
/// A source that was frozen and then delivers all at once has fresh arrival times, but old samples.
/// The schedule is that of the sample that came earliest relative to its count.
#[derive(Debug)]
pub(super) struct Lateness {
    rate_hz: f64,
    begin: Instant,
    /// Arrival minus stream time of the earliest sample so far, in seconds.
    schedule_secs: Option<f64>,
    last_secs: f64,
    missing_secs: f64,
}

impl Lateness {
    pub fn new(rate_hz: f64, begin: Instant) -> Self {
        Self { rate_hz, begin, schedule_secs: None, last_secs: 0.0, missing_secs: 0.0 }
    }

    /// Samples are missing: stream time goes on without them.
    pub fn gap(&mut self, length_secs: f64) {
        if length_secs.is_finite() && length_secs > 0.0 {
            self.missing_secs += length_secs;
        }
    }

    /// How late the samples are that end with `end` samples in all and arrive now, in seconds.
    pub fn arrive(&mut self, end: u64, now: Instant) -> f64 {
        let now_secs = now.duration_since(self.begin).as_secs_f64();
        let offset = now_secs - end as f64 / self.rate_hz - self.missing_secs;
        let leaked = self.schedule_secs.map(|s| s + LEAK * (now_secs - self.last_secs));
        self.last_secs = now_secs;
        let schedule = leaked.map_or(offset, |schedule| schedule.min(offset));
        self.schedule_secs = Some(schedule);
        offset - schedule
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_after_a_stall_is_late_until_it_has_caught_up() {
        let begin = Instant::now();
        let mut lateness = Lateness::new(100.0, begin);
        let at = |secs: f64| begin + Duration::from_secs_f64(secs);
        for i in 1..=100_u32 {
            assert!(lateness.arrive(u64::from(i), at(f64::from(i) / 100.0)) < 1e-6);
        }
        // Nothing for 5 s; then the samples of those seconds, in ten parts.
        let late: Vec<f64> = (1..=10).map(|part| lateness.arrive(100 + part * 50, at(6.0))).collect();
        assert!((late[0] - 4.5).abs() < 0.05, "{late:?}");
        assert!(late[9] < 0.05, "{late:?}");
        // A gap that is reported is none of its business.
        lateness.gap(3.0);
        assert!(lateness.arrive(601, at(9.01)) < 0.05);
    }
}
