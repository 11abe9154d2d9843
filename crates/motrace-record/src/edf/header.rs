use crate::field::{number, text};
use crate::warnings::Warnings;
use crate::{Format, Resolution};
use motrace_core::{StreamInfo, clean_text};
use std::ops::Range;

/// What the header of a file says.
#[derive(Debug)]
pub(crate) struct Header {
    /// The length of the header.
    pub(crate) bytes: usize,
    /// 2 for EDF, 3 for BDF.
    pub(crate) sample_bytes: usize,
    pub(crate) start: Option<String>,
    /// `EDF`, `EDF+C`, `BDF+D`, …
    pub(crate) version: String,
    /// The number of records announced, if it is known.
    pub(crate) records: Option<usize>,
    pub(crate) record_secs: f64,
    pub(crate) record_bytes: usize,
    pub(crate) signals: Vec<Signal>,
}

/// One signal: how it is called and where its samples lie in each record.
#[derive(Debug, Clone)]
pub(crate) struct Signal {
    pub(crate) label: String,
    pub(crate) unit: String,
    pub(crate) is_annotations: bool,
    /// Samples in each record.
    pub(crate) samples: usize,
    begin: usize,
    end: usize,
    gain: f64,
    offset: f64,
    digital: [f64; 2],
}

impl Signal {
    /// Where its bytes lie in each record.
    pub(crate) fn bytes(&self) -> Range<usize> {
        self.begin..self.end
    }

    /// The physical value of a stored one.
    pub(crate) fn scale(&self, digital: i32) -> f32 {
        (f64::from(digital) * self.gain + self.offset) as f32
    }

    /// How its samples are stored.
    pub(crate) fn resolution(&self) -> Resolution {
        Resolution { step: self.gain, offset: self.offset, stored: self.digital }
    }
}

impl Header {
    /// How many bytes at the beginning of a file have to be looked at, as its first 256 bytes say.
    pub(crate) fn extent(fixed: &[u8]) -> usize {
        let announced: Option<usize> = fixed.get(252..256).and_then(number);
        256 * (announced.unwrap_or(0).min(StreamInfo::MAX_CHANNELS) + 1)
    }

    /// Where bytes of a record are in the file.
    pub(crate) fn in_record(&self, record: usize, bytes: Range<usize>) -> Range<usize> {
        let begin = self.bytes + record * self.record_bytes;
        begin + bytes.start..begin + bytes.end
    }

    /// Reads it from the beginning of the file, of which there is at least what [`extent`](Self::extent) says, or all.
    pub(crate) fn parse(bytes: &[u8], format: Format, warnings: &mut Warnings) -> Result<Self, String> {
        let sample_bytes = if format == Format::Bdf { 3 } else { 2 };
        let fixed = bytes.get(..256).ok_or("the file ends inside its header")?;
        let announced: usize = number(&fixed[252..256]).ok_or("the number of signals is not a number")?;
        if announced > StreamInfo::MAX_CHANNELS {
            return Err(format!("it announces {announced} signals; at most {} are accepted", StreamInfo::MAX_CHANNELS));
        }
        let header_bytes = 256 * (announced + 1);
        let table = bytes.get(256..header_bytes).ok_or("the file ends inside its header")?;
        if number::<usize>(&fixed[184..192]) != Some(header_bytes) {
            warnings.push("the header's own length is wrong; it follows from the number of signals");
        }
        let mut record_secs: f64 = number(&fixed[244..252]).unwrap_or(f64::NAN);
        let is_usable = record_secs.is_finite() && record_secs > 0.0;

        // The table holds all labels, then all transducers, and so on.
        let column = |before: usize, width: usize, i: usize| &table[before * announced + i * width..][..width];
        let mut signals = Vec::new();
        let mut begin = 0_usize;
        for i in 0..announced {
            let label = text(column(0, 16, i));
            let samples: usize = number(column(216, 8, i))
                .ok_or_else(|| format!("signal {}: its number of samples is not one", i + 1))?;
            let end = samples
                .checked_mul(sample_bytes)
                .and_then(|n| n.checked_add(begin))
                .ok_or("the records are larger than any memory")?;
            let is_annotations = matches!(label.as_str(), "EDF Annotations" | "BDF Annotations");
            let mut signal = Signal {
                unit: text(column(96, 8, i)),
                label,
                is_annotations,
                samples,
                begin,
                end,
                gain: 1.0,
                offset: 0.0,
                digital: if sample_bytes == 2 { [-32_768.0, 32_767.0] } else { [-8_388_608.0, 8_388_607.0] },
            };
            if !is_annotations {
                let [physical_min, physical_max, digital_min, digital_max] =
                    [104, 112, 120, 128].map(|at| number::<f64>(column(at, 8, i)).unwrap_or(f64::NAN));
                let gain = (physical_max - physical_min) / (digital_max - digital_min);
                if gain.is_finite() && gain != 0.0 {
                    signal.gain = gain;
                    signal.offset = physical_min - digital_min * gain;
                    signal.digital = [digital_min, digital_max];
                } else {
                    warnings.push(format!(
                        "signal {}: its scale cannot be computed from its limits; the stored numbers are kept, without a unit",
                        clean_text(&signal.label, 32)
                    ));
                    signal.unit = String::new();
                }
            }
            begin = end;
            signals.push(signal);
        }
        let most = signals.iter().filter(|s| !s.is_annotations).map(|s| s.samples).max().unwrap_or(0);
        if !is_usable {
            if most > 0 {
                warnings.push("the duration of a record is not given; 1 s is assumed, so rates and times can be wrong");
            }
            record_secs = 1.0;
        }
        if most as f64 / record_secs > StreamInfo::MAX_RATE_HZ {
            return Err(format!(
                "a signal has {} Hz; at most {} are accepted",
                most as f64 / record_secs,
                StreamInfo::MAX_RATE_HZ
            ));
        }
        Ok(Self {
            bytes: header_bytes,
            sample_bytes,
            start: start(&fixed[88..168], &fixed[168..184]),
            version: version(&fixed[192..236], format),
            records: number(&fixed[236..244]),
            record_secs,
            record_bytes: begin,
            signals,
        })
    }
}

/// The variant: the reserved field says it in EDF+ and BDF+, and holds anything in plain files.
fn version(reserved: &[u8], format: Format) -> String {
    let name = format.name();
    let reserved = text(reserved);
    match reserved.strip_prefix(name).and_then(|rest| rest.get(..2)) {
        Some(variant @ ("+C" | "+D")) => format!("{name}{variant}"),
        _ => name.to_owned(),
    }
}

/// The start as `year-month-day hour:minute:second`. EDF+ repeats the date with four digits of the year.
fn start(recording: &[u8], date_and_time: &[u8]) -> Option<String> {
    let part = |i: usize| number::<u32>(&date_and_time[i..i + 2]);
    let (day, month, year) = (part(0)?, part(3)?, part(6)?);
    let (hour, minute, second) = (part(8)?, part(11)?, part(14)?);
    // The header itself has two digits, which begin in 1985.
    let mut year = if year >= 85 { 1900 + year } else { 2000 + year };
    let recording = text(recording);
    // So EDF+ writes that the date is not known.
    if recording.starts_with("Startdate X") && (day, month, year, hour, minute, second) == (1, 1, 1985, 0, 0, 0) {
        return None;
    }
    if let Some(full) = recording.strip_prefix("Startdate ").and_then(|r| r.get(7..11)).and_then(|y| y.parse().ok()) {
        year = full;
    }
    Some(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"))
}
