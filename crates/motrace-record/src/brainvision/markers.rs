use super::sections::{Section, Sections, fields};
use crate::EventDetail;
use crate::stream::FileEvent;
use crate::warnings::Warnings;

/// One line of the marker file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Marker {
    kind: String,
    description: String,
    /// The sample it falls on, counted from 0.
    pub(crate) sample: usize,
    size: usize,
    channel: usize,
    pub(crate) date: Option<Date>,
}

/// Reads all markers. Lines that make no sense are left out.
pub(crate) fn parse(text: &str, warnings: &mut Warnings) -> Vec<Marker> {
    let mut left_out = 0_usize;
    let mut markers = Vec::new();
    for (_, value) in Sections::parse(text).numbered(Section::MarkerInfos, "Mk") {
        let parts: Vec<String> = fields(value).collect();
        let part = |i: usize| parts.get(i).map_or("", String::as_str);
        let Ok(position) = part(2).parse::<usize>() else {
            left_out += 1;
            continue;
        };
        markers.push(Marker {
            kind: part(0).to_owned(),
            description: part(1).to_owned(),
            // The first sample is number 1; some programs write 0 for it.
            sample: position.saturating_sub(1),
            size: part(3).parse().unwrap_or(0),
            channel: part(4).parse().unwrap_or(0),
            date: Date::parse(part(5)),
        });
    }
    if left_out > 0 {
        warnings.push(format!("{left_out} markers have no position and were not read"));
    }
    markers
}

impl Marker {
    /// Whether the signal begins anew here.
    pub(crate) fn is_new_segment(&self) -> bool {
        self.kind.eq_ignore_ascii_case("New Segment")
    }

    /// The event; `time` gives the time of a sample. Its text is the description, or the type where there is none.
    pub(crate) fn into_event(self, time: impl Fn(usize) -> f64, rate_hz: f64) -> FileEvent {
        let detail = EventDetail {
            code: code(&self.description),
            name: if self.description.is_empty() { String::new() } else { self.kind.clone() },
            channel: self.channel.checked_sub(1),
        };
        FileEvent {
            time_secs: time(self.sample),
            duration_secs: (self.size > 1).then(|| self.size as f64 / rate_hz),
            text: if self.description.is_empty() { self.kind } else { self.description },
            detail,
        }
    }
}

/// The number in a description such as `S  7`, `R255` or `254`.
fn code(description: &str) -> Option<i64> {
    let digits = description.strip_prefix(|c: char| c.is_ascii_alphabetic()).unwrap_or(description).trim_start();
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// When a segment began, to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    year: u32,
    month: u32,
    day: u32,
    secs_of_day: u32,
    micros: u32,
}

impl Date {
    /// Reads `YYYYMMDDhhmmssuuuuuu`; zeros say that it is not known.
    fn parse(text: &str) -> Option<Self> {
        if text.len() != 20 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let part = |from: usize, to: usize| text.get(from..to).and_then(|t| t.parse::<u32>().ok());
        let date = Self {
            year: part(0, 4)?,
            month: part(4, 6)?,
            day: part(6, 8)?,
            secs_of_day: part(8, 10)? * 3600 + part(10, 12)? * 60 + part(12, 14)?,
            micros: part(14, 20)?,
        };
        (date.year > 0 && (1..=12).contains(&date.month) && (1..=31).contains(&date.day)).then_some(date)
    }

    pub(crate) fn text(self) -> String {
        let Self { year, month, day, secs_of_day: secs, .. } = self;
        format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
    }

    /// How much later this is, in seconds.
    pub(crate) fn secs_since(self, earlier: Self) -> f64 {
        let days = self.day_number() - earlier.day_number();
        let secs = f64::from(self.secs_of_day) - f64::from(earlier.secs_of_day);
        days as f64 * 86_400.0 + secs + (f64::from(self.micros) - f64::from(earlier.micros)) * 1e-6
    }

    /// Days since some day, in the Gregorian calendar: years are counted from March, so that leap days come last.
    fn day_number(self) -> i64 {
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + i64::from(self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_have_text_code_and_place() {
        let text = "[Common Infos]\nMk9=not here,,1,1,0\n[Marker Infos]\n; Mk1=comment,,1,1,0\nMk1=Stimulus,S  7,0,0,0\n\
            Mk2=Comment,one\\1 two,101,50,3\nMk3=New Segment,,5,1,0,20131113161403794232\nMk4=Stimulus,lost\n";
        let mut warnings = Warnings::default();
        let markers = parse(text, &mut warnings);
        assert_eq!(warnings.into_list().len(), 1);
        let events: Vec<_> = markers.into_iter().map(|m| m.into_event(|s| s as f64 / 10.0, 10.0)).collect();
        let detail = |code, name: &str, channel| EventDetail { code, name: name.into(), channel };
        assert_eq!(
            events,
            [
                FileEvent {
                    time_secs: 0.0,
                    duration_secs: None,
                    text: "S  7".into(),
                    detail: detail(Some(7), "Stimulus", None)
                },
                FileEvent {
                    time_secs: 10.0,
                    duration_secs: Some(5.0),
                    text: "one, two".into(),
                    detail: detail(None, "Comment", Some(2))
                },
                FileEvent {
                    time_secs: 0.4,
                    duration_secs: None,
                    text: "New Segment".into(),
                    detail: detail(None, "", None)
                },
            ]
        );
    }

    #[test]
    fn numbers_are_found_in_descriptions() {
        assert_eq!(["S255", "R  3", "254", "O  1"].map(code), [255, 3, 254, 1].map(Some));
        assert_eq!(["Trigger#2", "", "S", "Sync On", "S1a", "99999999999999999999"].map(code), [None; 6]);
    }

    #[test]
    fn dates_are_told_apart() {
        let date = |text| Date::parse(text);
        assert_eq!(date("00000000000000000000"), None);
        assert_eq!(date("20131113161403794232").map(Date::text).as_deref(), Some("2013-11-13 16:14:03"));
        let passed = date("20240228235959000000").zip(date("20240301000000500000")).map(|(a, b)| b.secs_since(a));
        assert_eq!(passed, Some(86_401.5));
    }
}
