//! Writing EDF+ and BDF+.
//!
//! All signals begin together; a record holds a whole number of samples of each. Pauses fall between records, and the
//! file is then discontinuous (EDF+D). Markers become annotations.

mod fields;
mod header;
mod labels;
mod limits;
mod lists;
mod records;

pub(crate) use limits::{Encoding, Stored};

use crate::convert::{Course, Losses, Pauses, Start, WrittenEvent, WrittenStream, cut_to, one_line};
use crate::{Format, RecordedEvent, RecordedStream};
use lists::{Lists, Note};
use motrace_core::{Channel, clean_text};
use records::Records;
use std::io::{self, Write};

/// Readers take shorter pauses for rounding; and a pause needs a length.
const PAUSES: Pauses = Pauses { least_secs: 0.002, unknown_secs: 1.0 };
/// A record takes no more than this; other programs refuse records of more than 10 MB.
const MOST_RECORD_BYTES: usize = 8 << 20;
/// Longer texts of annotations are cut: every record has room for the longest.
const LONGEST_TEXT_BYTES: usize = 1000;

/// One signal of the file.
struct Signal<'a> {
    stream: &'a RecordedStream,
    channel: usize,
    /// The place of its stream among those written.
    place: usize,
    label: String,
    encoding: Encoding,
}

/// What the file holds, and where.
pub(crate) struct Layout<'a> {
    format: Format,
    signals: Vec<Signal<'a>>,
    records: Records,
    /// When each record begins.
    onsets_secs: Vec<f64>,
    lists: Lists,
    start: Option<Start>,
    pub(crate) streams: Vec<WrittenStream>,
    pub(crate) events: Vec<WrittenEvent>,
}

impl<'a> Layout<'a> {
    /// Plans a file with the streams at these places of `all`, the first of which times are counted by.
    ///
    /// # Errors
    /// What cannot be written, and what to do.
    pub(crate) fn of(
        format: Format,
        all: &'a [RecordedStream],
        places: &[usize],
        events: &[RecordedEvent],
        start: Option<Start>,
        losses: &mut Losses,
    ) -> Result<Self, String> {
        let name = format.name();
        let mut chosen: Vec<(usize, &RecordedStream)> =
            places.iter().filter_map(|p| all.get(*p).map(|s| (*p, s))).collect();
        let Some((_, main)) = chosen.first().copied() else { return Err("there is nothing to write".into()) };
        let first_secs = start.map_or(0.0, Start::fraction_secs);
        let course = Course::of(main, first_secs, PAUSES);
        let stretches: Vec<usize> = course.stretches.iter().map(|s| s.count).collect();
        let sample_bytes = if format == Format::Bdf { 3 } else { 2 };

        let shape = |chosen: &[(usize, &RecordedStream)]| {
            let rates: Vec<f64> = chosen.iter().map(|(_, s)| s.info.rate_hz).collect();
            let main_rate = main.info.rate_hz;
            let row: f64 = chosen.iter().map(|(_, s)| s.info.channels.len() as f64 * s.info.rate_hz / main_rate).sum();
            let largest = (MOST_RECORD_BYTES as f64 / (row * sample_bytes as f64)) as usize;
            records::choose(&rates, &stretches, largest)
        };
        let mut records = shape(&chosen);
        // Others go with it where they begin with it and pause with it.
        if chosen.len() > 1 {
            let fits = |place: usize, stream: &RecordedStream, records: &Records| {
                let count = records.samples.get(place).copied().unwrap_or(0);
                keeps_pace(stream, main, count, &records.counts)
            };
            if !records.as_ref().is_some_and(|r| chosen.iter().enumerate().all(|(i, (_, s))| fits(i, s, r))) {
                let mut kept = vec![chosen[0]];
                for (place, stream) in chosen.drain(1..) {
                    let mut with = kept.clone();
                    with.push((place, stream));
                    if shape(&with).is_some_and(|r| with.iter().enumerate().all(|(i, (_, s))| fits(i, s, &r))) {
                        kept = with;
                    } else {
                        losses.push(format!(
                            "stream {:?} is left out: {name} holds signals that begin and pause together",
                            clean_text(&stream.info.name, 40)
                        ));
                    }
                }
                chosen = kept;
                records = shape(&chosen);
            }
        }
        let records = records.ok_or_else(|| {
            if stretches.len() > 1 {
                format!(
                    "its pauses do not fall between whole records of {name} at {} Hz; BrainVision (.vhdr) and XDF hold them",
                    main.info.rate_hz
                )
            } else {
                format!("no record of {name} holds {} Hz; BrainVision (.vhdr) and XDF do", main.info.rate_hz)
            }
        })?;

        let channels: Vec<&Channel> = chosen.iter().flat_map(|(_, s)| &s.info.channels).collect();
        let mut names = labels::labels(&channels).into_iter();
        let mut signals = Vec::with_capacity(channels.len());
        let mut streams = Vec::with_capacity(chosen.len());
        for (place, (index, stream)) in chosen.iter().enumerate() {
            let mut written = WrittenStream::of(*index, stream, course_of(stream, first_secs));
            written.padding = records.counts.iter().sum::<usize>() * records.samples[place] - stream.sample_count();
            written.rate_hz = records.samples[place] as f64 / records.secs;
            for channel in 0..stream.info.channels.len() {
                let encoding = Encoding::of(stream, channel, sample_bytes);
                let label = names.next().unwrap_or_default();
                written.labels.push(label.clone());
                written.encodings.push(encoding.clone());
                signals.push(Signal { stream, channel, place, label, encoding });
            }
            streams.push(written);
        }

        let mut onsets_secs = Vec::new();
        for (stretch, count) in course.stretches.iter().zip(&records.counts) {
            onsets_secs.extend((0..*count).map(|k| stretch.written_secs + k as f64 * records.secs));
        }
        let events = annotations(events, &course, losses);
        let notes: Vec<Note> = events
            .iter()
            .map(|e| Note { onset_secs: e.time_secs, duration_secs: e.duration_secs, text: &e.text })
            .collect();
        let lists = Lists::of(&onsets_secs, &notes, sample_bytes);
        Ok(Self { format, signals, records, onsets_secs, lists, start, streams, events })
    }

    fn is_continuous(&self) -> bool {
        self.records.counts.len() <= 1
    }

    fn sample_bytes(&self) -> usize {
        if self.format == Format::Bdf { 3 } else { 2 }
    }

    /// Writes the file; counts in `streams` what could not be kept.
    pub(crate) fn write(&mut self, out: &mut impl Write) -> io::Result<()> {
        header::write(out, self.format, self, self.start)?;
        let width = self.sample_bytes();
        let mut record: Vec<u8> = Vec::new();
        for number in 0..self.onsets_secs.len() {
            record.clear();
            for signal in &self.signals {
                let channels = signal.stream.info.channels.len();
                let count = self.records.samples[signal.place];
                let written = &mut self.streams[signal.place];
                for i in number * count..(number + 1) * count {
                    // What fills the last record repeats the last value.
                    let row = i.min(signal.stream.sample_count().saturating_sub(1));
                    let value = signal.stream.samples.value(row * channels + signal.channel).unwrap_or(f64::NAN);
                    let stored = signal.encoding.store(value);
                    if row == i {
                        match stored {
                            Stored::Kept(_) => {}
                            Stored::Clipped(_) => written.clipped[signal.channel] += 1,
                            Stored::Missing(_) => written.missing[signal.channel] += 1,
                        }
                    }
                    record.extend_from_slice(&stored.number().to_le_bytes()[..width]);
                }
            }
            let list = self.lists.records.get(number).map_or(&[][..], Vec::as_slice);
            record.extend_from_slice(list);
            record.resize(record.len() + self.lists.bytes - list.len(), 0);
            out.write_all(&record)?;
        }
        Ok(())
    }
}

fn course_of(stream: &RecordedStream, first_secs: f64) -> Course {
    Course::of(stream, first_secs, PAUSES)
}

/// Whether a stream begins with the first one, and takes the same records between the same pauses.
fn keeps_pace(stream: &RecordedStream, main: &RecordedStream, samples: usize, counts: &[usize]) -> bool {
    let (course, first) = (course_of(stream, 0.0), course_of(main, 0.0));
    let [Some(ours), Some(theirs)] = [course.stretches.first(), first.stretches.first()] else { return false };
    let is_together = (ours.start_secs - theirs.start_secs).abs() <= 0.5 / stream.info.rate_hz;
    let pauses_alike = course.stretches.len() == first.stretches.len()
        && course.stretches.iter().zip(&first.stretches).all(|(a, b)| (a.written_secs - b.written_secs).abs() < 1e-3);
    let last = counts.len().saturating_sub(1);
    let fills = course.stretches.iter().zip(counts).enumerate().all(|(i, (stretch, count))| {
        let all = count * samples;
        if i == last { stretch.count <= all && all - stretch.count < samples.max(1) } else { stretch.count == all }
    });
    is_together && pauses_alike && fills
}

/// The markers as annotations hold them.
fn annotations(events: &[RecordedEvent], course: &Course, losses: &mut Losses) -> Vec<WrittenEvent> {
    let (mut changed, mut blank) = (0, 0);
    let mut written = Vec::with_capacity(events.len());
    for event in events {
        let text = cut_to(&one_line(&event.text), LONGEST_TEXT_BYTES);
        if text.is_empty() {
            blank += 1;
            continue;
        }
        changed += usize::from(text != event.text);
        let time_secs = course.written_time(event.time_secs);
        written.push(WrittenEvent {
            time_secs,
            duration_secs: event.duration_secs,
            text,
            kind: String::new(),
            channel: None,
        });
    }
    losses.count(blank, "markers without text are left out");
    losses.count(
        changed,
        "markers have line breaks, control characters or more than 1000 bytes; their text is cleaned or cut",
    );
    written.sort_by(|a, b| a.time_secs.total_cmp(&b.time_secs));
    written
}
