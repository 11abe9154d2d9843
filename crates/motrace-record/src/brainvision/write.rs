//! Writing BrainVision: a header, multiplexed 32-bit floats, and markers.
//!
//! Every pause is a `New Segment` with a date, which says how long it was. Markers stand on samples.

use crate::convert::{Course, Losses, Pauses, Start, WrittenEvent, WrittenStream, one_line};
use crate::{Format, RecordedEvent, RecordedStream};
use motrace_core::Unit;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Dates are written to the microsecond; where they say nothing, a segment begins without a pause of known length.
const PAUSES: Pauses = Pauses { least_secs: 1e-5, unknown_secs: 0.0 };

/// What the three files hold.
pub(crate) struct Layout<'a> {
    stream: &'a RecordedStream,
    start: Option<Start>,
    pub(crate) written: WrittenStream,
    pub(crate) events: Vec<WrittenEvent>,
}

impl<'a> Layout<'a> {
    /// Plans the files of the stream at this place of `all`.
    pub(crate) fn of(
        source: Format,
        all: &'a [RecordedStream],
        place: usize,
        events: &[RecordedEvent],
        start: Option<Start>,
        losses: &mut Losses,
    ) -> Option<Self> {
        let stream = all.get(place)?;
        let course = Course::of(stream, 0.0, PAUSES);
        let mut written = WrittenStream::of(place, stream, course.clone());
        written.labels = labels(stream);
        // Readers compute the rate from the interval.
        written.rate_hz = 1e6 / (1e6 / stream.info.rate_hz);
        if start.is_none() && course.stretches.len() > 1 {
            losses.push("the date is not known; 1985-01-01 stands for it, as pauses are written by dates");
        }
        let known = course.unknown_pauses();
        losses.count(known, "pauses have no known length, and their segments begin without one");
        let events = marks(source, events, stream, &course, losses);
        Some(Self { stream, start, written, events })
    }

    /// Writes the samples.
    pub(crate) fn write_signals(&self, out: &mut impl Write) -> io::Result<()> {
        let channels = self.stream.info.channels.len();
        let (mut row, mut bytes) = (Vec::with_capacity(channels), Vec::with_capacity(channels * 4));
        for sample in 0..self.stream.sample_count() {
            row.clear();
            bytes.clear();
            self.stream.samples.extend_f32(sample * channels..(sample + 1) * channels, &mut row);
            bytes.extend(row.iter().flat_map(|v: &f32| v.to_le_bytes()));
            out.write_all(&bytes)?;
        }
        Ok(())
    }

    /// The header, with the names of the two other files.
    pub(crate) fn header(&self, data_name: &str, markers_name: &str) -> String {
        let mut text =
            String::from("Brain Vision Data Exchange Header File Version 1.0\r\n; Data created by motrace\r\n\r\n");
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "[Common Infos]\r\nCodepage=UTF-8\r\nDataFile={data_name}\r\nMarkerFile={markers_name}\r\n\
             DataFormat=BINARY\r\nDataOrientation=MULTIPLEXED\r\nDataType=TIMEDOMAIN\r\nNumberOfChannels={}\r\n\
             DataPoints={}\r\nSamplingInterval={}\r\n\r\n[Binary Infos]\r\nBinaryFormat=IEEE_FLOAT_32\r\n\r\n\
             [Channel Infos]\r\n; Ch<number>=<name>,<reference>,<resolution>,<unit>\r\n",
            self.stream.info.channels.len(),
            self.stream.sample_count(),
            1e6 / self.stream.info.rate_hz
        );
        for (i, (channel, label)) in self.stream.info.channels.iter().zip(&self.written.labels).enumerate() {
            let unit = unit(&channel.unit);
            let _ = write!(text, "Ch{}={},,1,{unit}\r\n", i + 1, escaped(label));
        }
        if !self.stream.positions.is_empty() {
            text.push_str("\r\n[Coordinates]\r\n; Ch<number>=<radius>,<theta>,<phi>\r\n");
            for (i, position) in self.stream.positions.iter().enumerate() {
                let [radius, theta, phi] = position.map_or([0.0; 3], polar);
                let _ = write!(text, "Ch{}={radius},{theta},{phi}\r\n", i + 1);
            }
        }
        text
    }

    /// The marker file.
    pub(crate) fn markers(&self, data_name: &str) -> String {
        let mut text = format!(
            "Brain Vision Data Exchange Marker File, Version 1.0\r\n\r\n[Common Infos]\r\nCodepage=UTF-8\r\n\
             DataFile={data_name}\r\n\r\n[Marker Infos]\r\n\
             ; Mk<number>=<type>,<description>,<position>,<size>,<channel>,<date>\r\n"
        );
        let stretches = &self.written.course.stretches;
        let date = |written_secs: f64| match self.start {
            Some(start) => start.later(written_secs).digits(),
            None if stretches.len() > 1 => Start::UNKNOWN.later(written_secs).digits(),
            None => "0".repeat(20),
        };
        let mut number = 0;
        for stretch in stretches {
            number += 1;
            let _ =
                write!(text, "Mk{number}=New Segment,,{},1,0,{}\r\n", stretch.first + 1, date(stretch.written_secs));
        }
        for event in &self.events {
            number += 1;
            let sample = self.written.course.sample_at(event.time_secs);
            let size =
                event.duration_secs.map_or(1, |secs| (secs * self.stream.info.rate_hz).round().clamp(1.0, 1e15) as u64);
            let channel = event.channel.map_or(0, |c| c + 1);
            let (kind, description) = (escaped(&event.kind), escaped(&event.text));
            let _ = write!(text, "Mk{number}={kind},{description},{},{size},{channel}\r\n", sample + 1);
        }
        text
    }
}

/// The markers, at the times of the samples they stand on.
fn marks(
    source: Format,
    events: &[RecordedEvent],
    stream: &RecordedStream,
    course: &Course,
    losses: &mut Losses,
) -> Vec<WrittenEvent> {
    let (mut changed, mut blank, mut early, mut moved) = (0, 0, 0, 0);
    let period = 1.0 / stream.info.rate_hz;
    let mut written = Vec::with_capacity(events.len());
    for event in events {
        let text = field_text(&event.text);
        let own_kind = field_text(&event.detail.name);
        let is_segment = event.text.eq_ignore_ascii_case("New Segment") && own_kind.is_empty();
        if source == Format::BrainVision && is_segment {
            // The segments of the signal itself say the same.
            continue;
        }
        if text.is_empty() {
            blank += 1;
            continue;
        }
        let place_secs = course.written_time(event.time_secs);
        if place_secs <= -period {
            early += 1;
            continue;
        }
        changed += usize::from(text != event.text);
        let time_secs = course.time_of(course.sample_at(place_secs));
        moved += usize::from(time_secs - place_secs > period);
        let is_type =
            source == Format::BrainVision && !own_kind.is_empty() && !own_kind.eq_ignore_ascii_case("New Segment");
        let kind = if is_type { own_kind } else { "Stimulus".into() };
        written.push(WrittenEvent {
            time_secs,
            duration_secs: event.duration_secs,
            text,
            kind,
            channel: event.detail.channel,
        });
    }
    losses.count(blank, "markers without text are left out");
    losses.count(early, "markers lie before the first sample and are left out");
    losses.count(changed, "markers have line breaks, control characters or a comma's code; their text is cleaned");
    losses.count(moved, "markers fall into pauses and stand on the first sample behind them");
    written.sort_by(|a, b| a.time_secs.total_cmp(&b.time_secs));
    written
}

/// The labels, made different from each other: other programs do not open a file in which two are the same.
fn labels(stream: &RecordedStream) -> Vec<String> {
    let plain: Vec<String> = stream.info.channels.iter().map(|c| field_text(&c.label)).collect();
    let mut taken: HashSet<String> = plain.iter().cloned().collect();
    let mut seen = HashSet::new();
    let different = plain.iter().zip(1..).map(|(label, number)| {
        if !label.is_empty() && seen.insert(label.as_str()) {
            return label.clone();
        }
        let mark = if label.is_empty() { "#" } else { "-" };
        // At most as many are taken as there are channels.
        let others = (number..=number + plain.len()).map(|n| format!("{label}{mark}{n}"));
        let mut others = others;
        let free = others.find(|l| !taken.contains(l)).unwrap_or_default();
        taken.insert(free.clone());
        free
    });
    different.collect()
}

/// Text of a field as readers find it again: of one line, and without `\1`, which stands for a comma.
fn field_text(text: &str) -> String {
    one_line(text).replace("\\1", "\\ 1")
}

fn escaped(text: &str) -> String {
    text.replace(',', "\\1")
}

fn unit(unit: &Unit) -> String {
    match unit {
        Unit::Volts => "V".into(),
        Unit::Millivolts => "mV".into(),
        Unit::Microvolts => "µV".into(),
        Unit::Nanovolts => "nV".into(),
        // Nothing would mean µV.
        Unit::Unspecified => "n/a".into(),
        Unit::Other(text) => escaped(&field_text(text)),
    }
}

/// Radius, inclination and azimuth in degrees, with the inclination negative on the left.
fn polar([x, y, z]: [f64; 3]) -> [f64; 3] {
    let radius = (x * x + y * y + z * z).sqrt();
    if !(radius.is_finite() && radius > 0.0) {
        return [0.0; 3];
    }
    let theta = (z / radius).clamp(-1.0, 1.0).acos().to_degrees();
    let phi = y.atan2(x).to_degrees();
    if phi > 90.0 {
        [radius, -theta, phi - 180.0]
    } else if phi < -90.0 {
        [radius, -theta, phi + 180.0]
    } else {
        [radius, theta, phi]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_come_back() {
        for position in [[0.3, 0.4, 0.5], [-0.3, 0.4, 0.5], [-0.1, -0.9, 0.2], [0.0, 0.0, 1.0], [0.0, 0.0, -85.0]] {
            let [radius, theta, phi] = polar(position);
            let (theta, phi) = (theta.to_radians(), phi.to_radians());
            let back = [theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos()].map(|x| radius * x);
            assert!(position.iter().zip(back).all(|(a, b)| (a - b).abs() < 1e-9), "{position:?} {back:?}");
        }
    }

    #[test]
    fn labels_differ() {
        let channels = ["C3", "", "C3", "", "C3-3"].map(|l| motrace_core::Channel::new(l, Unit::Microvolts)).to_vec();
        let info = motrace_core::StreamInfo { channels, ..Default::default() };
        assert_eq!(labels(&RecordedStream::empty(info)), ["C3", "#2", "C3-4", "#4", "C3-3"]);
    }

    #[test]
    fn commas_have_a_code() {
        assert_eq!(escaped(&field_text("a,b\n\\1c")), "a\\1b \\ 1c");
    }
}
