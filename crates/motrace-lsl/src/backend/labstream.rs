//! The default backend: `labstream`, LSL in Rust. Its inner crate is used, because the outer one does not say the
//! uid of a stream or where it lives.

mod description;

use super::{Found, MeasuredOffset};
use crate::LslError;
use labstream_net::{StreamInfo as NetInfo, config};
use labstream_wire::{Format, Sample, Value};
use motrace_core::{SampleFormat, SampleValues, StreamInfo, clean_text};
use std::cell::Cell;
use std::sync::OnceLock;
use std::time::Duration;

pub(crate) use description::description;

pub(crate) const NAME: &str = "labstream 0.1";

/// How long one wave of queries is listened to; streams on a network answer well within it.
pub(crate) const WAVE: Duration = Duration::from_millis(450);

pub(crate) type Handle = Box<NetInfo>;

pub(crate) fn clock() -> f64 {
    labstream_net::clock()
}

pub(crate) fn set_configuration(text: &str) -> Result<(), LslError> {
    static APPLIED: OnceLock<String> = OnceLock::new();
    let applied = APPLIED.get_or_init(|| {
        config::set_content(text);
        text.to_owned()
    });
    let session = |text: &str| text.lines().find_map(|l| l.strip_prefix("SessionID = ")).unwrap_or("").to_owned();
    if applied != text || config::get().session_id != session(text) {
        return Err(LslError::Invalid(
            "the LSL library has already read another configuration; choose the scope before LSL is first used".into(),
        ));
    }
    Ok(())
}

pub(crate) fn resolve(wait: Duration) -> Result<Vec<Found>, LslError> {
    // The session id is the only text that goes into the query, and it is this computer's own.
    let session = &config::get().session_id;
    let quote = if session.contains('\'') { '"' } else { '\'' };
    let query = format!("session_id={quote}{session}{quote}");
    let found = labstream_net::resolve(&query, usize::MAX, wait)
        .map_err(|e| LslError::Network { stream: "discovery".into(), cause: e.to_string() })?;
    Ok(found.into_iter().filter_map(to_found).collect())
}

fn to_found(info: NetInfo) -> Option<Found> {
    let plain = |text: &str| crate::description::unescape(text);
    Some(Found {
        name: plain(&info.name),
        kind: plain(&info.stream_type),
        source_id: plain(&info.source_id),
        uid: plain(&info.uid),
        host: plain(&info.hostname),
        channel_count: info.channel_count as usize,
        rate_hz: info.nominal_srate,
        format: sample_format(info.format)?,
        handle: Box::new(info),
    })
}

/// One connection to one stream. Ends with the stream; never looks for it again.
pub(crate) struct Inlet {
    inner: labstream_net::Inlet,
    scratch: Vec<Sample>,
    measured: Cell<Option<MeasuredOffset>>,
}

impl Inlet {
    pub(crate) fn open(found: &Found, buffer_samples: usize, timeout: Duration) -> Result<Self, LslError> {
        let buffer = i32::try_from(buffer_samples).unwrap_or(i32::MAX);
        let inner = labstream_net::Inlet::open_with_buffer(&found.handle, timeout, buffer)
            .map_err(|e| LslError::Network { stream: found.describe(), cause: clean_text(&e.to_string(), 200) })?;
        Ok(Self { inner, scratch: Vec::with_capacity(1024), measured: Cell::new(None) })
    }

    /// Appends up to `max` samples, interleaved, with their raw stamps; waits for the first one only.
    pub(crate) fn pull_numbers(
        &mut self,
        values: &mut Vec<f32>,
        stamps: &mut Vec<f64>,
        max: usize,
        wait: Duration,
    ) -> usize {
        self.scratch.clear();
        // The call has no error to report: a closed connection shows in `is_finished`.
        let count = self.inner.pull_chunk(&mut self.scratch, max, wait).unwrap_or(0);
        for sample in &self.scratch {
            stamps.push(sample.timestamp);
            values.extend(sample.values.iter().map(number));
        }
        self.scratch.clear();
        count
    }

    /// Appends what waits, as text; channels are joined by spaces.
    pub(crate) fn pull_texts(&mut self, out: &mut Vec<(f64, String)>, max: usize) {
        self.scratch.clear();
        if self.inner.pull_chunk(&mut self.scratch, max, Duration::ZERO).is_ok() {
            for sample in &self.scratch {
                let words: Vec<String> = sample.values.iter().map(text).collect();
                out.push((sample.timestamp, words.join(" ")));
            }
        }
        self.scratch.clear();
    }

    /// Appends up to `max` samples that wait, as they are; `values` must be of the stream's format.
    pub(crate) fn pull_values(&mut self, values: &mut SampleValues, stamps: &mut Vec<f64>, max: usize) -> usize {
        self.scratch.clear();
        let count = self.inner.pull_chunk(&mut self.scratch, max, Duration::ZERO).unwrap_or(0);
        for sample in self.scratch.drain(..) {
            stamps.push(sample.timestamp);
            append(values, sample.values);
        }
        count
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }

    /// How many samples the library's buffer lost because nobody pulled them in time.
    pub(crate) fn dropped(&self) -> u64 {
        self.inner.samples_dropped()
    }

    /// The newest measurement of the source's clock; the library takes one every two seconds on its own thread.
    ///
    /// It stores the offset first and the round trip after it, and may be interrupted between the two. So they belong
    /// together where both are new, and no other offset was stored before the round trip was read.
    pub(crate) fn offset(&self) -> Option<MeasuredOffset> {
        let offset_secs = self.inner.time_correction()?;
        let round_trip_secs = self.inner.time_uncertainty()?;
        let is_one = self.inner.time_correction() == Some(offset_secs);
        let is_new = |m: MeasuredOffset| m.offset_secs != offset_secs && m.round_trip_secs != round_trip_secs;
        if is_one && self.measured.get().is_none_or(is_new) {
            self.measured.set(Some(MeasuredOffset { offset_secs, round_trip_secs }));
        }
        self.measured.get()
    }
}

fn number(value: &Value) -> f32 {
    match *value {
        Value::F32(x) => x,
        Value::F64(x) => x as f32,
        Value::I8(x) => f32::from(x),
        Value::I16(x) => f32::from(x),
        Value::I32(x) => x as f32,
        Value::I64(x) => x as f32,
        Value::Str(_) => f32::NAN,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Str(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::F32(x) => x.to_string(),
        Value::F64(x) => x.to_string(),
        Value::I8(x) => x.to_string(),
        Value::I16(x) => x.to_string(),
        Value::I32(x) => x.to_string(),
        Value::I64(x) => x.to_string(),
    }
}

/// Appends values of a sample. A value of another format, which the library does not make, becomes a zero or an empty
/// text, so that rows stay rows.
fn append(values: &mut SampleValues, row: Vec<Value>) {
    macro_rules! of {
        ($into:expr, $variant:path, $otherwise:expr) => {
            $into.extend(row.into_iter().map(|value| if let $variant(x) = value { x } else { $otherwise }))
        };
    }
    match values {
        SampleValues::Float32(into) => of!(into, Value::F32, 0.0),
        SampleValues::Double64(into) => of!(into, Value::F64, 0.0),
        SampleValues::Int8(into) => of!(into, Value::I8, 0),
        SampleValues::Int16(into) => of!(into, Value::I16, 0),
        SampleValues::Int32(into) => of!(into, Value::I32, 0),
        SampleValues::Int64(into) => of!(into, Value::I64, 0),
        SampleValues::Text(into) => of!(into, Value::Str, Vec::new()),
    }
}

fn sample_format(format: Format) -> Option<SampleFormat> {
    SampleFormat::ALL.into_iter().find(|known| wire_format(*known) == format)
}

fn wire_format(format: SampleFormat) -> Format {
    match format {
        SampleFormat::Float32 => Format::Float32,
        SampleFormat::Double64 => Format::Double64,
        SampleFormat::Int8 => Format::Int8,
        SampleFormat::Int16 => Format::Int16,
        SampleFormat::Int32 => Format::Int32,
        SampleFormat::Int64 => Format::Int64,
        SampleFormat::Text => Format::String,
    }
}

/// One published stream.
pub(crate) struct Outlet {
    inner: labstream_net::Outlet,
    channels: usize,
}

impl Outlet {
    pub(crate) fn open(stream: &StreamInfo, format: SampleFormat, metadata: &[(&str, &str)]) -> Result<Self, LslError> {
        let format = wire_format(format);
        let channels = stream.channels.len();
        let count = u32::try_from(channels).unwrap_or(u32::MAX);
        let mut info = NetInfo::new(&stream.name, &stream.kind, count, format, stream.rate_hz);
        info.source_id.clone_from(&stream.source_id);
        let list = info.desc.append_child("channels");
        for channel in &stream.channels {
            let node = list.append_child("channel");
            node.append_child_value("label", &channel.label);
            node.append_child_value("unit", channel.unit.name());
            node.append_child_value("type", channel.role.name());
        }
        for (key, value) in metadata {
            info.desc.append_child_value(key, value);
        }
        let inner = labstream_net::Outlet::new(info)
            .map_err(|e| LslError::Network { stream: clean_text(&stream.name, 60), cause: e.to_string() })?;
        Ok(Self { inner, channels })
    }

    pub(crate) fn uid(&self) -> String {
        self.inner.info().uid.clone()
    }

    /// Sends samples of which the last one has this stamp.
    pub(crate) fn push(&mut self, interleaved: &[f32], last_stamp_secs: f64) {
        self.push_values(interleaved, last_stamp_secs, Value::F32);
    }

    /// As `push`, for a stream of double64 samples.
    pub(crate) fn push_f64(&mut self, interleaved: &[f64], last_stamp_secs: f64) {
        self.push_values(interleaved, last_stamp_secs, Value::F64);
    }

    fn push_values<T: Copy>(&mut self, interleaved: &[T], last_stamp_secs: f64, value: fn(T) -> Value) {
        let mut samples = interleaved
            .chunks_exact(self.channels)
            .map(|row| Sample { timestamp: last_stamp_secs, values: row.iter().map(|v| value(*v)).collect() });
        match samples.len() {
            0 => {}
            1 => {
                if let Some(sample) = samples.next() {
                    self.inner.push(&sample);
                }
            }
            _ => self.inner.push_chunk_fast(&samples.collect::<Vec<_>>(), last_stamp_secs),
        }
    }

    pub(crate) fn push_text(&mut self, text: &str, stamp_secs: f64) {
        let values = vec![Value::Str(text.as_bytes().to_vec())];
        self.inner.push(&Sample { timestamp: stamp_secs, values });
    }

    pub(crate) fn consumers(&self) -> bool {
        self.inner.consumer_count() > 0
    }

    pub(crate) fn wait_for_consumers(&self, timeout: Duration) -> bool {
        self.inner.wait_for_consumers(timeout)
    }
}
