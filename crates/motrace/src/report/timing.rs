use super::figures::TimingFigures;
use super::scores::quantile;
use crate::session_file::PresentationTimes;

/// What is shown later than this, in seconds, is late.
pub const LIMIT_SECS: f64 = 0.020;

/// The delays of what was shown, for what fits.
pub fn figures(times: &PresentationTimes, fits: impl Fn(&str) -> bool) -> Option<TimingFigures> {
    let all: Vec<Option<f64>> = times.delays().filter(|(what, _)| fits(what)).map(|(_, delay)| delay).collect();
    let mut heard: Vec<f64> = all.iter().flatten().copied().collect();
    heard.sort_by(f64::total_cmp);
    let p99_secs = quantile(&heard, 0.99)?;
    Some(TimingFigures {
        count: all.len(),
        unheard: all.len() - heard.len(),
        p50_secs: quantile(&heard, 0.5)?,
        p99_secs,
        max_secs: *heard.last()?,
        is_in_time: p99_secs <= LIMIT_SECS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_heard() {
        let mut times = PresentationTimes::default();
        for i in 1..=200 {
            times.push(if i % 2 == 0 { "cue" } else { "fixation" }, f64::from(i), Some(f64::from(i) * 1.0001));
        }
        times.push("cue", 300.0, None);
        let all = figures(&times, |_| true).unwrap_or_else(|| panic!("something was shown"));
        assert_eq!((all.count, all.unheard), (201, 1));
        assert!((all.p50_secs - 0.010).abs() < 1e-9 && (all.p99_secs - 0.0198).abs() < 1e-9, "{all:?}");
        assert!(all.is_in_time && (all.max_secs - 0.02).abs() < 1e-9);
        assert_eq!(figures(&times, |what| what == "cue").map(|f| f.count), Some(101));
        assert!(figures(&PresentationTimes::default(), |_| true).is_none());
    }
}
