use crate::ChannelMap;
use crate::preparation::{IMPOSSIBLE_VOLTS, RAIL_REPEATS, RAIL_VOLTS, STUCK_SECS};

/// What a sample had to go through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cleaned {
    /// At least one channel was held, or is stuck.
    pub bad: bool,
    /// A channel delivered its first good value: what was filtered so far was made up.
    pub first_good: bool,
}

/// Selects the decoded channels and holds those whose sample is not a number, infinite or impossible at
/// their last good value. A channel that stands still holds itself: it is marked once that is sure.
#[derive(Debug, Clone)]
pub(crate) struct Sanitiser {
    places: Vec<usize>,
    /// Beyond this a sample is impossible, in the stream's unit.
    limits: Vec<f32>,
    /// Beyond this a channel that stands still is railed, in the stream's unit.
    rails: Vec<f32>,
    held: Vec<f32>,
    repeats: Vec<u32>,
    known: Vec<bool>,
    unknown: usize,
    stuck_after: u32,
}

impl Sanitiser {
    pub fn new(map: &ChannelMap, rate_hz: f64) -> Self {
        let channels = map.places.len();
        let in_units = |volts: f64| map.scales_volts.iter().map(|scale| (volts / scale) as f32).collect::<Vec<_>>();
        Self {
            places: map.places.clone(),
            limits: in_units(IMPOSSIBLE_VOLTS),
            rails: in_units(RAIL_VOLTS),
            held: vec![0.0; channels],
            repeats: vec![0; channels],
            known: vec![false; channels],
            unknown: channels,
            stuck_after: (STUCK_SECS * rate_hz).ceil().max(2.0) as u32,
        }
    }

    /// Writes the decoded channels of one frame, in the stream's unit, to `out`.
    pub fn clean(&mut self, frame: &[f32], out: &mut [f64]) -> Cleaned {
        let mut bad = false;
        let limits = self.limits.iter().zip(&self.rails);
        let channels = self.places.iter().zip(limits).zip(&mut self.held).zip(&mut self.repeats).zip(out);
        for ((((&place, (&limit, &rail)), held), repeats), out) in channels {
            let raw = frame.get(place).copied().unwrap_or(f32::NAN);
            // Not-a-number compares as false: it is held too.
            let good = raw.abs() < limit;
            let value = if good { raw } else { *held };
            *repeats = if value == *held { repeats.saturating_add(1) } else { 0 };
            let still_after = if value.abs() >= rail { RAIL_REPEATS } else { self.stuck_after };
            bad |= !good | (*repeats >= still_after);
            *held = value;
            *out = f64::from(value);
        }
        let first_good = self.unknown > 0 && self.note_first_values(frame);
        Cleaned { bad, first_good }
    }

    fn note_first_values(&mut self, frame: &[f32]) -> bool {
        let before = self.unknown;
        for ((&place, &limit), known) in self.places.iter().zip(&self.limits).zip(&mut self.known) {
            if !*known && frame.get(place).is_some_and(|raw| raw.abs() < limit) {
                *known = true;
                self.unknown -= 1;
            }
        }
        self.unknown < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sanitiser() -> Sanitiser {
        let map = ChannelMap { places: vec![2, 0], scales_volts: vec![1e-6; 2], stream_channels: 3 };
        Sanitiser::new(&map, 10.0)
    }

    #[test]
    fn channels_are_selected_and_bad_samples_held() {
        let mut sanitiser = sanitiser();
        let mut out = [0.0; 2];
        assert_eq!(sanitiser.clean(&[1.0, 9.0, 3.0], &mut out), Cleaned { bad: false, first_good: true });
        assert_eq!(out, [3.0, 1.0]);
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1.1e6] {
            assert!(sanitiser.clean(&[2.0, f32::NAN, bad], &mut out).bad);
            assert_eq!(out, [3.0, 2.0]);
            assert!(!sanitiser.clean(&[1.0, 9.0, 4.0], &mut out).bad, "the undecoded channel does not matter");
            sanitiser.clean(&[1.0, 9.0, 3.0], &mut out);
        }
    }

    #[test]
    fn a_stuck_channel_is_bad_after_a_while() {
        let mut sanitiser = sanitiser();
        let mut out = [0.0; 2];
        let bad: Vec<bool> = (0..4).map(|i| sanitiser.clean(&[i as f32, 0.0, 5.0], &mut out).bad).collect();
        assert_eq!(bad, [false, false, true, true]);
    }

    #[test]
    fn a_rail_is_told_by_standing_still_not_by_size() {
        let map = ChannelMap { places: vec![0], scales_volts: vec![1e-6], stream_channels: 1 };
        let mut sanitiser = Sanitiser::new(&map, 250.0);
        let mut out = [0.0];
        for value in [-208_000.0, -208_001.0, -208_001.0, -208_002.0, -187_500.0, -187_500.0, -187_500.0] {
            assert!(!sanitiser.clean(&[value], &mut out).bad, "an offset with signal on it");
            assert_eq!(out, [f64::from(value)]);
        }
        assert!(sanitiser.clean(&[-187_500.0], &mut out).bad);
        assert!(!sanitiser.clean(&[-150_000.0], &mut out).bad);
    }

    #[test]
    fn a_channel_that_starts_bad_is_known_by_its_first_good_value() {
        let mut sanitiser = sanitiser();
        let mut out = [0.0; 2];
        assert_eq!(sanitiser.clean(&[1.0, 0.0, f32::NAN], &mut out), Cleaned { bad: true, first_good: true });
        assert_eq!(out, [0.0, 1.0]);
        assert_eq!(sanitiser.clean(&[2.0, 0.0, f32::NAN], &mut out), Cleaned { bad: true, first_good: false });
        assert_eq!(sanitiser.clean(&[3.0, 0.0, 7.0], &mut out), Cleaned { bad: false, first_good: true });
    }
}
