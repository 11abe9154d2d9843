use crate::projection::Projection;
use crate::sanitise::Sanitiser;
use crate::{ChannelMap, EngineError, InputStage, Preparation, SkipReason, Tape};
use motrace_core::Trial;
use motrace_signal::{FilterSpec, StreamingFilter};
use ndarray::{Array3, Axis};

/// Samples are taken through the filters so many at a time, which stays within a processor's nearest memory.
const BLOCK_SAMPLES: usize = 256;
/// The filters count as settled when this share of their impulse response's energy is still to come.
const UNSETTLED_ENERGY: f64 = 0.01;

/// The trials of a recording through several filters.
#[derive(Debug, Clone, PartialEq)]
pub struct BandWindows {
    /// The trials, in order of their windows' ends.
    pub trials: Vec<Trial>,
    /// For each filter the windows, `[trials, channels, samples]`, in volts.
    pub windows: Vec<Array3<f64>>,
    /// The trials that were left out, and why.
    pub left_out: Vec<(Trial, SkipReason)>,
}

/// Cuts the window of each trial from a recording after each of several causal filters, in one pass over its samples.
///
/// The windows are those that [`collect_epochs`](crate::collect_epochs) gives for each filter alone, to the bit, and the
/// trials those that it keeps for the preparation's own filter: which trials there are does not depend on `filters`.
///
/// # Errors
/// Where the recording does not fit, a filter cannot be made, or the preparation makes more of the channels than
/// filtering them.
pub fn collect_bands(
    tape: &Tape,
    preparation: &Preparation,
    filters: &[FilterSpec],
) -> Result<BandWindows, EngineError> {
    if preparation.input != InputStage::Filtered {
        return Err(EngineError::Input);
    }
    let flags = Flagged::of(tape, preparation)?;
    let (trials, left_out) = trials_of(tape, preparation, &flags);
    let map = ChannelMap::resolve(preparation, tape.info())?;
    let reference =
        preparation.reference.matrix(&preparation.channels).map_err(|e| EngineError::Reference(e.to_string()))?;
    let scales = ndarray::ArrayView1::from(map.scales_volts.as_slice());
    let projection = Projection::new((reference * scales).view());
    let outputs = projection.padded_outputs();
    let mut streams = filters
        .iter()
        .map(|spec| {
            let sections = spec.design(preparation.rate_hz).map_err(|e| EngineError::Filter(e.to_string()))?;
            Ok(StreamingFilter::new(&sections, outputs))
        })
        .collect::<Result<Vec<_>, EngineError>>()?;
    let shape = (trials.len(), preparation.channels.len(), preparation.window_samples());
    let mut windows: Vec<Array3<f64>> = filters.iter().map(|_| Array3::zeros(shape)).collect();

    let end = trials.last().map_or(0, |trial| trial.end).min(tape.len()) as usize;
    let width = map.stream_channels.max(1);
    let mut sanitiser = Sanitiser::new(&map, preparation.rate_hz);
    let mut clean = vec![0.0; preparation.channels.len()];
    let mut block = vec![0.0; BLOCK_SAMPLES * outputs];
    let mut filtered = block.clone();
    let mut begin = 0;
    while begin < end {
        let next_restart = flags.restarts.iter().find(|restart| **restart > begin).copied().unwrap_or(end);
        let stop = (begin + BLOCK_SAMPLES).min(next_restart).min(end);
        let length = stop - begin;
        if flags.restarts.binary_search(&begin).is_ok() {
            streams.iter_mut().for_each(StreamingFilter::reset);
        }
        for (sample, out) in (begin..stop).zip(block.chunks_exact_mut(outputs.max(1))) {
            sanitiser.clean(&tape.samples()[sample * width..(sample + 1) * width], &mut clean);
            projection.apply(&clean, out);
        }
        let touched: Vec<(usize, &Trial)> = trials
            .iter()
            .enumerate()
            .filter(|(_, trial)| (trial.start as usize) < stop && trial.end as usize > begin)
            .collect();
        for (stream, windows) in streams.iter_mut().zip(&mut windows) {
            let filtered = &mut filtered[..length * outputs];
            filtered.copy_from_slice(&block[..length * outputs]);
            stream.apply_block(filtered);
            for (place, trial) in &touched {
                let (first, last) = (begin.max(trial.start as usize), stop.min(trial.end as usize));
                let mut window = windows.index_axis_mut(Axis(0), *place);
                for (channel, mut row) in window.outer_iter_mut().enumerate() {
                    for sample in first..last {
                        row[sample - trial.start as usize] = filtered[(sample - begin) * outputs + channel];
                    }
                }
            }
        }
        begin = stop;
    }
    Ok(BandWindows { trials, windows, left_out })
}

/// What is known of the samples of a tape before any filter, and of how the preparation's own filter settles.
struct Flagged {
    /// Samples at which filters begin anew, ascending.
    restarts: Vec<usize>,
    /// Samples after a gap, ascending.
    after_gap: Vec<usize>,
    /// How many bad samples there are before each, and over all.
    bad: Vec<u32>,
    /// The same of samples at which the filter is settling.
    settling: Vec<u32>,
}

impl Flagged {
    fn of(tape: &Tape, preparation: &Preparation) -> Result<Self, EngineError> {
        let map = ChannelMap::resolve(preparation, tape.info())?;
        let sections =
            preparation.filter.design(preparation.rate_hz).map_err(|e| EngineError::Filter(e.to_string()))?;
        let settling_samples = sections.settling_samples(UNSETTLED_ENERGY) as u64;
        let mut sanitiser = Sanitiser::new(&map, preparation.rate_hz);
        let mut clean = vec![0.0; map.places.len()];
        let after_gap: Vec<usize> = tape.gap_places().map(|place| place as usize).collect();
        let mut gaps = after_gap.iter().copied().peekable();
        let samples = tape.len() as usize;
        let mut flags = Self {
            restarts: Vec::new(),
            after_gap: after_gap.clone(),
            bad: Vec::with_capacity(samples + 1),
            settling: Vec::with_capacity(samples + 1),
        };
        let (mut bad_count, mut settling_count) = (0_u32, 0_u32);
        let (mut settling_left, mut was_bad) = (settling_samples, false);
        for (sample, frame) in tape.samples().chunks_exact(map.stream_channels.max(1)).enumerate() {
            flags.bad.push(bad_count);
            flags.settling.push(settling_count);
            let mut restarts = false;
            while gaps.next_if(|gap| *gap <= sample).is_some() {
                restarts = true;
            }
            let cleaned = sanitiser.clean(frame, &mut clean);
            if restarts || cleaned.first_good {
                flags.restarts.push(sample);
                settling_left = settling_samples;
            }
            if was_bad && !cleaned.bad {
                settling_left = settling_left.max(settling_samples);
            }
            was_bad = cleaned.bad;
            bad_count += u32::from(cleaned.bad);
            settling_count += u32::from(settling_left > 0);
            settling_left = settling_left.saturating_sub(1);
        }
        flags.bad.push(bad_count);
        flags.settling.push(settling_count);
        Ok(flags)
    }

    /// What speaks against a window of these samples; a gap right before the first of them is not in it.
    fn against(&self, start: usize, end: usize) -> Option<SkipReason> {
        let any = |counts: &[u32]| counts[end] > counts[start];
        if self.after_gap.iter().any(|gap| (start + 1..end).contains(gap)) {
            return Some(SkipReason::Gap);
        }
        if any(&self.bad) {
            return Some(SkipReason::BadSample);
        }
        any(&self.settling).then_some(SkipReason::Settling)
    }
}

type LeftOut = Vec<(Trial, SkipReason)>;

/// The trials whose windows are sound, in order of their ends, and the others.
fn trials_of(tape: &Tape, preparation: &Preparation, flags: &Flagged) -> (Vec<Trial>, LeftOut) {
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    let (offset, window) = (preparation.window_offset_samples(), preparation.window_samples() as u64);
    let cues = tape.markers().filter_map(|marker| Some((preparation.class_of(marker)?, marker.index)));
    for (number, (class, cue)) in (1..).zip(cues) {
        let start = i64::try_from(cue).ok().and_then(|cue| u64::try_from(cue.checked_add(offset)?).ok());
        let (start, is_before) = (start.unwrap_or(0), start.is_none());
        let trial = Trial { number, class, cue, start, end: start.saturating_add(window) };
        let reason = if is_before {
            Some(SkipReason::NotRetained)
        } else if tape.discarded().contains(&number) {
            Some(SkipReason::Discarded)
        } else if trial.end > tape.len() {
            Some(SkipReason::Incomplete)
        } else {
            flags.against(trial.start as usize, trial.end as usize)
        };
        match reason {
            None => kept.push(trial),
            Some(reason) => left_out.push((trial, reason)),
        }
    }
    kept.sort_by_key(|trial| (trial.end, trial.number));
    (kept, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClassSpec, EpochCollector, collect_epochs, stack_epochs};
    use motrace_core::{Channel, Gap, Marker, Montage, Role, StreamInfo, Unit};
    use motrace_signal::Reference;

    fn info(channels: &[&str]) -> StreamInfo {
        StreamInfo {
            rate_hz: 125.0,
            channels: channels
                .iter()
                .map(|label| Channel { label: (*label).into(), role: Role::Eeg, unit: Unit::Microvolts })
                .collect(),
            ..StreamInfo::default()
        }
    }

    fn preparation(channels: &[&str], band_hz: [f64; 2]) -> Preparation {
        Preparation {
            channels: Montage::new(channels),
            unit: Unit::Microvolts,
            rate_hz: 125.0,
            reference: Reference::Average,
            filter: FilterSpec { band_hz: Some(band_hz), order: 4, notch_hz: None },
            input: InputStage::Filtered,
            window_secs: [0.5, 1.5],
            sliding_secs: 1.0,
            classes: vec![ClassSpec::new("a", ["1"]), ClassSpec::new("b", ["2"])],
            hop_secs: 0.04,
        }
    }

    /// Drifting signal with a gap within a window, samples that are none in one and right before another, a dead start of one
    /// channel, and a cue every 2 s.
    fn tape(channels: &[&str]) -> Tape {
        let mut tape = Tape::new(info(channels));
        let width = channels.len();
        for sample in 0..6000_u64 {
            if sample == 2500 {
                tape.push_gap(Gap { index: sample, missing_samples: 40, length_secs: 0.3 });
            }
            let mut frame: Vec<f32> = (0..width)
                .map(|c| {
                    let (t, c) = (sample as f32, c as f32);
                    40.0 * (0.37 * t + c).sin() + 25.0 * (0.9 * t * (1.0 + 0.01 * c)).sin() + 0.01 * t + 5.0 * c
                })
                .collect();
            if sample < 30 || sample == 4010 || sample == 4180 {
                frame[1] = f32::NAN;
            }
            tape.push_samples(&frame);
            if sample % 250 == 120 {
                let text = if sample % 500 == 120 { "1" } else { "2" };
                tape.push_marker(Marker { index: sample, time_secs: sample as f64 / 125.0, text: text.into() });
            }
        }
        tape.discard(vec![5]);
        tape
    }

    #[test]
    fn windows_are_those_of_each_filter_alone() -> Result<(), Box<dyn std::error::Error>> {
        let channels = ["C3", "Cz", "C4", "CP3", "CP4"];
        let (tape, own) = (tape(&channels), preparation(&channels, [8.0, 30.0]));
        let bands = [[8.0, 30.0], [4.0, 8.0], [12.0, 16.0]];
        let specs: Vec<FilterSpec> =
            bands.iter().map(|band| FilterSpec { band_hz: Some(*band), ..own.filter.clone() }).collect();
        let found = collect_bands(&tape, &own, &specs)?;
        let collector = EpochCollector::new(&own, tape.info())?.without(tape.discarded());
        let alone = collector.read(&mut tape.play(97))?;
        assert_eq!(found.trials, alone.kept());
        let mut left_out = alone.left_out().to_vec();
        left_out.sort_by_key(|(trial, _)| trial.number);
        assert_eq!(found.left_out, left_out);
        let reasons: Vec<SkipReason> = left_out.iter().map(|(_, reason)| *reason).collect();
        for reason in [
            SkipReason::Gap,
            SkipReason::BadSample,
            SkipReason::Settling,
            SkipReason::Discarded,
            SkipReason::Incomplete,
        ] {
            assert!(reasons.contains(&reason), "{reason:?} in {reasons:?}");
        }
        for (band, windows) in bands.iter().zip(&found.windows) {
            let preparation = preparation(&channels, *band);
            let alone = collect_epochs(&mut tape.play(97), &preparation)?;
            let epochs = stack_epochs(std::slice::from_ref(&alone), &preparation);
            let mut compared = 0;
            for (trial, window) in alone.kept().iter().zip(epochs.data.outer_iter()) {
                if let Some(place) = found.trials.iter().position(|t| t.number == trial.number) {
                    assert_eq!(windows.index_axis(Axis(0), place), window, "{band:?}, trial {}", trial.number);
                    compared += 1;
                }
            }
            assert!(compared > 10, "{compared}");
        }
        Ok(())
    }

    #[test]
    fn only_filtered_channels_are_cut() {
        let own = Preparation {
            input: InputStage::Standardised { factor: 0.001 },
            ..preparation(&["C3", "C4"], [4.0, 38.0])
        };
        assert!(collect_bands(&tape(&["C3", "C4"]), &own, std::slice::from_ref(&own.filter)).is_err());
    }
}
