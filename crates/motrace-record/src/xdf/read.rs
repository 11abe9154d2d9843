use super::frame::{self, Frame, is_plausible, resynchronise, varlen};
use super::sliding::Sliding;
use super::stream::{Decoded, RawStream};
use super::{clock, header};
use crate::bytes::Unreadable;
use crate::recording::Contents;
use crate::timeline::Timeline;
use crate::warnings::Warnings;
use crate::{ClockOffset, RecordedStream, timing};
use motrace_core::clean_text;
use std::collections::BTreeMap;
use std::path::Path;

/// The channels of all streams together; a header of 200 bytes can announce thousands.
const MOST_CHANNELS: usize = 65_536;

/// Reads everything that can be read from an XDF file.
///
/// Where a chunk is damaged, the complete samples before the damage are kept, and reading goes on at the next
/// boundary or at the next position where one chunk follows another.
pub(crate) fn read(bytes: &[u8]) -> Result<Contents, String> {
    let mut reader = Reader::default();
    let view = View { bytes, begin: 0 };
    let mut pos = 4;
    while pos < bytes.len() {
        pos = reader.step(view, pos);
    }
    reader.finish_whole()
}

/// The same from a file that is read from the front.
pub(crate) fn read_from(path: &Path) -> Result<Contents, Unreadable> {
    let mut file = Sliding::open(path)?;
    let mut reader = Reader::default();
    while file.step(&mut reader)?.is_some() {}
    Ok(reader.finish_whole()?)
}

/// The part of a file that is in memory: up to its end, or further than the chunk in question and the beginning of the
/// next one.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) bytes: &'a [u8],
    /// Its place in the file, for messages.
    pub(super) begin: usize,
}

/// What has been read so far. Positions are those in the view.
#[derive(Debug, Default)]
pub(super) struct Reader {
    streams: Vec<RawStream>,
    places: BTreeMap<u32, usize>,
    /// Streams whose header could not be used; their samples are skipped.
    refused: BTreeMap<u32, usize>,
    /// Channels of all streams together.
    channels: usize,
    warnings: Warnings,
    start: Option<String>,
}

/// Something that cannot be what a chunk holds; reading may go on behind `at`.
struct Damage {
    at: usize,
    what: String,
}

fn damage<T>(at: usize, what: impl Into<String>) -> Result<T, Damage> {
    Err(Damage { at, what: what.into() })
}

impl Reader {
    /// Reads the chunk at `pos` and gives the position at which to go on, wherever that is after damage.
    pub(super) fn step(&mut self, view: View, pos: usize) -> usize {
        match self.chunk(view, pos) {
            Ok(next) => next,
            Err(Damage { at, what }) => self.recover(view, pos, at, &what),
        }
    }

    pub(super) fn is_plausible(&self, view: View, pos: usize) -> bool {
        is_plausible(view.bytes, pos, |id| self.is_announced(id))
    }

    /// The stream of this number, if it has a usable header.
    pub(super) fn stream(&mut self, id: u32) -> Option<&mut RawStream> {
        self.places.get(&id).and_then(|i| self.streams.get_mut(*i))
    }

    /// The stream at this place, in the order of the headers.
    pub(super) fn at(&mut self, place: usize) -> Option<&mut RawStream> {
        self.streams.get_mut(place)
    }

    /// The place of a stream of numbers, and how many bytes the values of a sample have.
    pub(super) fn numbers_of(&self, id: u32) -> Option<(usize, usize)> {
        let place = *self.places.get(&id)?;
        Some((place, self.streams.get(place)?.sample_bytes()?))
    }

    fn is_announced(&self, id: u32) -> bool {
        self.places.contains_key(&id) || self.refused.contains_key(&id)
    }

    /// Reads the chunk at `pos` and gives the position behind it.
    fn chunk(&mut self, view: View, pos: usize) -> Result<usize, Damage> {
        let Some(frame) = Frame::at(view.bytes, pos) else {
            return damage(pos + 1, "no chunk begins where one should");
        };
        match frame.tag {
            frame::SAMPLES => self.samples(view, frame),
            frame::CLOCK_OFFSET => self.clock_offset(view, frame),
            frame::BOUNDARY_TAG => {
                let content = self.content(view, frame)?;
                if content.0 != frame::BOUNDARY {
                    damage(pos + 1, "a boundary chunk is not one")
                } else {
                    Ok(content.1)
                }
            }
            frame::STREAM_HEADER => self.stream_header(view, frame),
            frame::FILE_HEADER => {
                let (xml, next) = self.content(view, frame)?;
                self.start = header::element(xml, "datetime").map(|t| clean_text(&t, 64));
                Ok(next)
            }
            frame::STREAM_FOOTER => self.footer(view, frame),
            tag if self.is_plausible(view, frame.end) && frame.end <= view.bytes.len() => {
                self.warnings.push(format!("byte {}: skipped a chunk of unknown kind {tag}", view.begin + pos));
                Ok(frame.end)
            }
            tag => damage(pos + 1, format!("a chunk has the unknown kind {tag}")),
        }
    }

    /// A chunk's content and the position behind it. A wrong length of an XML chunk is put right.
    fn content<'a>(&self, view: View<'a>, frame: Frame) -> Result<(&'a [u8], usize), Damage> {
        if frame.end <= view.bytes.len() && self.is_plausible(view, frame.end) {
            return Ok((&view.bytes[frame.body..frame.end], frame.end));
        }
        let rest = &view.bytes[frame.body.min(view.bytes.len())..];
        if rest.starts_with(b"<")
            && let Some(at) = rest.windows(frame::TEXT_END.len()).position(|w| w == frame::TEXT_END)
            && let Some(end) = (0..3)
                .map(|space| frame.body + at + frame::TEXT_END.len() + space)
                .find(|e| self.is_plausible(view, *e))
        {
            return Ok((&view.bytes[frame.body..end], end));
        }
        if frame.end <= view.bytes.len() && frame.is_known() {
            // The damage lies behind this chunk.
            return Ok((&view.bytes[frame.body..frame.end], frame.end));
        }
        damage(frame.body, "a chunk is longer than the file")
    }

    fn stream_header(&mut self, view: View, frame: Frame) -> Result<usize, Damage> {
        let (xml, next) = self.content(view, frame)?;
        if self.is_announced(frame.stream) {
            self.warnings.push(format!("stream {} is announced twice; the first header counts", frame.stream));
            return Ok(next);
        }
        match header::parse(xml) {
            Ok((info, ..)) if self.channels + info.channels.len() > MOST_CHANNELS => {
                self.warnings.push(format!("stream {} is left out: more than {MOST_CHANNELS} channels", frame.stream));
                self.refused.insert(frame.stream, 0);
            }
            Ok((info, format, remark)) => {
                self.channels += info.channels.len();
                if let Some(remark) = remark {
                    self.warnings.push(format!("stream {}: {remark}", frame.stream));
                }
                self.places.insert(frame.stream, self.streams.len());
                self.streams.push(RawStream::new(frame.stream, info, format));
            }
            Err(why) => {
                self.warnings.push(format!("stream {} is left out: {why}", frame.stream));
                self.refused.insert(frame.stream, 0);
            }
        }
        Ok(next)
    }

    fn footer(&mut self, view: View, frame: Frame) -> Result<usize, Damage> {
        let (xml, next) = self.content(view, frame)?;
        let count = header::element(xml, "sample_count").and_then(|t| t.parse().ok());
        if let Some(stream) = self.places.get(&frame.stream).and_then(|i| self.streams.get_mut(*i)) {
            stream.has_footer = true;
            stream.footer_count = count;
        }
        Ok(next)
    }

    fn clock_offset(&mut self, view: View, frame: Frame) -> Result<usize, Damage> {
        let number = |at| view.bytes.get(at..).and_then(|b: &[u8]| b.first_chunk()).map(|b| f64::from_le_bytes(*b));
        let (Some(time_secs), Some(offset_secs)) = (number(frame.body), number(frame.body + 8)) else {
            return damage(frame.body, "a clock offset is cut off");
        };
        if !self.is_announced(frame.stream) {
            return damage(
                frame.body,
                format!("a clock offset belongs to stream {}, which has no header", frame.stream),
            );
        }
        if let Some(stream) = self.places.get(&frame.stream).and_then(|i| self.streams.get_mut(*i)) {
            if time_secs.is_finite() && offset_secs.is_finite() {
                stream.offsets.push(ClockOffset { time_secs, offset_secs });
            } else {
                self.warnings.push(format!("stream {}: a clock offset is not a number; left out", frame.stream));
            }
        }
        Ok(frame.end)
    }

    fn samples(&mut self, view: View, frame: Frame) -> Result<usize, Damage> {
        let Some((count, begin)) = varlen(view.bytes, frame.body) else {
            return damage(frame.body, "the number of samples cannot be read");
        };
        let ends_well = frame.end <= view.bytes.len() && self.is_plausible(view, frame.end);
        let Some(place) = self.places.get(&frame.stream).copied() else {
            let skipped = self.refused.entry(frame.stream).or_default();
            if *skipped == 0 && ends_well {
                self.warnings.push(format!("samples of stream {} are skipped: it has no usable header", frame.stream));
            }
            *skipped += 1;
            return if ends_well { Ok(frame.end) } else { damage(frame.body, "a chunk of a stream without header") };
        };
        let bytes = view.bytes;
        let decoded = self.streams[place].decode(bytes, begin, frame.end, count);
        if decoded.count == count && decoded.end == frame.end {
            return Ok(frame.end);
        }
        if ends_well {
            // The chunk's length is right, so its number of samples is not, or a sample is damaged.
            let stream = &mut self.streams[place];
            let sure = stream.stamps.len();
            let nothing = Decoded { count: 0, end: decoded.end, is_broken: false };
            let mut more =
                if decoded.count == count { stream.decode(bytes, decoded.end, frame.end, u64::MAX) } else { nothing };
            if more.end != frame.end {
                // What is left over is not a row of samples.
                stream.truncate(sure);
                more = nothing;
            }
            self.warnings.push(format!(
                "byte {}: a chunk of stream {} announces {count} samples; {} could be read",
                view.begin + frame.body,
                frame.stream,
                decoded.count + more.count
            ));
            return Ok(frame.end);
        }
        // The chunk's length is wrong, or the file ends inside it: its number of samples decides.
        let sure = self.streams[place].stamps.len();
        let more = if decoded.is_broken {
            Decoded { count: 0, end: decoded.end, is_broken: false }
        } else {
            self.streams[place].decode(bytes, decoded.end, bytes.len(), count - decoded.count)
        };
        let got = decoded.count + more.count;
        if got == count && self.is_plausible(view, more.end) {
            self.warnings.push(format!(
                "byte {}: the length of a chunk is wrong; all its {count} samples were read",
                view.begin + frame.body
            ));
            return Ok(more.end);
        }
        if got < count && !decoded.is_broken && !more.is_broken {
            // Nothing was wrong up to the end of the file.
            self.warnings.push(format!(
                "the file ends inside a chunk of stream {}: {got} of its {count} samples were read",
                frame.stream
            ));
            return Ok(bytes.len());
        }
        // Beyond the announced end it might be anything.
        self.streams[place].truncate(sure);
        damage(decoded.end, format!("a chunk of stream {} is damaged behind {} samples", frame.stream, decoded.count))
    }

    /// Finds where to go on after damage in the chunk at `pos`.
    fn recover(&mut self, view: View, pos: usize, from: usize, what: &str) -> usize {
        let left = view.bytes.len() - pos;
        match resynchronise(view.bytes, from.max(pos + 1), |id| self.is_announced(id)) {
            Some(next) => {
                self.warnings.push(format!("byte {}: {what}; went on at byte {}", view.begin + pos, view.begin + next));
                next
            }
            None => {
                self.warnings.push(format!(
                    "byte {}: {what}; nothing could be read from the last {left} bytes",
                    view.begin + pos
                ));
                view.bytes.len()
            }
        }
    }

    /// Everything that was read.
    pub(super) fn finish_whole(self) -> Result<Contents, String> {
        let (mut contents, timelines) = self.finish()?;
        for (stream, timeline) in contents.streams.iter_mut().zip(timelines) {
            stream.stamps_secs = timeline.into_stamps();
        }
        Ok(contents)
    }

    /// Everything but the stamps, and what gives those.
    pub(super) fn finish(mut self) -> Result<(Contents, Vec<Timeline>), String> {
        if self.streams.is_empty() {
            let why = self
                .warnings
                .into_list()
                .into_iter()
                .next()
                .unwrap_or_else(|| "nothing follows its first bytes".into());
            return Err(format!("no stream could be read ({why})"));
        }
        let without_footer = self.streams.iter().filter(|s| !s.has_footer).count();
        if without_footer > 0 {
            self.warnings.push(format!(
                "{without_footer} of {} streams have no footer: the recording was not closed",
                self.streams.len()
            ));
        }
        let mut warnings = self.warnings;
        let (streams, timelines) = self.streams.into_iter().map(|s| finish_stream(s, &mut warnings)).unzip();
        Ok((Contents { streams, warnings, start: self.start, ..Contents::default() }, timelines))
    }
}

fn finish_stream(mut raw: RawStream, warnings: &mut Warnings) -> (RecordedStream, Timeline) {
    let name = format!("stream {} ({})", raw.id, clean_text(&raw.info.name, 40));
    if raw.bad_stamps > 0 {
        warnings.push(format!("{name}: {} stamps were not numbers and were deduced", raw.bad_stamps));
    }
    if let Some(stray) = clock::drop_stray_tail(&mut raw) {
        warnings.push(format!(
            "{name}: {stray} samples behind the last clock offset were left out, as liblsl invented them"
        ));
    }
    let mut arrival = raw.stamps;
    clock::synchronise(&mut arrival, &raw.offsets);
    let fit = timing::fit(&arrival, raw.info.rate_hz);
    for remark in fit.remarks {
        warnings.push(format!("{name}: {remark}"));
    }
    let stream = RecordedStream {
        id: raw.id,
        samples: raw.samples,
        arrival_secs: arrival,
        gaps: fit.gaps,
        effective_rate_hz: fit.effective_rate_hz,
        rate_between_gaps_hz: fit.rate_between_gaps_hz,
        clock_offsets: raw.offsets,
        ..RecordedStream::empty(raw.info)
    };
    (stream, fit.timeline)
}
