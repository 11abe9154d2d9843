mod chunk;
mod xml;

use super::frame::{self, BOUNDARY};
use crate::{ClockOffset, RecordError};
use chunk::{put_length, put_numbers, put_samples, put_stamp, put_text};
use motrace_core::{SampleFormat, SampleValues, StreamInfo};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
pub use xml::utc_text;

/// A boundary, from which readers can go on after damage, is written this often.
const BOUNDARY_SECS: f64 = 10.0;
/// What was written reaches the operating system at least this often.
const FLUSH_SECS: f64 = 0.5;
/// More than this is not held back while the file cannot be written.
const MAX_PENDING_BYTES: usize = 64 << 20;
/// Longer headers are refused, as they are when reading.
const MAX_HEADER_BYTES: usize = 4 << 20;

/// Names a stream of an [`XdfWriter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamHandle(usize);

#[derive(Debug)]
struct Written {
    name: String,
    channels: usize,
    format: SampleFormat,
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
        writer.put(frame::FILE_HEADER, None, xml::file(began).as_bytes())?;
        writer.flush()?;
        Ok(writer)
    }

    /// Announces a stream: 32-bit floats, or strings if it is a text stream.
    ///
    /// # Errors
    /// When its size is beyond the limits, or more than can be held back waits to be written.
    pub fn add_stream(&mut self, info: &StreamInfo) -> Result<StreamHandle, RecordError> {
        let format = if info.is_text { SampleFormat::Text } else { SampleFormat::Float32 };
        self.add_stream_of(info, format, &[])
    }

    /// Announces a stream of any format, with what else is to be said of it: each key becomes an element of its
    /// description, beside the channels.
    ///
    /// # Errors
    /// When its size is beyond the limits, the format does not fit it, or more than can be held back waits to be written.
    pub fn add_stream_of(
        &mut self,
        info: &StreamInfo,
        format: SampleFormat,
        metadata: &[(&str, &str)],
    ) -> Result<StreamHandle, RecordError> {
        self.add_stream_raw(info, format, &xml::header(info, format, metadata))
    }

    /// Announces a stream under a header that it brought along, such as the description of an LSL stream, which is
    /// kept as it is. It has to say what `info` and `format` say.
    ///
    /// # Errors
    /// When its size is beyond the limits, the format does not fit it, or more than can be held back waits to be written.
    pub fn add_stream_raw(
        &mut self,
        info: &StreamInfo,
        format: SampleFormat,
        header: &str,
    ) -> Result<StreamHandle, RecordError> {
        let refused = |what: String| RecordError::Stream { name: info.name.clone(), what };
        StreamInfo::check_limits(info.channels.len(), info.rate_hz, 0.0).map_err(|e| refused(e.to_string()))?;
        if header.len() > MAX_HEADER_BYTES {
            return Err(refused(format!("its header has {} MiB; at most 4 are accepted", header.len() >> 20)));
        }
        if info.is_text != (format == SampleFormat::Text) {
            return Err(refused(format!("its samples are not {}", format.name())));
        }
        let handle = StreamHandle(self.streams.len());
        self.put(frame::STREAM_HEADER, Some(handle), header.as_bytes())?;
        self.streams.push(Written {
            name: info.name.clone(),
            channels: info.channels.len(),
            format,
            first_secs: 0.0,
            last_secs: 0.0,
            samples: 0,
            offsets: Vec::new(),
        });
        // What cannot be written now is held back, and the next flush says so; the stream is announced in any case.
        let _ = self.flush();
        Ok(handle)
    }

    /// Writes samples, interleaved `[samples × channels]`, with one stamp each in the stream's own clock.
    ///
    /// # Errors
    /// When the lengths do not fit, the stream is not one of 32-bit floats, or writing fails.
    pub fn write_samples(
        &mut self,
        stream: StreamHandle,
        stamps_secs: &[f64],
        samples: &[f32],
    ) -> Result<(), RecordError> {
        let channels = self.expect(stream, SampleFormat::Float32, stamps_secs.len(), samples.len())?;
        let put = |chunk: &mut Vec<u8>| put_numbers(chunk, stamps_secs, samples, channels, f32::to_le_bytes);
        self.put_chunk(stream, stamps_secs, put)
    }

    /// As [`write_samples`](Self::write_samples), for a stream of 64-bit floats.
    ///
    /// # Errors
    /// When the lengths do not fit, the stream is not one of 64-bit floats, or writing fails.
    pub fn write_samples_f64(
        &mut self,
        stream: StreamHandle,
        stamps_secs: &[f64],
        samples: &[f64],
    ) -> Result<(), RecordError> {
        let channels = self.expect(stream, SampleFormat::Double64, stamps_secs.len(), samples.len())?;
        let put = |chunk: &mut Vec<u8>| put_numbers(chunk, stamps_secs, samples, channels, f64::to_le_bytes);
        self.put_chunk(stream, stamps_secs, put)
    }

    /// As [`write_samples`](Self::write_samples), for a stream of any format.
    ///
    /// # Errors
    /// When the lengths do not fit, the stream has another format, or writing fails.
    pub fn write_values(
        &mut self,
        stream: StreamHandle,
        stamps_secs: &[f64],
        values: &SampleValues,
    ) -> Result<(), RecordError> {
        let channels = self.expect(stream, values.format(), stamps_secs.len(), values.len())?;
        self.put_chunk(stream, stamps_secs, |chunk| put_samples(chunk, stamps_secs, values, channels))
    }

    /// Writes one string to a text stream of one channel.
    ///
    /// # Errors
    /// When the stream is not such a one, or writing fails.
    pub fn write_text(&mut self, stream: StreamHandle, stamp_secs: f64, text: &str) -> Result<(), RecordError> {
        self.expect(stream, SampleFormat::Text, 1, 1)?;
        self.put_chunk(stream, &[stamp_secs], |chunk| {
            put_length(chunk, 1);
            put_stamp(chunk, stamp_secs);
            put_text(chunk, text.as_bytes());
        })
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
            let footer = xml::footer(&self.streams[number]);
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

    /// Writes a chunk of samples, and counts them.
    fn put_chunk(
        &mut self,
        stream: StreamHandle,
        stamps: &[f64],
        put: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), RecordError> {
        if stamps.is_empty() {
            return Ok(());
        }
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.clear();
        put(&mut chunk);
        let result = self.put(frame::SAMPLES, Some(stream), &chunk);
        self.chunk = chunk;
        result?;
        self.count(stream, stamps);
        Ok(())
    }

    /// Checks that so many values of this format are so many samples of the stream; gives its channel count.
    fn expect(
        &self,
        handle: StreamHandle,
        format: SampleFormat,
        samples: usize,
        values: usize,
    ) -> Result<usize, RecordError> {
        let Some(stream) = self.streams.get(handle.0) else {
            return Err(self.refuse(handle, "it belongs to another recording".into()));
        };
        if stream.format != format {
            let (is, given) = (stream.format.name(), format.name());
            return Err(self.refuse(handle, format!("its samples are {is}, not {given}")));
        }
        let channels = stream.channels;
        if samples.checked_mul(channels) != Some(values) {
            let what = format!("{values} values are not {samples} samples of {channels} channels");
            return Err(self.refuse(handle, what));
        }
        Ok(channels)
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
