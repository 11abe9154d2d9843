//! Records LSL streams of any kind, as they are, into an XDF file that others may be writing to as well.

use motrace_core::{SampleFormat, SampleValues, StreamInfo, clean_text};
use motrace_lsl::{Arrival, ClockMeasurement, Collector, LslError, RawInlet};
use motrace_record::{ClockOffset, RecordError, StreamHandle, XdfWriter};
use serde::Serialize;

/// Between two clock offsets of a stream.
const OFFSET_EVERY_SECS: f64 = 5.0;
/// A stream that is silent for so long, and does not answer, may be replaced by one of the same name and source.
const SILENT_SECS: f64 = 2.0;
/// Samples taken from one stream before it is the next one's turn, in pulls.
const MOST_PULLS: usize = 64;

/// What happened to a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// It is recorded from now on; its description for display.
    Recording(String),
    /// It went away; its name for display.
    Lost(String),
    /// It is there again, and is recorded as before.
    Back(String),
    /// Something of its name and source is there, which is not what it was; that is recorded as a stream of its own.
    Changed {
        /// Its name for display.
        name: String,
        /// The difference.
        what: String,
    },
    /// It is not recorded, for this reason.
    Refused(String),
}

/// What was recorded of a stream.
#[derive(Debug, Clone, Serialize)]
pub struct StreamTotal {
    /// Its name.
    pub name: String,
    /// Its content type.
    #[serde(rename = "type")]
    pub kind: String,
    /// How its values are represented, as LSL and XDF name it.
    pub format: &'static str,
    /// How many channels it has.
    pub channels: usize,
    /// Its nominal rate; 0 where it is irregular.
    pub rate_hz: f64,
    /// Samples written.
    pub samples: u64,
    /// The raw stamp of the first one.
    pub first_secs: Option<f64>,
    /// The raw stamp of the last one.
    pub last_secs: Option<f64>,
    /// Clock offsets written.
    pub clock_offsets: u64,
    /// Samples that the buffer lost because the disk was too slow.
    pub dropped: u64,
    /// Times it was lost.
    pub losses: u64,
}

/// Records every stream that is wanted, from the moment it appears.
///
/// It reads from the network in [`turn`](Self::turn) only, which is to be called several times a second; minutes are
/// buffered in between.
pub struct StreamRecorder {
    collector: Collector,
    /// Streams that are open but not announced in the file yet.
    opened: Vec<(Box<RawInlet>, Vec<String>)>,
    refused: Vec<LslError>,
    streams: Vec<Stream>,
    values: SampleValues,
    stamps: Vec<f64>,
}

struct Stream {
    handle: StreamHandle,
    info: StreamInfo,
    format: SampleFormat,
    inlet: Option<Box<RawInlet>>,
    /// When something last came, by the caller's clock.
    heard_secs: f64,
    offset: Option<ClockMeasurement>,
    offset_written_secs: Option<f64>,
    total: StreamTotal,
}

impl StreamRecorder {
    /// Begins to look for streams. `is_wanted` is asked with what a stream announces: without labels and units.
    ///
    /// # Errors
    /// When the search cannot be started.
    pub fn start(is_wanted: impl Fn(&StreamInfo) -> bool + Send + 'static) -> Result<Self, LslError> {
        Ok(Self {
            collector: Collector::start(is_wanted)?,
            opened: Vec::new(),
            refused: Vec::new(),
            streams: Vec::new(),
            values: SampleValues::new(SampleFormat::Float32),
            stamps: Vec::new(),
        })
    }

    /// The streams that are open, recorded or not yet.
    pub fn found(&mut self) -> impl Iterator<Item = &StreamInfo> {
        self.collect();
        self.opened.iter().map(|(inlet, _)| inlet.info()).chain(self.streams.iter().map(|s| &s.info))
    }

    /// How often all that answered has been looked at.
    pub fn looks(&self) -> u64 {
        self.collector.looks()
    }

    /// Writes what has come. `now_secs` is any clock that only goes forward. What happened goes to `tell`.
    ///
    /// # Errors
    /// When writing fails.
    pub fn turn(
        &mut self,
        writer: &mut XdfWriter,
        now_secs: f64,
        tell: &mut dyn FnMut(Happening),
    ) -> Result<(), RecordError> {
        self.collect();
        for refused in self.refused.drain(..) {
            tell(Happening::Refused(refused.to_string()));
        }
        for (inlet, answering) in std::mem::take(&mut self.opened) {
            self.place(inlet, &answering, writer, now_secs, tell)?;
        }
        for stream in &mut self.streams {
            stream.pull(&mut self.values, &mut self.stamps, writer, now_secs)?;
            if stream.inlet.as_ref().is_some_and(|inlet| inlet.is_finished()) {
                stream.close(&self.collector);
                tell(Happening::Lost(shown(&stream.info)));
            }
        }
        Ok(())
    }

    /// Writes what is left, and says what was recorded.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self, writer: &mut XdfWriter, now_secs: f64) -> Result<Vec<StreamTotal>, RecordError> {
        self.turn(writer, now_secs, &mut |_| ())?;
        for stream in &mut self.streams {
            stream.write_offset(writer, now_secs)?;
        }
        Ok(self.totals())
    }

    /// What has been recorded so far.
    pub fn totals(&self) -> Vec<StreamTotal> {
        self.streams.iter().map(Stream::total).collect()
    }

    fn collect(&mut self) {
        while let Some(arrival) = self.collector.next() {
            match arrival {
                Arrival::Opened { inlet, answering } => self.opened.push((inlet, answering)),
                Arrival::Refused(error) => self.refused.push(error),
            }
        }
    }

    /// Finds the place of a connection: the stream that it continues, or a new one.
    fn place(
        &mut self,
        inlet: Box<RawInlet>,
        answering: &[String],
        writer: &mut XdfWriter,
        now_secs: f64,
        tell: &mut dyn FnMut(Happening),
    ) -> Result<(), RecordError> {
        // A twin that still answers, or sends, is another stream.
        let is_gone = |s: &Stream| {
            s.inlet.is_none() || (now_secs - s.heard_secs > SILENT_SECS && !answering.contains(&s.info.uid))
        };
        let mut difference = None;
        for stream in self.streams.iter_mut().filter(|s| is_same_source(&s.info, inlet.info()) && is_gone(s)) {
            difference = inlet.difference(&stream.info, stream.format);
            if difference.is_none() {
                if stream.inlet.is_some() {
                    stream.close(&self.collector);
                }
                stream.info = inlet.info().clone();
                stream.heard_secs = now_secs;
                stream.inlet = Some(inlet);
                tell(Happening::Back(shown(&stream.info)));
                return Ok(());
            }
        }
        if let Some(what) = difference {
            tell(Happening::Changed { name: shown(inlet.info()), what });
        }
        let (info, format) = (inlet.info().clone(), inlet.format());
        let handle = match writer.add_stream_raw(&info, format, inlet.description()) {
            Err(refused @ RecordError::Stream { .. }) => {
                tell(Happening::Refused(refused.to_string()));
                return Ok(());
            }
            added => added?,
        };
        tell(Happening::Recording(described(&info, format)));
        let total = StreamTotal {
            name: info.name.clone(),
            kind: info.kind.clone(),
            format: format.name(),
            channels: info.channels.len(),
            rate_hz: info.rate_hz,
            samples: 0,
            first_secs: None,
            last_secs: None,
            clock_offsets: 0,
            dropped: 0,
            losses: 0,
        };
        self.streams.push(Stream {
            handle,
            info,
            format,
            inlet: Some(inlet),
            heard_secs: now_secs,
            offset: None,
            offset_written_secs: None,
            total,
        });
        Ok(())
    }
}

impl Stream {
    fn pull(
        &mut self,
        values: &mut SampleValues,
        stamps: &mut Vec<f64>,
        writer: &mut XdfWriter,
        now_secs: f64,
    ) -> Result<(), RecordError> {
        let Some(inlet) = &mut self.inlet else { return Ok(()) };
        for _ in 0..MOST_PULLS {
            if inlet.pull(values, stamps) == 0 {
                break;
            }
            self.heard_secs = now_secs;
            self.total.samples += stamps.len() as u64;
            self.total.first_secs = self.total.first_secs.or(stamps.first().copied());
            self.total.last_secs = stamps.last().copied();
            writer.write_values(self.handle, stamps, values)?;
        }
        self.offset = inlet.new_clock_measurement().or(self.offset);
        if self.offset_written_secs.is_none_or(|last| now_secs - last >= OFFSET_EVERY_SECS) {
            self.write_offset(writer, now_secs)?;
        }
        Ok(())
    }

    /// Writes the newest comparison of the clocks, if there is one that is not in the file yet.
    fn write_offset(&mut self, writer: &mut XdfWriter, now_secs: f64) -> Result<(), RecordError> {
        let Some(ClockMeasurement { time_secs, offset_secs }) = self.offset.take() else { return Ok(()) };
        self.offset_written_secs = Some(now_secs);
        self.total.clock_offsets += 1;
        writer.write_clock_offset(self.handle, ClockOffset { time_secs, offset_secs })
    }

    fn close(&mut self, collector: &Collector) {
        if let Some(inlet) = self.inlet.take() {
            self.total.dropped += inlet.dropped();
            self.total.losses += 1;
            collector.release(&inlet.info().uid);
        }
    }

    fn total(&self) -> StreamTotal {
        let dropped = self.total.dropped + self.inlet.as_ref().map_or(0, |inlet| inlet.dropped());
        StreamTotal { dropped, ..self.total.clone() }
    }
}

/// Whether both come from one source: by its id or, where it has none, by type and host.
pub fn is_same_source(one: &StreamInfo, other: &StreamInfo) -> bool {
    one.name == other.name
        && one.source_id == other.source_id
        && (!one.source_id.is_empty() || (one.kind == other.kind && one.host == other.host))
}

fn shown(info: &StreamInfo) -> String {
    format!("`{}`", clean_text(&info.name, 60))
}

fn described(info: &StreamInfo, format: SampleFormat) -> String {
    let rate = if info.is_irregular() { "irregular".to_owned() } else { format!("at {} Hz", info.rate_hz) };
    let count = info.channels.len();
    let channels = if count == 1 { "1 channel".to_owned() } else { format!("{count} channels") };
    let kind = if info.kind.is_empty() { "no type".to_owned() } else { clean_text(&info.kind, 30) };
    let host = if info.host.is_empty() { String::new() } else { format!(", from {}", clean_text(&info.host, 60)) };
    format!("{} ({kind}, {channels} of {}, {rate}{host})", shown(info), format.name())
}
