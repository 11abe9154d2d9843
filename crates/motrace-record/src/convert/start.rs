//! When a recording began.

use crate::utc_text;
use std::time::{Duration, UNIX_EPOCH};

/// A civil date and time, to the microsecond; no time zone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Start {
    /// Seconds since 1970, as the clock on the wall counts them.
    secs: u64,
    /// The part of a second.
    fraction_secs: f64,
}

impl Start {
    /// What stands for a date that is not known, where a file has to have one.
    pub(crate) const UNKNOWN: Self = Self { secs: 473_385_600, fraction_secs: 0.0 };

    /// Reads `2026-11-22 20:40:30`, with `T` between date and time, a part of a second and a time zone where there are.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
        let is_mark = |at: usize, marks: &str| text.get(at..=at).is_some_and(|c| marks.contains(c));
        if !(is_mark(4, "-") && is_mark(7, "-") && is_mark(10, "T ") && is_mark(13, ":") && is_mark(16, ":")) {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let is_date = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        if !is_date || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        // Years are counted from March, so that leap days come last.
        let (years, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = 365 * years + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 1 - 719_468;
        let digits: String = text.get(19..)?.strip_prefix('.').unwrap_or_default().chars().take(9).collect();
        let digits = digits.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        let fraction_secs = format!("0.{digits}").parse().unwrap_or(0.0);
        Some(Self { secs: days * 86_400 + hour * 3600 + minute * 60 + second, fraction_secs })
    }

    /// So much later.
    pub(crate) fn later(self, secs: f64) -> Self {
        if !(secs.is_finite() && secs.abs() < 1e10) {
            return self;
        }
        let all = self.fraction_secs + secs;
        // To the microsecond; what is left of rounding must not take a second away.
        let micros = (all * 1e6).round();
        let whole = (micros / 1e6).floor();
        let fraction_secs = (micros - whole * 1e6) / 1e6;
        Self { secs: self.secs.saturating_add_signed(whole as i64), fraction_secs }
    }

    /// The part of a second.
    pub(crate) fn fraction_secs(self) -> f64 {
        self.fraction_secs
    }

    /// The same in whole seconds, as a point in time of a clock at Greenwich.
    pub(crate) fn as_time(self) -> std::time::SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.secs)
    }

    /// Year, month, day, hour, minute and second as digits: `[2026, 11, 22, 20, 40, 30]`.
    pub(crate) fn parts(self) -> [String; 6] {
        let text = utc_text(self.as_time());
        [(0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19)]
            .map(|(from, to)| text.get(from..to).unwrap_or("00").to_owned())
    }

    /// As readers give it: `2026-11-22 20:40:30`.
    pub(crate) fn text(self) -> String {
        let [year, month, day, hour, minute, second] = self.parts();
        format!("{year}-{month}-{day} {hour}:{minute}:{second}")
    }

    /// As BrainVision writes it: 20 digits down to microseconds.
    pub(crate) fn digits(self) -> String {
        format!("{}{:06}", self.parts().concat(), (self.fraction_secs * 1e6).floor().clamp(0.0, 999_999.0) as u32)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_go_on() {
        let start = Start::parse("2024-02-29T23:59:59.75+0100").unwrap();
        assert_eq!((start.text().as_str(), start.fraction_secs()), ("2024-02-29 23:59:59", 0.75));
        assert_eq!(start.later(0.25).text(), "2024-03-01 00:00:00");
        assert_eq!(start.later(0.25).fraction_secs(), 0.0);
        assert_eq!(start.later(-1.0).text(), "2024-02-29 23:59:58");
        assert_eq!(start.digits(), "20240229235959750000");
        assert_eq!(Start::UNKNOWN.text(), "1985-01-01 00:00:00");
        for text in
            ["", "Thu Feb 12 2009", "2024-13-01 00:00:00", "2024-01-01", "1024-01-01 00:00:00", "2024-01-01T0é:00:00"]
        {
            assert_eq!(Start::parse(text), None, "{text}");
        }
    }
}
