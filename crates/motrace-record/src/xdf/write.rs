use super::frame::{self, BOUNDARY};
use crate::{ClockOffset, RecordError};
use motrace_core::{StreamInfo, Unit};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// A boundary, from which readers can go on after damage, is written this often.
const BOUNDARY_SECS: f64 = 10.0;
/// What was written reaches the operating system at least this often.
const FLUSH_SECS: f64 = 0.5;
/// More than this is not held back while the file cannot be written.
const MAX_PENDING_BYTES: usize = 64 << 20;

/// Names a stream of an [`XdfWriter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamHandle(usize);

#[derive(Debug)]
struct Written {
    name: String,
    channels: usize,
    is_text: bool,
    first_secs: f64,
    last_secs: f64,
    samples: u64,
    offsets: Vec<ClockOffset>,
}

/// Writes an XDF recording while it happens.
///
/// Every chunk is complete in itself, so a file whose writer was killed holds all samples up to the last
/// flush; call [`flush_if_due`](Self::flush_if_due) often and at most half a second is lost. After a failure to
/// write (a full disk), what could not be written is held back and written in order once that is possible.
#[derive(Debug)]
pub struct XdfWriter {
    file: File,
    path: PathBuf,
    streams: Vec<Written>,
    pending: Vec<u8>,
    chunk: Vec<u8>,
    last_flush_secs: Option<f64>,
    last_boundary_secs: Option<f64>,
}

impl XdfWriter {
    /// Begins a new file. An existing one is never overwritten.
    ///
    /// # Errors
    /// When the file exists or cannot be created.
    pub fn create(path: &Path) -> Result<Self, RecordError> {
        Self::create_dated(path, SystemTime::now())
    }

    /// Begins a new file that says it began at this time; what is made from a seed has no date of its own, and
    /// the same seed shall give the same bytes.
    ///
    /// # Errors
    /// When the file exists or cannot be created.
    pub fn create_dated(path: &Path, began: SystemTime) -> Result<Self, RecordError> {
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|source| RecordError::Io {
            doing: "create",
            path: path.to_owned(),
            source,
        })?;
        let mut writer = Self {
            file,
            path: path.to_owned(),
            streams: Vec::new(),
            pending: b"XDF:".to_vec(),
            chunk: Vec::new(),
            last_flush_secs: None,
            last_boundary_secs: None,
        };
        let header = format!(
            "<?xml version=\"1.0\"?><info><version>1.0</version><datetime>{}</datetime></info>",
            utc_text(began)
        );
        writer.put(frame::FILE_HEADER, None, header.as_bytes())?;
        writer.flush()?;
        Ok(writer)
    }

    /// Announces a stream: 32-bit floats, or strings if it is a text stream.
    ///
    /// # Errors
    /// When its size is beyond the limits, or writing fails.
    pub fn add_stream(&mut self, info: &StreamInfo) -> Result<StreamHandle, RecordError> {
        StreamInfo::check_limits(info.channels.len(), info.rate_hz, 0.0)
            .map_err(|e| RecordError::Stream { name: info.name.clone(), what: e.to_string() })?;
        let handle = StreamHandle(self.streams.len());
        self.put(frame::STREAM_HEADER, Some(handle), header_xml(info).as_bytes())?;
        self.streams.push(Written {
            name: info.name.clone(),
            channels: info.channels.len(),
            is_text: info.is_text,
            first_secs: 0.0,
            last_secs: 0.0,
            samples: 0,
            offsets: Vec::new(),
        });
        self.flush()?;
        Ok(handle)
    }

    /// Writes samples, interleaved `[samples × channels]`, with one stamp each in the stream's own clock.
    ///
    /// # Errors
    /// When the lengths do not fit, the stream is one of strings, or writing fails.
    pub fn write_samples(
        &mut self,
        stream: StreamHandle,
        stamps_secs: &[f64],
        samples: &[f32],
    ) -> Result<(), RecordError> {
        let channels = self.expect(stream, false)?.channels;
        if samples.len() != stamps_secs.len() * channels {
            let what = format!("{} values are not {} samples of {channels} channels", samples.len(), stamps_secs.len());
            return Err(self.refuse(stream, what));
        }
        if stamps_secs.is_empty() {
            return Ok(());
        }
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.clear();
        put_length(&mut chunk, stamps_secs.len());
        for (stamp, row) in stamps_secs.iter().zip(samples.chunks_exact(channels)) {
            put_stamp(&mut chunk, *stamp);
            chunk.extend(row.iter().flat_map(|x| x.to_le_bytes()));
        }
        let result = self.put(frame::SAMPLES, Some(stream), &chunk);
        self.chunk = chunk;
        result?;
        self.count(stream, stamps_secs);
        Ok(())
    }

    /// Writes one string to a text stream of one channel.
    ///
    /// # Errors
    /// When the stream is not such a one, or writing fails.
    pub fn write_text(&mut self, stream: StreamHandle, stamp_secs: f64, text: &str) -> Result<(), RecordError> {
        if self.expect(stream, true)?.channels != 1 {
            return Err(self.refuse(stream, "strings can be written to streams of one channel only".into()));
        }
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.clear();
        put_length(&mut chunk, 1);
        put_stamp(&mut chunk, stamp_secs);
        put_length(&mut chunk, text.len());
        chunk.extend_from_slice(text.as_bytes());
        let result = self.put(frame::SAMPLES, Some(stream), &chunk);
        self.chunk = chunk;
        result?;
        self.count(stream, &[stamp_secs]);
        Ok(())
    }

    /// Notes how far the stream's clock was from the recorder's: what has to be added to its stamps.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_clock_offset(&mut self, stream: StreamHandle, offset: ClockOffset) -> Result<(), RecordError> {
        let bytes = [offset.time_secs.to_le_bytes(), offset.offset_secs.to_le_bytes()].concat();
        self.put(frame::CLOCK_OFFSET, Some(stream), &bytes)?;
        if let Some(stream) = self.streams.get_mut(stream.0) {
            stream.offsets.push(offset);
        }
        Ok(())
    }

    /// Hands what was written to the operating system if half a second has passed, and writes a boundary every
    /// ten. `now_secs` is any clock that only goes forward.
    ///
    /// # Errors
    /// When writing fails; nothing is lost by that, it is tried again with the next call.
    pub fn flush_if_due(&mut self, now_secs: f64) -> Result<(), RecordError> {
        let is_due = |last: Option<f64>, every: f64| last.is_none_or(|last| now_secs - last >= every);
        if is_due(self.last_boundary_secs, BOUNDARY_SECS) {
            self.put(frame::BOUNDARY_TAG, None, &BOUNDARY)?;
            self.last_boundary_secs = Some(now_secs);
        }
        if is_due(self.last_flush_secs, FLUSH_SECS) {
            self.last_flush_secs = Some(now_secs);
            self.flush()?;
        }
        Ok(())
    }

    /// Hands everything to the operating system now.
    ///
    /// # Errors
    /// When writing fails.
    pub fn flush(&mut self) -> Result<(), RecordError> {
        let mut done = 0;
        let mut result = Ok(());
        while done < self.pending.len() && result.is_ok() {
            match self.file.write(&self.pending[done..]) {
                Ok(0) => result = Err(std::io::ErrorKind::WriteZero.into()),
                Ok(count) => done += count,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => result = Err(e),
            }
        }
        self.pending.drain(..done);
        result.map_err(|source| RecordError::Io { doing: "write", path: self.path.clone(), source })
    }

    /// Writes the footers and closes the file.
    ///
    /// # Errors
    /// When writing fails; the file then is as one whose writer was killed.
    pub fn finish(mut self) -> Result<(), RecordError> {
        for number in 0..self.streams.len() {
            let footer = footer_xml(&self.streams[number]);
            self.put(frame::STREAM_FOOTER, Some(StreamHandle(number)), footer.as_bytes())?;
        }
        self.flush()?;
        self.file.sync_all().map_err(|source| RecordError::Io { doing: "write", path: self.path.clone(), source })
    }

    fn put(&mut self, tag: u16, stream: Option<StreamHandle>, content: &[u8]) -> Result<(), RecordError> {
        if self.pending.len() + content.len() > MAX_PENDING_BYTES {
            self.flush()?;
        }
        let length = 2 + if stream.is_some() { 4 } else { 0 } + content.len();
        put_length(&mut self.pending, length);
        self.pending.extend(tag.to_le_bytes());
        if let Some(StreamHandle(number)) = stream {
            self.pending.extend((number as u32 + 1).to_le_bytes());
        }
        self.pending.extend_from_slice(content);
        Ok(())
    }

    fn expect(&self, handle: StreamHandle, is_text: bool) -> Result<&Written, RecordError> {
        match self.streams.get(handle.0) {
            Some(stream) if stream.is_text == is_text => Ok(stream),
            Some(_) => Err(self.refuse(handle, "strings and numbers cannot be mixed".into())),
            None => Err(self.refuse(handle, "it belongs to another recording".into())),
        }
    }

    fn refuse(&self, handle: StreamHandle, what: String) -> RecordError {
        RecordError::Stream { name: self.streams.get(handle.0).map(|s| s.name.clone()).unwrap_or_default(), what }
    }

    fn count(&mut self, handle: StreamHandle, stamps: &[f64]) {
        let (Some(stream), Some(first), Some(last)) = (self.streams.get_mut(handle.0), stamps.first(), stamps.last())
        else {
            return;
        };
        if stream.samples == 0 {
            stream.first_secs = *first;
        }
        stream.last_secs = *last;
        stream.samples += stamps.len() as u64;
    }
}

fn put_length(into: &mut Vec<u8>, length: usize) {
    match (u8::try_from(length), u32::try_from(length)) {
        (Ok(short), _) => into.extend([1, short]),
        (_, Ok(long)) => {
            into.push(4);
            into.extend(long.to_le_bytes());
        }
        _ => {
            into.push(8);
            into.extend((length as u64).to_le_bytes());
        }
    }
}

fn put_stamp(into: &mut Vec<u8>, stamp: f64) {
    into.push(8);
    into.extend(stamp.to_le_bytes());
}

fn header_xml(info: &StreamInfo) -> String {
    let mut xml = String::from("<?xml version=\"1.0\"?><info>");
    element(&mut xml, "name", &info.name);
    element(&mut xml, "type", &info.kind);
    element(&mut xml, "channel_count", &info.channels.len().to_string());
    element(&mut xml, "nominal_srate", &info.rate_hz.to_string());
    element(&mut xml, "channel_format", if info.is_text { "string" } else { "float32" });
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
    xml.push_str("</channels></desc></info>");
    xml
}

fn footer_xml(stream: &Written) -> String {
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

/// A time as `2026-11-22T20:40:30+0000`. Civil dates from day numbers after Hinnant.
/// A time as `2026-11-22T20:40:30+0000`.
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
