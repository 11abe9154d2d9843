use crate::warnings::Warnings;
use crate::{RecordError, edf, xdf};
use motrace_core::{Gap, StreamInfo};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Extensible Data Format, as LabRecorder writes it.
    Xdf,
    /// European Data Format, plain or EDF+.
    Edf,
    /// BioSemi's 24-bit variant of EDF, plain or BDF+.
    Bdf,
}

impl Format {
    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Xdf => "XDF",
            Self::Edf => "EDF",
            Self::Bdf => "BDF",
        }
    }

    /// The format that the first bytes of a file announce, or a description of what they are instead.
    fn detect(bytes: &[u8]) -> Result<Self, String> {
        match bytes {
            [] => Err("empty".into()),
            [b'X', b'D', b'F', b':', ..] => Ok(Self::Xdf),
            [0xff, b'B', b'I', b'O', b'S', b'E', b'M', b'I', ..] => Ok(Self::Bdf),
            [b'0', b' ', b' ', b' ', b' ', b' ', b' ', b' ', ..] => Ok(Self::Edf),
            [0x1f, 0x8b, ..] => Err("a gzip-compressed file (decompress it first)".into()),
            [b'G', b'D', b'F', b' ', ..] => Err("a GDF recording".into()),
            [b'B', b'r', b'a', b'i', b'n', b' ', ..] => Err("a BrainVision header".into()),
            [b'P', b'K', 3, 4, ..] => Err("a ZIP archive".into()),
            _ if bytes.iter().take(512).all(|b| (*b >= 0x20 && *b != 0x7f) || b"\t\r\n".contains(b)) => {
                Err("a text file".into())
            }
            _ => Err("in a format that is not known".into()),
        }
    }
}

/// The samples of a stream, interleaved `[samples × channels]`, as the file stores them.
///
/// EDF and BDF samples are scaled to their physical unit and held as `F32`.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit floats.
    F64(Vec<f64>),
    /// 8-bit integers.
    I8(Vec<i8>),
    /// 16-bit integers.
    I16(Vec<i16>),
    /// 32-bit integers.
    I32(Vec<i32>),
    /// 64-bit integers.
    I64(Vec<i64>),
    /// Strings.
    Text(Vec<String>),
}

impl Samples {
    /// How many values there are: samples × channels.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::I8(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::I32(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The strings, or nothing if these are numbers.
    #[must_use]
    pub fn text(&self) -> &[String] {
        if let Self::Text(v) = self { v } else { &[] }
    }

    /// The value at a position; `None` for strings and beyond the end.
    #[must_use]
    pub fn value(&self, at: usize) -> Option<f64> {
        match self {
            Self::F32(v) => v.get(at).map(|x| f64::from(*x)),
            Self::F64(v) => v.get(at).copied(),
            Self::I8(v) => v.get(at).map(|x| f64::from(*x)),
            Self::I16(v) => v.get(at).map(|x| f64::from(*x)),
            Self::I32(v) => v.get(at).map(|x| f64::from(*x)),
            Self::I64(v) => v.get(at).map(|x| *x as f64),
            Self::Text(_) => None,
        }
    }

    /// Appends the values in `range` as `f32`, which is exact for `F32`, `I8` and `I16`; nothing is
    /// appended for strings. The range is cut to what is there.
    pub fn extend_f32(&self, range: Range<usize>, into: &mut Vec<f32>) {
        let range = range.start.min(self.len())..range.end.min(self.len());
        match self {
            Self::F32(v) => into.extend_from_slice(&v[range]),
            Self::F64(v) => into.extend(v[range].iter().map(|x| *x as f32)),
            Self::I8(v) => into.extend(v[range].iter().map(|x| f32::from(*x))),
            Self::I16(v) => into.extend(v[range].iter().map(|x| f32::from(*x))),
            Self::I32(v) => into.extend(v[range].iter().map(|x| *x as f32)),
            Self::I64(v) => into.extend(v[range].iter().map(|x| *x as f32)),
            Self::Text(_) => {}
        }
    }
}

/// One measurement of how far a stream's clock is from the recorder's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockOffset {
    /// When it was measured, in the stream's clock.
    pub time_secs: f64,
    /// What has to be added to the stream's clock to get the recorder's.
    pub offset_secs: f64,
}

/// One stream of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedStream {
    /// What the file says about it.
    pub info: StreamInfo,
    /// Its number in the file.
    pub id: u32,
    /// Its samples, interleaved `[samples × channels]`, in the unit of each channel.
    pub samples: Samples,
    /// The time of each sample in the recording's clock, in seconds. In regular streams delivery jitter
    /// is taken out between gaps, so that these rise evenly from gap to gap.
    pub stamps_secs: Vec<f64>,
    /// The time of each sample in the recording's clock as it was stamped, jitter included; empty where
    /// that is no different (EDF).
    pub arrival_secs: Vec<f64>,
    /// How long each event lasts, for annotations; `NaN` where no duration is given, empty for other streams.
    pub durations_secs: Vec<f64>,
    /// Where samples are missing.
    pub gaps: Vec<Gap>,
    /// Samples per second from the first to the last, gaps included, in hertz; 0 for irregular streams.
    pub effective_rate_hz: f64,
    /// The measured rate between gaps, which is the device's own, in hertz; 0 for irregular streams.
    pub rate_between_gaps_hz: f64,
    /// The clock offsets found in the file.
    pub clock_offsets: Vec<ClockOffset>,
}

impl RecordedStream {
    /// How many samples it has.
    #[must_use]
    pub fn sample_count(&self) -> usize {
        self.stamps_secs.len()
    }

    /// The time of a sample in the recording's clock; extrapolated at the measured rate beyond the last one.
    #[must_use]
    pub fn time_of_index(&self, index: u64) -> f64 {
        let period = if self.rate_between_gaps_hz > 0.0 { 1.0 / self.rate_between_gaps_hz } else { 0.0 };
        match (usize::try_from(index).ok().and_then(|i| self.stamps_secs.get(i)), self.stamps_secs.last()) {
            (Some(time), _) => *time,
            (None, Some(last)) => last + (index - self.stamps_secs.len() as u64 + 1) as f64 * period,
            (None, None) => index as f64 * period,
        }
    }

    /// The first sample that is not before `time_secs`; the number of samples if all are.
    #[must_use]
    pub fn index_of_time(&self, time_secs: f64) -> u64 {
        self.index_of_time_if(time_secs, self.stamps_secs.is_sorted())
    }

    /// As [`index_of_time`](Self::index_of_time), for callers that know whether stamps never go back (they do
    /// where a clock was reset and the recorder did not measure it).
    pub(crate) fn index_of_time_if(&self, time_secs: f64, is_sorted: bool) -> u64 {
        let index = if is_sorted {
            self.stamps_secs.partition_point(|t| *t < time_secs)
        } else {
            self.stamps_secs.iter().position(|t| *t >= time_secs).unwrap_or(self.stamps_secs.len())
        };
        index as u64
    }

    /// The time between the first and the last sample, in seconds.
    #[must_use]
    pub fn duration_secs(&self) -> f64 {
        match (self.stamps_secs.first(), self.stamps_secs.last()) {
            (Some(first), Some(last)) => last - first,
            _ => 0.0,
        }
    }
}

/// What a reader of one format finds in a file.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) streams: Vec<RecordedStream>,
    pub(crate) warnings: Warnings,
    pub(crate) start: Option<String>,
}

/// A recording, read whole into memory.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
    /// Its streams, in the order in which the file announces them.
    pub streams: Vec<RecordedStream>,
    /// What was repaired, skipped or missing.
    pub warnings: Vec<String>,
    /// The SHA-256 of the whole file, in hexadecimal.
    pub sha256: String,
    /// When it began, as the file says it.
    pub start: Option<String>,
}

impl Recording {
    /// Reads a file, whatever its name ends in.
    ///
    /// # Errors
    /// When the file cannot be read, is not a recording, or holds nothing that can be read. A file that is
    /// merely cut off or damaged in places opens, with [`warnings`](Self::warnings).
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let io = |source| RecordError::Io { doing: "read", path: path.to_owned(), source };
        let mut file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if metadata.is_dir() {
            return Err(RecordError::NotARecording { path: path.to_owned(), found: "a folder".into() });
        }
        let mut head = vec![0; 512.min(usize::try_from(metadata.len()).unwrap_or(512))];
        file.read_exact(&mut head).map_err(io)?;
        // Refuse foreign files by their first bytes, before a large one is read into memory.
        Self::format_of(path, &head)?;
        let mut bytes = head;
        bytes.reserve_exact(usize::try_from(metadata.len()).unwrap_or(0).saturating_sub(bytes.len()));
        file.read_to_end(&mut bytes).map_err(io)?;
        Self::parse(path, &bytes)
    }

    /// Reads a recording that is in memory; `path` is used in messages only.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, RecordError> {
        let format = Self::format_of(path, bytes)?;
        let read = || match format {
            Format::Xdf => xdf::read(bytes),
            Format::Edf | Format::Bdf => edf::read(bytes, format),
        };
        // The hash takes about as long as the parsing; they run side by side.
        let (contents, sha256) = std::thread::scope(|scope| {
            let hash = scope.spawn(|| hex(&Sha256::digest(bytes)));
            (read(), hash.join())
        });
        let damaged = |what| RecordError::Damaged { path: path.to_owned(), format: format.name(), what };
        let contents = contents.map_err(damaged)?;
        let sha256 = sha256.map_err(|_| damaged("hashing it failed".into()))?;
        Ok(Self {
            path: path.to_owned(),
            format,
            streams: contents.streams,
            warnings: contents.warnings.into_list(),
            sha256,
            start: contents.start,
        })
    }

    fn format_of(path: &Path, bytes: &[u8]) -> Result<Format, RecordError> {
        Format::detect(bytes).map_err(|found| RecordError::NotARecording { path: path.to_owned(), found })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
