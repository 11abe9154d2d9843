//! From values to the whole numbers that a file stores, and the limits that say how.

use super::fields::{above, below, near, number};
use crate::{RecordedStream, Resolution};
use motrace_core::Unit;

/// What no field of eight characters and no single-precision number holds is no measurement.
const LARGEST: f64 = 1e37;
/// Inputs that stand still at this voltage or beyond are railed; electrodes sit on offsets of up to ±216 mV.
const RAIL_VOLTS: f64 = 0.1;
/// Resolution is worth more than the value of a rail where a step would be larger than this.
const COARSE_VOLTS: f64 = 1e-7;

/// How the values of a channel are stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Encoding {
    /// The unit in which they are written.
    pub(crate) unit: Unit,
    /// From the unit of the source to that one.
    pub(crate) factor: f64,
    /// Physical minimum and maximum, as the header says them.
    pub(crate) physical: [String; 2],
    /// Digital minimum and maximum.
    pub(crate) digital: [i32; 2],
    /// What one stored unit is, in the unit in which values are written.
    pub(crate) step: f64,
    offset: f64,
    /// What stands for values that are not numbers.
    missing: Option<i32>,
    /// The numbers that the source stores, and how far they are moved.
    source: Option<(Resolution, f64)>,
}

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    /// It is within the limits.
    Kept(i32),
    /// It lies beyond them, and the limit stands for it.
    Clipped(i32),
    /// It is no number.
    Missing(i32),
}

impl Stored {
    /// The number in the file.
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Kept(number) | Self::Clipped(number) | Self::Missing(number) => number,
        }
    }
}

/// What has to be known of a channel before it is written.
#[derive(Debug, Clone, Copy)]
struct Survey {
    /// Of all values.
    all: [f64; 2],
    /// Without those that stand still at a rail.
    unrailed: [f64; 2],
    /// The least and the greatest number that the source stores; `None` where it stores other ones.
    stored: Option<[f64; 2]>,
    has_missing: bool,
}

impl Survey {
    fn of(values: impl Iterator<Item = f64>, resolution: Option<Resolution>, rail: f64, factor: f64) -> Self {
        const NOTHING: [f64; 2] = [f64::INFINITY, f64::NEG_INFINITY];
        let widen = |range: &mut [f64; 2], v: f64| *range = [range[0].min(v), range[1].max(v)];
        let (mut all, mut unrailed, mut stored) = (NOTHING, NOTHING, NOTHING);
        let (mut has_missing, mut is_whole) = (false, resolution.is_some());
        let (mut before, mut before_stood) = (f64::NAN, true);
        for value in values {
            if !is_measured(value * factor) {
                has_missing = true;
                continue;
            }
            widen(&mut all, value);
            // Whether a value stands still is known with the one behind it.
            let stands = value == before && value.abs() >= rail;
            if !stands && !before_stood {
                widen(&mut unrailed, before);
            }
            (before, before_stood) = (value, stands);
            if let Some(resolution) = resolution.filter(|_| is_whole) {
                let number = ((value - resolution.offset) / resolution.step).round();
                let again = number * resolution.step + resolution.offset;
                is_whole = (again - value).abs() <= 1e-3 * resolution.step.abs() + 2.4e-7 * value.abs();
                widen(&mut stored, number);
            }
        }
        if !before_stood {
            widen(&mut unrailed, before);
        }
        let stored = (is_whole && stored[0].is_finite()).then_some(stored);
        Self { all, unrailed, stored, has_missing }
    }
}

fn is_measured(value: f64) -> bool {
    value.is_finite() && value.abs() <= LARGEST
}

impl Encoding {
    /// How to write a channel with samples of so many bytes, 2 or 3.
    ///
    /// Where the source stores whole numbers that fit, those are kept. Elsewhere the limits are as narrow as the
    /// values allow; values at a rail are cut off where they would cost resolution.
    pub(crate) fn of(stream: &RecordedStream, channel: usize, sample_bytes: usize) -> Self {
        let channels = stream.info.channels.len();
        let unit = stream.info.channels.get(channel).map_or(Unit::Unspecified, |c| c.unit.clone());
        // In volts, eight characters leave few digits.
        let (written, factor) = if unit == Unit::Volts { (Unit::Microvolts, 1e6) } else { (unit.clone(), 1.0) };
        let range = if sample_bytes == 2 { [-32_768, 32_767] } else { [-8_388_608, 8_388_607] };
        let in_volts = unit.in_volts();
        let values = (0..stream.sample_count()).filter_map(|i| stream.samples.value(i * channels + channel));
        let resolution = stream.resolution(channel);
        let survey = Survey::of(values, resolution, in_volts.map_or(f64::INFINITY, |volts| RAIL_VOLTS / volts), factor);
        let of_source = resolution
            .zip(survey.stored)
            .and_then(|(resolution, numbers)| Self::keeping(resolution, numbers, survey.has_missing, range, factor));
        let mut encoding = of_source.unwrap_or_else(|| {
            let step_volts = |[low, high]: [f64; 2]| (high - low) / 65_535.0 * in_volts.unwrap_or(0.0);
            let is_costly = sample_bytes == 2
                && step_volts(survey.all) > COARSE_VOLTS
                && survey.unrailed[0].is_finite()
                && step_volts(survey.unrailed) < 0.5 * step_volts(survey.all);
            let limits = if is_costly { survey.unrailed } else { survey.all };
            Self::enclosing(limits.map(|v| v * factor), survey.has_missing, range)
        });
        encoding.unit = written;
        encoding.factor = factor;
        encoding
    }

    /// Keeps the numbers that the source stores, moved where they do not fit otherwise. Of all ways to write the
    /// limits, that which changes the values least is taken, if it changes them by less than a quarter of a step.
    fn keeping(
        resolution: Resolution,
        [least, greatest]: [f64; 2],
        has_missing: bool,
        [low, high]: [i32; 2],
        factor: f64,
    ) -> Option<Self> {
        let spare = f64::from(u8::from(has_missing));
        let fits = |from: f64, to: f64| from >= f64::from(low) && to <= f64::from(high);
        let mut ways: Vec<(f64, [f64; 2])> = Vec::new();
        let [stored_low, stored_high] = resolution.stored;
        let is_named = stored_low <= least && greatest <= stored_high && stored_low < stored_high;
        if is_named && fits(stored_low, stored_high) && stored_low.fract() == 0.0 && stored_high.fract() == 0.0 {
            ways.push((0.0, [stored_low, stored_high]));
        }
        let room = (least - spare, (greatest + spare).max(least + 1.0));
        if fits(room.0, room.1) {
            ways.push((0.0, [f64::from(low), f64::from(high)]));
            ways.push((0.0, [room.0, room.1]));
        }
        if room.1 - room.0 <= f64::from(high) - f64::from(low) {
            let shift = room.0 - f64::from(low);
            ways.push((shift, [f64::from(low), room.1 - shift]));
        }
        let error = |way: &Self| {
            let at = |number: f64| {
                let shift = way.source.map_or(0.0, |(_, shift)| shift);
                let value = (number * resolution.step + resolution.offset) * factor;
                (way.step * (number - shift) + way.offset - value).abs()
            };
            at(least).max(at(greatest)) / (resolution.step * factor).abs()
        };
        let made = ways.into_iter().filter_map(|(shift, [from, to])| {
            let physical = |number: f64| near(((number + shift) * resolution.step + resolution.offset) * factor);
            let mut way = Self::new([physical(from)?, physical(to)?], [from as i32, to as i32])?;
            let is_free = |number: f64| number < least - shift || number > greatest - shift;
            way.missing = [from, to].into_iter().find(|n| is_free(*n)).map(|n| n as i32);
            way.source = Some((resolution, shift));
            (way.missing.is_some() || !has_missing).then_some(way)
        });
        made.filter(|way| error(way) < 0.25).min_by(|a, b| error(a).total_cmp(&error(b)))
    }

    /// Limits around all values from `least` to `greatest`.
    fn enclosing([least, greatest]: [f64; 2], has_missing: bool, digital: [i32; 2]) -> Self {
        let (least, greatest) = if least.is_finite() { (least, greatest) } else { (0.0, 0.0) };
        let levels = f64::from(digital[1]) - f64::from(digital[0]);
        // One level more at the bottom stands for what is missing.
        let from = if has_missing { least - (greatest - least).max(least.abs() * 1e-6) * 1.5 / levels } else { least };
        let wide = (greatest.abs() * 1e-4).max(1.0);
        let attempts = [(from, greatest), (from, greatest + wide), (from - wide, greatest + wide)];
        let made = attempts.into_iter().find_map(|(from, to)| {
            let made = Self::new([below(from)?, above(to)?], digital)?;
            (!has_missing || least - number(&made.physical[0]) >= 0.6 * made.step).then_some(made)
        });
        // Whatever the values, single precision holds limits of ±1e37.
        let mut made = made.unwrap_or_else(|| Self {
            unit: Unit::Unspecified,
            factor: 1.0,
            physical: ["-1e37".into(), "1e37".into()],
            digital,
            step: 2e37 / levels,
            offset: -1e37 - f64::from(digital[0]) * (2e37 / levels),
            missing: None,
            source: None,
        });
        made.missing = has_missing.then_some(digital[0]);
        made
    }

    fn new(physical: [String; 2], digital: [i32; 2]) -> Option<Self> {
        let [low, high] = [number(&physical[0]), number(&physical[1])];
        // As readers compute it.
        let step = (high - low) / (f64::from(digital[1]) - f64::from(digital[0]));
        let offset = low - f64::from(digital[0]) * step;
        let is_usable = step.is_finite() && step != 0.0 && offset.is_finite();
        is_usable.then_some(Self {
            unit: Unit::Unspecified,
            factor: 1.0,
            physical,
            digital,
            step,
            offset,
            missing: None,
            source: None,
        })
    }

    /// What is stored for a value of the source.
    pub(crate) fn store(&self, value: f64) -> Stored {
        if !is_measured(value * self.factor) {
            return Stored::Missing(self.missing.unwrap_or(self.digital[0]));
        }
        let exact = match self.source {
            Some((resolution, shift)) => (value - resolution.offset) / resolution.step - shift,
            None => (value * self.factor - self.offset) / self.step,
        };
        let number = exact.round();
        let (low, high) = (f64::from(self.digital[0]), f64::from(self.digital[1]));
        if number >= low - 1.0 && number <= high + 1.0 {
            // What is one off at a limit is how the limit was rounded.
            let held = number.clamp(low, high);
            if (exact - held).abs() <= 0.51 || self.source.is_some() {
                return Stored::Kept(held as i32);
            }
        }
        Stored::Clipped(number.clamp(low, high) as i32)
    }
}
