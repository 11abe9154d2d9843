//! The headers and footers of an XDF file.

use super::Written;
use motrace_core::{SampleFormat, StreamInfo, Unit};
use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// The header of the whole file.
pub(super) fn file(began: SystemTime) -> String {
    format!("<?xml version=\"1.0\"?><info><version>1.0</version><datetime>{}</datetime></info>", utc_text(began))
}

/// The header of a stream, with what else is to be said of it beside its channels.
pub(super) fn header(info: &StreamInfo, format: SampleFormat, metadata: &[(&str, &str)]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\"?><info>");
    element(&mut xml, "name", &info.name);
    element(&mut xml, "type", &info.kind);
    element(&mut xml, "channel_count", &info.channels.len().to_string());
    element(&mut xml, "nominal_srate", &info.rate_hz.to_string());
    element(&mut xml, "channel_format", format.name());
    element(&mut xml, "source_id", &info.source_id);
    element(&mut xml, "uid", &info.uid);
    element(&mut xml, "hostname", &info.host);
    xml.push_str("<desc><channels>");
    for channel in &info.channels {
        xml.push_str("<channel>");
        element(&mut xml, "label", &channel.label);
        if channel.unit != Unit::Unspecified {
            element(&mut xml, "unit", channel.unit.name());
        }
        element(&mut xml, "type", channel.role.name());
        xml.push_str("</channel>");
    }
    xml.push_str("</channels>");
    for (key, value) in metadata.iter().filter(|(key, _)| is_name(key)) {
        element(&mut xml, key, value);
    }
    xml.push_str("</desc></info>");
    xml
}

/// The footer of a stream.
pub(super) fn footer(stream: &Written) -> String {
    let mut xml = String::from("<?xml version=\"1.0\"?><info>");
    element(&mut xml, "first_timestamp", &stream.first_secs.to_string());
    element(&mut xml, "last_timestamp", &stream.last_secs.to_string());
    element(&mut xml, "sample_count", &stream.samples.to_string());
    xml.push_str("<clock_offsets>");
    for offset in &stream.offsets {
        // Writing to a string cannot fail.
        let _ = write!(xml, "<offset><time>{}</time><value>{}</value></offset>", offset.time_secs, offset.offset_secs);
    }
    xml.push_str("</clock_offsets></info>");
    xml
}

fn element(xml: &mut String, name: &str, text: &str) {
    let _ = write!(xml, "<{name}>");
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '\t' | '\n' | '\r' => xml.push(c),
            // XML 1.0 has no way to write these.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => xml.push('\u{fffd}'),
            c => xml.push(c),
        }
    }
    let _ = write!(xml, "</{name}>");
}

/// Whether this can be the name of an element.
fn is_name(key: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(allowed)
}

/// A time as `2026-11-22T20:40:30+0000`. Civil dates from day numbers after Hinnant.
#[must_use]
pub fn utc_text(time: SystemTime) -> String {
    let secs = time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let (days, in_day) = (secs / 86_400 + 719_468, secs % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (in_day / 3600, in_day / 60 % 60, in_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+0000")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn dates_are_civil() {
        for (secs, text) in [
            (0, "1970-01-01T00:00:00+0000"),
            (951_782_399, "2000-02-28T23:59:59+0000"),
            (951_782_400, "2000-02-29T00:00:00+0000"),
            (1_795_380_030, "2026-11-22T20:40:30+0000"),
        ] {
            assert_eq!(utc_text(UNIX_EPOCH + Duration::from_secs(secs)), text);
        }
    }
}
