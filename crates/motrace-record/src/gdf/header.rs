use super::kind::Kind;
use super::physical;
use crate::field::{decoded, text};
use crate::warnings::Warnings;
use crate::{Resolution, utc_text};
use motrace_core::{Channel, Role, StreamInfo, Unit, clean_text};
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, UNIX_EPOCH};

/// What the header of a file says.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) version: f64,
    /// The length of the header.
    pub(crate) bytes: usize,
    pub(crate) start: Option<String>,
    /// The number of records announced, if it is known.
    pub(crate) records: Option<usize>,
    pub(crate) record_bytes: usize,
    pub(crate) signals: Vec<Signal>,
    /// The names that the file gives to event codes.
    pub(crate) texts: BTreeMap<u16, String>,
    pub(crate) written_by: String,
    records_per_sec: f64,
}

/// One signal: what it measures and where its samples lie in each record.
#[derive(Debug, Clone)]
pub(crate) struct Signal {
    pub(crate) channel: Channel,
    pub(crate) position: Option<[f64; 3]>,
    /// Samples in each record.
    pub(crate) samples: usize,
    pub(crate) kind: Kind,
    pub(crate) scale: Scale,
    begin: usize,
    end: usize,
}

impl Signal {
    /// Where its bytes lie in each record.
    pub(crate) fn bytes(&self) -> Range<usize> {
        self.begin..self.end
    }

    /// How its samples are stored, where they are whole numbers.
    pub(crate) fn resolution(&self) -> Option<Resolution> {
        let Scale { gain, offset, low, high } = self.scale;
        let is_whole = !matches!(self.kind, Kind::F32 | Kind::F64 | Kind::F128);
        is_whole.then_some(Resolution { step: gain, offset, stored: [low, high] })
    }
}

/// From stored numbers to physical ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    gain: f64,
    offset: f64,
    /// Stored numbers at or below this are not measurements.
    low: f64,
    /// Nor are those at or above this.
    high: f64,
}

impl Scale {
    pub(crate) fn of(&self, stored: f64) -> f64 {
        if stored <= self.low || stored >= self.high { f64::NAN } else { stored * self.gain + self.offset }
    }
}

/// The bytes at fixed places of a slice that is known to be long enough.
fn at<const N: usize>(bytes: &[u8], place: usize) -> [u8; N] {
    bytes.get(place..).and_then(|b| b.first_chunk()).copied().unwrap_or([0; N])
}

impl Header {
    /// Samples per second of a signal.
    pub(crate) fn rate_hz(&self, signal: &Signal) -> f64 {
        signal.samples as f64 * self.records_per_sec
    }

    /// How many bytes at the beginning of a file have to be looked at, as its first 256 bytes say.
    pub(crate) fn extent(fixed: &[u8]) -> usize {
        let is_first = fixed.get(4..8).is_some_and(|v| text(v).parse::<f64>().is_ok_and(|v| v < 1.9));
        let (announced, declared_bytes) = lengths(fixed, is_first);
        let tables_end = 256 * (announced.min(StreamInfo::MAX_CHANNELS) + 1);
        // In version 1, nothing of what follows the table is read.
        if is_first { tables_end } else { tables_end.max(declared_bytes) }
    }

    /// Reads it from the beginning of a file of `file_bytes`, of which there is at least what
    /// [`extent`](Self::extent) says, or all.
    pub(crate) fn parse(bytes: &[u8], file_bytes: usize, warnings: &mut Warnings) -> Result<Self, String> {
        let fixed = bytes.get(..256).ok_or("the file ends inside its header")?;
        let version: f64 = text(&fixed[4..8]).parse().map_err(|_| "its version is not a number".to_owned())?;
        if !(1.0..4.0).contains(&version) {
            return Err(format!("it is of version {version}; versions 1 and 2 are known"));
        }
        let is_first = version < 1.9;
        let (announced, declared_bytes) = lengths(fixed, is_first);
        if announced > StreamInfo::MAX_CHANNELS {
            return Err(format!("it announces {announced} signals; at most {} are accepted", StreamInfo::MAX_CHANNELS));
        }
        let tables_end = 256 * (announced + 1);
        let table = bytes.get(256..tables_end).ok_or("the file ends inside its header")?;
        let header_bytes = if (tables_end..=file_bytes).contains(&declared_bytes) {
            declared_bytes
        } else {
            warnings.push("the header's own length is wrong; it follows from the number of signals");
            tables_end
        };
        let records = i64::from_le_bytes(at(fixed, 236));
        let mut header = Self {
            version,
            bytes: header_bytes,
            start: if is_first { start_as_text(&fixed[168..184]) } else { start_in_days(&at(fixed, 168)) },
            records: usize::try_from(records).ok(),
            record_bytes: 0,
            signals: Vec::with_capacity(announced),
            texts: BTreeMap::new(),
            written_by: String::new(),
            records_per_sec: records_per_sec(&fixed[244..252], version, warnings),
        };
        for i in 0..announced {
            let signal = header.signal(table, announced, i, warnings)?;
            header.record_bytes = signal.end;
            header.signals.push(signal);
        }
        if !is_first {
            header.read_tagged(bytes.get(tables_end..header_bytes).unwrap_or_default());
        }
        if let Some(fast) = header.signals.iter().map(|s| header.rate_hz(s)).find(|r| *r > StreamInfo::MAX_RATE_HZ) {
            return Err(format!("a signal has {fast} Hz; at most {} are accepted", StreamInfo::MAX_RATE_HZ));
        }
        Ok(header)
    }

    /// The signal of this number; the table holds all labels, then all transducers, and so on.
    fn signal(&self, table: &[u8], count: usize, i: usize, warnings: &mut Warnings) -> Result<Signal, String> {
        let is_first = self.version < 1.9;
        let place = |before: usize, width: usize| before * count + i * width;
        let double = |before| f64::from_le_bytes(at(table, place(before, 8)));
        let whole = |before| i64::from_le_bytes(at(table, place(before, 8))) as f64;
        let label = text(&table[place(0, 16)..][..16]);
        let code = if is_first { 0 } else { u16::from_le_bytes(at(table, place(102, 2))) };
        let width = if is_first { 8 } else { 6 };
        let mut unit = match code {
            // Programs that write the old text may leave its successor, the number, empty.
            0 => Unit::parse(&first_string(&table[place(96, width)..][..width])),
            code => physical::unit(code),
        };
        let [physical_min, physical_max] = [double(104), double(112)];
        let [digital_min, digital_max] = [120, 128].map(|before| if is_first { whole(before) } else { double(before) });
        let samples = u32::from_le_bytes(at(table, place(216, 4))) as usize;
        let type_code = u32::from_le_bytes(at(table, place(220, 4)));
        let name = || format!("signal {} ({})", i + 1, clean_text(&label, 20));
        let kind =
            Kind::parse(type_code).ok_or_else(|| format!("{}: its data type {type_code} is not known", name()))?;
        let end = samples
            .checked_mul(kind.bytes())
            .and_then(|n| n.checked_add(self.record_bytes))
            .ok_or("the records are larger than any memory")?;

        let mut scale = Scale { gain: 1.0, offset: 0.0, low: f64::NEG_INFINITY, high: f64::INFINITY };
        let gain = (physical_max - physical_min) / (digital_max - digital_min);
        if gain.is_finite() && gain != 0.0 {
            (scale.gain, scale.offset) = (gain, physical_min - digital_min * gain);
        } else if samples > 0 {
            warnings.push(format!(
                "{}: its scale cannot be computed from its limits; the stored numbers are kept, without a unit",
                name()
            ));
            unit = Unit::Unspecified;
        }
        let role = match Role::infer("", &label) {
            // Temperature, pressure, saturation: whatever it is called, it is no brain signal.
            Role::Eeg if matches!(unit, Unit::Other(_)) => Role::Aux,
            role => role,
        };
        // The limits of floats are those of what was recorded, and a trigger line may take any value.
        if kind.is_integer() && role != Role::Trigger && digital_min < digital_max {
            (scale.low, scale.high) = (digital_min, digital_max);
        }
        let position = (!is_first)
            .then(|| [0, 4, 8].map(|k| f64::from(f32::from_le_bytes(at(table, place(224, 12) + k)))))
            .filter(|p| p.iter().all(|x| x.is_finite()) && p.iter().any(|x| *x != 0.0));
        let channel = Channel { label, role, unit };
        Ok(Signal { channel, position, samples, kind, scale, begin: self.record_bytes, end })
    }

    /// Reads the optional part of the header of version 2: a tag, the length, the value, over and over.
    fn read_tagged(&mut self, mut bytes: &[u8]) {
        while let Some([tag, a, b, c]) = bytes.first_chunk::<4>() {
            let length = u32::from_le_bytes([*a, *b, *c, 0]) as usize;
            let Some(value) = bytes.get(4..4 + length) else { return };
            let strings = || value.split(|b| *b == 0).map(decoded);
            match tag {
                0 => return,
                // What the codes 1, 2, … mean.
                1 => self.texts.extend((1..=255).zip(strings()).filter(|(_, name)| !name.is_empty())),
                // Manufacturer, model, version, serial number; the last is nobody's business.
                3 => {
                    let parts: Vec<String> = strings().take(3).filter(|p| !p.is_empty()).collect();
                    self.written_by = parts.join(" ");
                }
                _ => {}
            }
            bytes = &bytes[4 + length..];
        }
    }
}

/// The number of signals, and how long the header says it is, in bytes.
fn lengths(fixed: &[u8], is_first: bool) -> (usize, usize) {
    if is_first {
        let length = i64::from_le_bytes(at(fixed, 184));
        (u32::from_le_bytes(at(fixed, 252)) as usize, usize::try_from(length).unwrap_or(0))
    } else {
        (usize::from(u16::from_le_bytes(at(fixed, 252))), 256 * usize::from(u16::from_le_bytes(at(fixed, 184))))
    }
}

/// Text up to its terminating zero.
fn first_string(field: &[u8]) -> String {
    text(field.split(|b| *b == 0).next().unwrap_or_default())
}

/// How many records make a second: a quotient of two numbers, or from version 2.21 on the duration as a double. Writers
/// confuse the two, but no number makes sense as both.
fn records_per_sec(field: &[u8], version: f64, warnings: &mut Warnings) -> f64 {
    let (numerator, denominator) = (u32::from_le_bytes(at(field, 0)), u32::from_le_bytes(at(field, 4)));
    let quotient = f64::from(denominator) / f64::from(numerator);
    let double = 1.0 / f64::from_le_bytes(at(field, 0));
    let is_usable = |rate: &f64| (1e-6..1e9).contains(rate);
    let candidates = if version < 2.205 { [quotient, double] } else { [double, quotient] };
    candidates.into_iter().find(is_usable).unwrap_or_else(|| {
        warnings.push("the duration of a record is not given; 1 s is assumed, so rates and times can be wrong");
        1.0
    })
}

/// `YYYYMMDDhhmmss` and hundredths.
fn start_as_text(field: &[u8]) -> Option<String> {
    let digits = field.get(..14).filter(|f| f.iter().all(u8::is_ascii_digit))?;
    let part = |range: Range<usize>| text(&digits[range]);
    Some(format!("{}-{}-{} {}:{}:{}", part(0..4), part(4..6), part(6..8), part(8..10), part(10..12), part(12..14)))
}

/// Days since the year 0 in the upper 32 bits, parts of a day in the lower ones; 0 if unknown.
fn start_in_days(field: &[u8; 8]) -> Option<String> {
    let time = u64::from_le_bytes(*field);
    // The day of 1970-01-01, as MATLAB counts them.
    let days = (time >> 32).checked_sub(719_529)?;
    let secs = ((time & 0xffff_ffff) as f64 / 2_f64.powi(32) * 86_400.0).round() as u64;
    let unix_secs = days.checked_mul(86_400)?.checked_add(secs)?;
    // Beyond the year 9999 it is no date.
    (days < 2_932_897).then(|| utc_text(UNIX_EPOCH + Duration::from_secs(unix_secs))[..19].replace('T', " "))
}
