//! The reference library, liblsl, through the crate `lsl`. Build it with the cargo feature `liblsl`.

mod native;

use super::{Found, MeasuredOffset};
use crate::LslError;
use crate::description::unescape;
use lsl::{ChannelFormat, Pullable};
use motrace_core::{SampleFormat, SampleValues, StreamInfo, clean_text};
use native::Movable;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

pub(crate) const NAME: &str = "liblsl";

/// How long one wave of queries is listened to. The library asks single addresses half a second after it has asked
/// the multicast groups.
pub(crate) const WAVE: Duration = Duration::from_millis(900);

/// The library's own object, which knows the address that the stream answered from; its XML does not.
pub(crate) type Handle = Arc<Mutex<Movable<lsl::StreamInfo>>>;

/// Parts of a description, and how deep they may lie in each other.
const MOST_PARTS: usize = 200_000;
const MOST_NESTED: usize = 32;

/// Seconds that a first clock measurement may take before it is tried again.
const CLOCK_TIMEOUT_SECS: f64 = 2.0;

pub(crate) fn clock() -> f64 {
    lsl::local_clock()
}

pub(crate) fn set_configuration(text: &str) -> Result<(), LslError> {
    static APPLIED: OnceLock<String> = OnceLock::new();
    let mut first = false;
    let applied = APPLIED.get_or_init(|| {
        first = true;
        text.to_owned()
    });
    if first {
        native::set_configuration(text)?;
    }
    if applied == text {
        return Ok(());
    }
    Err(LslError::Invalid(
        "the LSL library has already read another configuration; choose the scope before LSL is first used".into(),
    ))
}

pub(crate) fn resolve(wait: Duration) -> Result<Vec<Found>, LslError> {
    let found = lsl::resolve_streams(wait.as_secs_f64())
        .map_err(|e| LslError::Network { stream: "discovery".into(), cause: e.to_string() })?;
    Ok(found.into_iter().filter_map(to_found).collect())
}

fn to_found(info: lsl::StreamInfo) -> Option<Found> {
    let xml = info.to_xml().ok()?;
    let field = |name: &str| {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let from = xml.find(&open)? + open.len();
        let length = xml.get(from..)?.find(&close)?;
        xml.get(from..from + length).map(unescape)
    };
    Some(Found {
        name: field("name")?,
        kind: field("type").unwrap_or_default(),
        source_id: field("source_id").unwrap_or_default(),
        uid: field("uid")?,
        host: field("hostname").unwrap_or_default(),
        channel_count: usize::try_from(info.channel_count()).unwrap_or(0),
        rate_hz: info.nominal_srate(),
        format: sample_format(info.channel_format())?,
        handle: Arc::new(Mutex::new(Movable(info))),
    })
}

/// The full description, as the library hands it on. It reads whatever the source sends; only what comes out can be
/// bounded here.
pub(crate) fn description(found: &Found, timeout: Duration) -> Result<Vec<u8>, LslError> {
    let network = |e: lsl::Error| LslError::Network { stream: found.describe(), cause: e.to_string() };
    let inlet = new_inlet(&found.handle, 1).map_err(network)?;
    let mut info = inlet.info(timeout.as_secs_f64()).map_err(network)?;
    if !is_modest(info.desc().parent()) {
        let reason = "its description has too many parts, or parts within parts".to_owned();
        return Err(LslError::Refused { stream: found.describe(), reason });
    }
    info.to_xml().map(String::into_bytes).map_err(network)
}

/// Whether a description can be written out: the library indents what is nested, so that its text grows with the
/// square of the depth.
fn is_modest(root: lsl::XMLElement) -> bool {
    let mut open = vec![(root, 0)];
    let mut parts = 0;
    while let Some((part, depth)) = open.pop() {
        parts += 1;
        if depth > MOST_NESTED || parts > MOST_PARTS {
            return false;
        }
        let mut child = part.first_child();
        while !child.empty() && open.len() <= MOST_PARTS {
            let next = child.next_sibling();
            open.push((child, depth + 1));
            child = next;
        }
    }
    true
}

fn new_inlet(handle: &Handle, buffer: i32) -> Result<lsl::StreamInlet, lsl::Error> {
    let info = handle.lock().unwrap_or_else(PoisonError::into_inner);
    lsl::StreamInlet::new(&info.0, buffer, 0, false)
}

/// One connection to one stream. Ends with the stream; never looks for it again.
pub(crate) struct Inlet {
    inner: Movable<lsl::StreamInlet>,
    row: Vec<f32>,
    channels: usize,
    finished: bool,
    clock: Arc<ClockWatch>,
}

impl Inlet {
    pub(crate) fn open(found: &Found, buffer_samples: usize, timeout: Duration) -> Result<Self, LslError> {
        let network = |e: lsl::Error| LslError::Network { stream: found.describe(), cause: e.to_string() };
        // The library counts in seconds, or in hundreds of samples where there is no rate.
        let per_unit = if found.rate_hz > 0.0 { found.rate_hz } else { 100.0 };
        let length = (buffer_samples as f64 / per_unit).ceil().clamp(1.0, 3600.0) as i32;
        let inlet = new_inlet(&found.handle, length).map_err(network)?;
        inlet.open_stream(timeout.as_secs_f64()).map_err(network)?;
        let clock = ClockWatch::start(Arc::clone(&found.handle));
        let row = vec![0.0; found.channel_count];
        Ok(Self { inner: Movable(inlet), row, channels: found.channel_count, finished: false, clock })
    }

    /// Appends up to `max` samples, interleaved, with their raw stamps; waits for the first one only.
    pub(crate) fn pull_numbers(
        &mut self,
        values: &mut Vec<f32>,
        stamps: &mut Vec<f64>,
        max: usize,
        wait: Duration,
    ) -> usize {
        if self.finished {
            std::thread::sleep(wait);
            return 0;
        }
        let mut timeout = wait.as_secs_f64();
        let mut count = 0;
        while count < max {
            match self.inner.0.pull_sample_buf(&mut self.row, timeout) {
                Ok(0.0) => break,
                Ok(stamp) => {
                    stamps.push(stamp);
                    values.extend_from_slice(self.row.get(..self.channels).unwrap_or(&[]));
                }
                Err(error) => {
                    self.note(&error);
                    break;
                }
            }
            count += 1;
            timeout = 0.0;
        }
        count
    }

    /// Appends what waits, as text; channels are joined by spaces.
    pub(crate) fn pull_texts(&mut self, out: &mut Vec<(f64, String)>, max: usize) {
        for _ in 0..max {
            if self.finished {
                return;
            }
            // Bytes, not strings: the wrapper refuses texts that are no UTF-8.
            let pulled: Result<(Vec<Vec<u8>>, f64), _> = self.inner.0.pull_sample(0.0);
            match pulled {
                Ok((_, 0.0)) => return,
                Ok((words, stamp)) => {
                    let words: Vec<String> = words.iter().map(|w| String::from_utf8_lossy(w).into_owned()).collect();
                    out.push((stamp, words.join(" ")));
                }
                Err(error) => self.note(&error),
            }
        }
    }

    /// Appends up to `max` samples that wait, as they are; `values` must be of the stream's format.
    pub(crate) fn pull_values(&mut self, values: &mut SampleValues, stamps: &mut Vec<f64>, max: usize) -> usize {
        if self.finished {
            return 0;
        }
        let (inlet, channels) = (&self.inner.0, self.channels);
        let pulled = match values {
            SampleValues::Float32(into) => pull_rows(inlet, channels, into, stamps, max),
            SampleValues::Double64(into) => pull_rows(inlet, channels, into, stamps, max),
            SampleValues::Int8(into) => pull_rows(inlet, channels, into, stamps, max),
            SampleValues::Int16(into) => pull_rows(inlet, channels, into, stamps, max),
            SampleValues::Int32(into) => pull_rows(inlet, channels, into, stamps, max),
            SampleValues::Int64(into) => pull_rows(inlet, channels, into, stamps, max),
            SampleValues::Text(into) => pull_rows(inlet, channels, into, stamps, max),
        };
        if let Some(error) = pulled.1 {
            self.note(&error);
        }
        pulled.0
    }

    /// A lost stream is the end; anything else shows again at the next pull.
    fn note(&mut self, error: &lsl::Error) {
        match error {
            lsl::Error::StreamLost => self.finished = true,
            other => tracing::debug!("{other}"),
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    /// The library does not say what its buffer lost; a loss shows as a gap in the stamps.
    pub(crate) fn dropped(&self) -> u64 {
        0
    }

    /// The newest measurement of the source's clock.
    pub(crate) fn offset(&self) -> Option<MeasuredOffset> {
        *self.clock.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.clock.stop.store(true, Ordering::Relaxed);
    }
}

/// Measures the source's clock with an inlet and a thread of its own: the measurement blocks where the time ports
/// do, and must not hold up any data.
struct ClockWatch {
    newest: Mutex<Option<MeasuredOffset>>,
    stop: AtomicBool,
}

impl ClockWatch {
    fn start(handle: Handle) -> Arc<Self> {
        let watch = Arc::new(Self { newest: Mutex::new(None), stop: AtomicBool::new(false) });
        let shared = Arc::clone(&watch);
        let run = move || {
            let Ok(inlet) = new_inlet(&handle, 1) else { return };
            let mut seen = None;
            while !shared.stop.load(Ordering::Relaxed) {
                match inlet.time_correction_ex(CLOCK_TIMEOUT_SECS) {
                    // The library repeats its newest measurement until it has another.
                    Ok((offset_secs, remote_secs, round_trip_secs)) if seen != Some((offset_secs, remote_secs)) => {
                        seen = Some((offset_secs, remote_secs));
                        let measured = MeasuredOffset { offset_secs, round_trip_secs };
                        *shared.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(measured);
                    }
                    Ok(_) | Err(lsl::Error::Timeout) => {}
                    Err(error) => {
                        tracing::debug!("{error}");
                        return;
                    }
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        };
        if let Err(e) = std::thread::Builder::new().name("lsl-clock".into()).spawn(run) {
            tracing::error!("the clock of a stream cannot be measured: {e}");
        }
        watch
    }
}

/// One published stream.
pub(crate) struct Outlet {
    inner: Movable<lsl::StreamOutlet>,
    channels: usize,
    rate_hz: f64,
    row: Vec<f32>,
    row_f64: Vec<f64>,
}

impl Outlet {
    pub(crate) fn open(stream: &StreamInfo, format: SampleFormat, metadata: &[(&str, &str)]) -> Result<Self, LslError> {
        let network = |e: lsl::Error| LslError::Network { stream: clean_text(&stream.name, 60), cause: e.to_string() };
        let channels = stream.channels.len();
        let count = u32::try_from(channels).unwrap_or(u32::MAX);
        let format = library_format(format);
        let mut info =
            lsl::StreamInfo::new(&stream.name, &stream.kind, count, stream.rate_hz, format, &stream.source_id)
                .map_err(network)?;
        let mut list = info.desc().append_child("channels");
        for channel in &stream.channels {
            let mut node = list.append_child("channel");
            node.append_child_value("label", &channel.label);
            node.append_child_value("unit", channel.unit.name());
            node.append_child_value("type", channel.role.name());
        }
        for (key, value) in metadata {
            info.desc().append_child_value(key, value);
        }
        let outlet = lsl::StreamOutlet::new(&info, 0, 360).map_err(network)?;
        let (row, row_f64) = (Vec::with_capacity(channels), Vec::with_capacity(channels));
        Ok(Self { inner: Movable(outlet), channels, rate_hz: stream.rate_hz, row, row_f64 })
    }

    pub(crate) fn uid(&self) -> String {
        self.inner.0.info().map(|i| i.uid()).unwrap_or_default()
    }

    /// Sends samples of which the last one has this stamp.
    pub(crate) fn push(&mut self, interleaved: &[f32], last_stamp_secs: f64) {
        let (outlet, row) = (&self.inner.0, &mut self.row);
        push_rows(outlet, row, interleaved, self.channels, self.rate_hz, last_stamp_secs);
    }

    /// As `push`, for a stream of double64 samples.
    pub(crate) fn push_f64(&mut self, interleaved: &[f64], last_stamp_secs: f64) {
        let (outlet, row) = (&self.inner.0, &mut self.row_f64);
        push_rows(outlet, row, interleaved, self.channels, self.rate_hz, last_stamp_secs);
    }

    pub(crate) fn push_text(&mut self, text: &str, stamp_secs: f64) {
        use lsl::ExPushable;
        if let Err(e) = self.inner.0.push_sample_ex(&vec![text], stamp_secs, true) {
            tracing::warn!("a text could not be sent: {e}");
        }
    }

    pub(crate) fn consumers(&self) -> bool {
        self.inner.0.have_consumers()
    }

    pub(crate) fn wait_for_consumers(&self, timeout: Duration) -> bool {
        self.inner.0.wait_for_consumers(timeout.as_secs_f64())
    }
}

/// Sends rows one after the other, through a buffer of the type that the library takes.
fn push_rows<T: Copy>(
    outlet: &lsl::StreamOutlet,
    buffer: &mut Vec<T>,
    interleaved: &[T],
    channels: usize,
    rate_hz: f64,
    last_stamp_secs: f64,
) where
    lsl::StreamOutlet: lsl::ExPushable<Vec<T>>,
{
    use lsl::ExPushable;
    let rows = interleaved.chunks_exact(channels);
    let count = rows.len();
    for (k, row) in rows.enumerate() {
        // One stamp for the chunk, the rest deduced from it, as the library's own chunks are sent.
        let stamp = match (k, rate_hz > 0.0) {
            (0, true) => last_stamp_secs - (count - 1) as f64 / rate_hz,
            (0, false) => last_stamp_secs,
            _ => lsl::DEDUCED_TIMESTAMP,
        };
        buffer.clear();
        buffer.extend_from_slice(row);
        if let Err(e) = outlet.push_sample_ex(buffer, stamp, k + 1 == count) {
            tracing::warn!("a sample could not be sent: {e}");
        }
    }
}

fn library_format(format: SampleFormat) -> ChannelFormat {
    match format {
        SampleFormat::Float32 => ChannelFormat::Float32,
        SampleFormat::Double64 => ChannelFormat::Double64,
        SampleFormat::Int8 => ChannelFormat::Int8,
        SampleFormat::Int16 => ChannelFormat::Int16,
        SampleFormat::Int32 => ChannelFormat::Int32,
        SampleFormat::Int64 => ChannelFormat::Int64,
        SampleFormat::Text => ChannelFormat::String,
    }
}

/// Appends samples that wait, and says how many, and what went wrong.
fn pull_rows<T: Clone + Default>(
    inlet: &lsl::StreamInlet,
    channels: usize,
    into: &mut Vec<T>,
    stamps: &mut Vec<f64>,
    max: usize,
) -> (usize, Option<lsl::Error>)
where
    lsl::StreamInlet: Pullable<T>,
{
    let mut row = Vec::with_capacity(channels);
    for count in 0..max {
        match inlet.pull_sample_buf(&mut row, 0.0) {
            Ok(0.0) => return (count, None),
            Ok(stamp) => {
                stamps.push(stamp);
                row.resize(channels, T::default());
                into.extend_from_slice(&row);
            }
            Err(error) => return (count, Some(error)),
        }
    }
    (max, None)
}

fn sample_format(format: ChannelFormat) -> Option<SampleFormat> {
    Some(match format {
        ChannelFormat::Float32 => SampleFormat::Float32,
        ChannelFormat::Double64 => SampleFormat::Double64,
        ChannelFormat::Int8 => SampleFormat::Int8,
        ChannelFormat::Int16 => SampleFormat::Int16,
        ChannelFormat::Int32 => SampleFormat::Int32,
        ChannelFormat::Int64 => SampleFormat::Int64,
        ChannelFormat::String => SampleFormat::Text,
        ChannelFormat::Undefined => return None,
    })
}
