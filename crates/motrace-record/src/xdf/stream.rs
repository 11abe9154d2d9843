use super::frame::varlen;
use crate::{ClockOffset, Samples};
use motrace_core::{SampleFormat, StreamInfo};

/// A stream while its chunks are being read.
#[derive(Debug)]
pub(crate) struct RawStream {
    pub(crate) id: u32,
    pub(crate) info: StreamInfo,
    pub(crate) samples: Samples,
    /// In the stream's own clock.
    pub(crate) stamps: Vec<f64>,
    pub(crate) offsets: Vec<ClockOffset>,
    pub(crate) has_footer: bool,
    /// The number of samples that the footer claims.
    pub(crate) footer_count: Option<u64>,
    /// How many stamps were not numbers, and were deduced instead.
    pub(crate) bad_stamps: usize,
    /// How many of the stamps are of samples whose values were forgotten; the first ones.
    bare: usize,
    period: f64,
}

/// How far decoding a chunk's samples got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// Complete samples that were taken.
    pub(crate) count: u64,
    /// One past the last of them.
    pub(crate) end: usize,
    /// Whether decoding stopped at something that cannot be a sample, rather than at the limit.
    pub(crate) is_broken: bool,
}

impl RawStream {
    pub(crate) fn new(id: u32, info: StreamInfo, format: SampleFormat) -> Self {
        let samples = match format {
            SampleFormat::Float32 => Samples::F32(Vec::new()),
            SampleFormat::Double64 => Samples::F64(Vec::new()),
            SampleFormat::Int8 => Samples::I8(Vec::new()),
            SampleFormat::Int16 => Samples::I16(Vec::new()),
            SampleFormat::Int32 => Samples::I32(Vec::new()),
            SampleFormat::Int64 => Samples::I64(Vec::new()),
            SampleFormat::Text => Samples::Text(Vec::new()),
        };
        let period = if info.rate_hz > 0.0 { 1.0 / info.rate_hz } else { 0.0 };
        Self {
            id,
            info,
            samples,
            stamps: Vec::new(),
            offsets: Vec::new(),
            has_footer: false,
            footer_count: None,
            bad_stamps: 0,
            bare: 0,
            period,
        }
    }

    /// How many bytes the values of a sample have; `None` for text.
    pub(super) fn sample_bytes(&self) -> Option<usize> {
        let value_bytes = match &self.samples {
            Samples::F32(_) | Samples::I32(_) => 4,
            Samples::F64(_) | Samples::I64(_) => 8,
            Samples::I8(_) => 1,
            Samples::I16(_) => 2,
            Samples::Text(_) => return None,
        };
        Some(self.info.channels.len() * value_bytes)
    }

    /// Fills in stamps that are absent, which are not numbers here, or 0: as [`push_stamp`](Self::push_stamp) does.
    pub(super) fn deduce(&self, stamps: &mut [f64]) {
        let mut before = None;
        for stamp in stamps {
            if stamp.is_nan() || (*stamp == 0.0 && before.is_some()) {
                *stamp = before.unwrap_or(0.0) + self.period;
            }
            before = Some(*stamp);
        }
    }

    /// Takes up to `count` samples from `bytes[pos..limit]`; incomplete ones are left.
    pub(crate) fn decode(&mut self, bytes: &[u8], pos: usize, limit: usize, count: u64) -> Decoded {
        let bytes = &bytes[..limit.min(bytes.len())];
        let channels = self.info.channels.len();
        let mut samples = std::mem::replace(&mut self.samples, Samples::Text(Vec::new()));
        let decoded = match &mut samples {
            Samples::F32(v) => self.numbers(bytes, pos, count, |b| extend(v, b, f32::from_le_bytes), channels * 4),
            Samples::F64(v) => self.numbers(bytes, pos, count, |b| extend(v, b, f64::from_le_bytes), channels * 8),
            Samples::I8(v) => self.numbers(bytes, pos, count, |b| extend(v, b, i8::from_le_bytes), channels),
            Samples::I16(v) => self.numbers(bytes, pos, count, |b| extend(v, b, i16::from_le_bytes), channels * 2),
            Samples::I32(v) => self.numbers(bytes, pos, count, |b| extend(v, b, i32::from_le_bytes), channels * 4),
            Samples::I64(v) => self.numbers(bytes, pos, count, |b| extend(v, b, i64::from_le_bytes), channels * 8),
            Samples::Text(v) => self.strings(bytes, pos, count, v),
        };
        self.samples = samples;
        decoded
    }

    fn numbers(
        &mut self,
        bytes: &[u8],
        mut pos: usize,
        count: u64,
        mut take: impl FnMut(&[u8]),
        sample_bytes: usize,
    ) -> Decoded {
        let mut taken = 0;
        let mut is_broken = false;
        while taken < count {
            let Some((stamp, at)) = read_stamp(bytes, pos, &mut is_broken) else { break };
            let Some(values) = bytes.get(at..at + sample_bytes) else { break };
            take(values);
            self.push_stamp(stamp);
            pos = at + sample_bytes;
            taken += 1;
        }
        Decoded { count: taken, end: pos, is_broken }
    }

    fn strings(&mut self, bytes: &[u8], mut pos: usize, count: u64, into: &mut Vec<String>) -> Decoded {
        let channels = self.info.channels.len();
        let mut taken = 0;
        let mut is_broken = false;
        'samples: while taken < count {
            let Some((stamp, mut at)) = read_stamp(bytes, pos, &mut is_broken) else { break };
            let complete = into.len();
            for _ in 0..channels {
                let text = varlen(bytes, at).and_then(|(length, begin)| {
                    let end = begin.checked_add(usize::try_from(length).ok()?)?;
                    Some((bytes.get(begin..end)?, end))
                });
                let Some((text, end)) = text else {
                    is_broken |= bytes.get(at).is_some_and(|n| !matches!(n, 1 | 4 | 8));
                    into.truncate(complete);
                    break 'samples;
                };
                into.push(String::from_utf8_lossy(text).into_owned());
                at = end;
            }
            self.push_stamp(stamp);
            pos = at;
            taken += 1;
        }
        Decoded { count: taken, end: pos, is_broken }
    }

    /// A stamp that is absent, or 0 as LSL writes "deduce it", follows its predecessor by one period.
    fn push_stamp(&mut self, stamp: Option<f64>) {
        let deduced = || self.stamps.last().copied().unwrap_or(0.0) + self.period;
        let stamp = match stamp {
            Some(stamp) if !stamp.is_finite() => {
                self.bad_stamps += 1;
                deduced()
            }
            Some(stamp) if stamp != 0.0 || self.stamps.is_empty() => stamp,
            _ => deduced(),
        };
        self.stamps.push(stamp);
    }

    /// Forgets all values that were read, and keeps their stamps.
    pub(crate) fn forget_values(&mut self) {
        self.bare = self.stamps.len();
        match &mut self.samples {
            Samples::F32(v) => v.clear(),
            Samples::F64(v) => v.clear(),
            Samples::I8(v) => v.clear(),
            Samples::I16(v) => v.clear(),
            Samples::I32(v) => v.clear(),
            Samples::I64(v) => v.clear(),
            Samples::Text(v) => v.clear(),
        }
    }

    /// Forgets all but the last stamp, from which the next may have to be deduced.
    pub(crate) fn forget_stamps(&mut self) {
        let forgotten = self.stamps.len().saturating_sub(1);
        self.stamps.drain(..forgotten);
        self.bare = self.bare.saturating_sub(forgotten);
        self.offsets.clear();
    }

    /// Removes the samples from `count` on.
    pub(crate) fn truncate(&mut self, count: usize) {
        let values = count.saturating_sub(self.bare) * self.info.channels.len();
        self.stamps.truncate(count);
        self.bare = self.bare.min(count);
        match &mut self.samples {
            Samples::F32(v) => v.truncate(values),
            Samples::F64(v) => v.truncate(values),
            Samples::I8(v) => v.truncate(values),
            Samples::I16(v) => v.truncate(values),
            Samples::I32(v) => v.truncate(values),
            Samples::I64(v) => v.truncate(values),
            Samples::Text(v) => v.truncate(values),
        }
    }
}

fn extend<T, const N: usize>(into: &mut Vec<T>, bytes: &[u8], from: impl Fn([u8; N]) -> T) {
    into.extend(bytes.as_chunks::<N>().0.iter().map(|b| from(*b)));
}

fn read_stamp(bytes: &[u8], pos: usize, is_broken: &mut bool) -> Option<(Option<f64>, usize)> {
    match *bytes.get(pos)? {
        0 => Some((None, pos + 1)),
        8 => Some((Some(f64::from_le_bytes(*bytes.get(pos + 1..)?.first_chunk()?)), pos + 9)),
        _ => {
            *is_broken = true;
            None
        }
    }
}
