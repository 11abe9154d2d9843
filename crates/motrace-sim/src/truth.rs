use crate::head::{Dipole, between, dipole_below, leadfield};
use crate::{Area, Imagery, SimulationSettings};
use motrace_core::electrode_position;
use std::ops::Range;

/// What the simulation knows and a decoder has to find out.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// The channels, in order.
    pub labels: Vec<String>,
    /// Every rhythm with its dipole and its pattern over the channels.
    pub sources: Vec<RhythmSource>,
    /// The trials that are over, in order.
    pub trials: Vec<TrialTruth>,
    /// Blinks, muscle bursts and clenches, in the order in which they began; the last ones may still go on.
    pub artefacts: Vec<ArtefactTruth>,
}

/// What the person did besides imagining.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArtefactKind {
    /// A blink.
    Blink,
    /// A burst of one muscle at a temple or below an ear.
    Muscle,
    /// A clench of the jaw: both temples at once.
    Clench,
}

/// One artefact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtefactTruth {
    /// What it is.
    pub kind: ArtefactKind,
    /// The samples it covers, unless samples were lost within it.
    pub samples: Range<u64>,
}

/// One rhythm.
#[derive(Debug, Clone, PartialEq)]
pub struct RhythmSource {
    /// What and where, for instance `µ C3`.
    pub name: String,
    /// The area whose imagery changes it; none for alpha.
    pub area: Option<Area>,
    /// Its frequency.
    pub freq_hz: f64,
    /// The width of its spectrum.
    pub width_hz: f64,
    /// Where it comes from.
    pub dipole: Dipole,
    /// Its projection on every channel: rms at rest with the sign of the potential, in volts.
    pub pattern_volts: Vec<f64>,
}

/// What happened in one trial.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialTruth {
    /// What was imagined.
    pub imagery: Imagery,
    /// How strongly: the strength as far as it was learned by then, times the vigour of the moment.
    pub strength: f64,
    /// The sample of its cue.
    pub cue: u64,
    /// The samples during which it was imagined, reaction time considered. The rhythms follow with a lag of 0.15 s.
    pub imagined: Range<u64>,
}

impl Truth {
    /// The pattern of an area over the channels: what its µ rhythm projects there at rest, in volts.
    #[must_use]
    pub fn area_pattern(&self, area: Area) -> &[f64] {
        self.sources.iter().find(|s| s.area == Some(area)).map_or(&[], |s| s.pattern_volts.as_slice())
    }

    /// The `count` channels on which the areas that this imagery desynchronises project most, ascending.
    ///
    /// For an imagery of several areas, `count` channels for each. Nothing for [`Imagery::Idle`].
    #[must_use]
    pub fn mass_channels(&self, imagery: Imagery, count: usize) -> Vec<usize> {
        self.strongest(imagery.main_areas(), count)
    }

    /// The channels that tell two imageries apart: the `count` strongest of each area that they change differently.
    #[must_use]
    pub fn discriminating_channels(&self, one: Imagery, other: Imagery, count: usize) -> Vec<usize> {
        self.strongest(&differing_areas(one, other), count)
    }

    /// The channels that the fields of these areas reach: for each area that two imageries change differently the fewest
    /// channels on which lies this share of the power that it projects on all of them, ascending.
    ///
    /// A source shows on its neighbours too, so a decoder that reads these reads the truth.
    #[must_use]
    pub fn discriminating_field(&self, one: Imagery, other: Imagery, share: f64) -> Vec<usize> {
        let of_area = |area: Area| {
            let pattern = self.area_pattern(area);
            let wanted = share * pattern.iter().map(|volts| volts * volts).sum::<f64>();
            let mut reached = 0.0;
            let order = strongest_first(pattern).into_iter();
            order
                .take_while(|channel| {
                    let is_wanted = reached < wanted;
                    reached += pattern[*channel] * pattern[*channel];
                    is_wanted
                })
                .collect::<Vec<usize>>()
        };
        ascending(differing_areas(one, other).into_iter().flat_map(of_area).collect())
    }

    fn strongest(&self, areas: &[Area], count: usize) -> Vec<usize> {
        let of_area = |area: &Area| strongest_first(self.area_pattern(*area)).into_iter().take(count);
        ascending(areas.iter().flat_map(of_area).collect())
    }

    pub(crate) fn new(settings: &SimulationSettings, electrodes: &[[f64; 3]]) -> Self {
        let left = between(&[("C3", 0.75), ("CP3", 0.25)]);
        let right = between(&[("C4", 0.75), ("CP4", 0.25)]);
        let foot = between(&[("Cz", 1.0)]);
        let [hand, alpha] = [settings.rhythm_volts, settings.alpha_volts];
        use Area::{Foot, LeftHemisphereHand, RightHemisphereHand};
        // name, area, frequency, width, place, depth, tilt, electrode above, rms there
        let plan = [
            ("µ C3", Some(LeftHemisphereHand), 11.0, 2.0, left, 0.80, 0.2, "C3", hand),
            ("µ C4", Some(RightHemisphereHand), 10.6, 2.0, right, 0.80, 0.2, "C4", hand),
            ("µ Cz", Some(Foot), 11.4, 2.0, foot, 0.75, 0.0, "Cz", 0.8 * hand),
            ("β C3", Some(LeftHemisphereHand), 20.0, 4.0, left, 0.80, 0.2, "C3", 0.45 * hand),
            ("β C4", Some(RightHemisphereHand), 21.0, 4.0, right, 0.80, 0.2, "C4", 0.45 * hand),
            ("β Cz", Some(Foot), 22.0, 4.0, foot, 0.75, 0.0, "Cz", 0.5 * hand),
            ("α O1", None, 9.8, 1.2, between(&[("O1", 0.8), ("PO3", 0.2)]), 0.75, 0.0, "O1", alpha),
            ("α O2", None, 10.1, 1.2, between(&[("O2", 0.8), ("PO4", 0.2)]), 0.75, 0.0, "O2", alpha),
        ];
        let sources = plan
            .into_iter()
            .map(|(name, area, freq_hz, width_hz, place, eccentricity, tilt, above, rms)| {
                let dipole = dipole_below(place, eccentricity, tilt);
                RhythmSource {
                    name: name.to_owned(),
                    area,
                    freq_hz,
                    width_hz,
                    dipole,
                    pattern_volts: scaled_pattern(electrodes, &[dipole], &[above], rms),
                }
            })
            .collect();
        Self { labels: settings.labels.clone(), sources, trials: Vec::new(), artefacts: Vec::new() }
    }
}

/// The areas that two imageries change differently.
fn differing_areas(one: Imagery, other: Imagery) -> Vec<Area> {
    Area::ALL.into_iter().filter(|&a| (one.depth(a) - other.depth(a)).abs() > 0.2).collect()
}

fn strongest_first(pattern: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pattern.len()).collect();
    order.sort_by(|&i, &j| pattern[j].abs().total_cmp(&pattern[i].abs()));
    order
}

fn ascending(mut channels: Vec<usize>) -> Vec<usize> {
    channels.sort_unstable();
    channels.dedup();
    channels
}

/// What dipoles of equal strength project on the electrodes, scaled to `volts` where they are strongest among
/// the named ones.
pub(crate) fn scaled_pattern(electrodes: &[[f64; 3]], dipoles: &[Dipole], named: &[&str], volts: f64) -> Vec<f64> {
    let sum = |places: &[[f64; 3]]| -> Vec<f64> {
        leadfield(places, dipoles).rows().into_iter().map(|row| row.sum()).collect()
    };
    let named: Vec<[f64; 3]> = named.iter().filter_map(|label| electrode_position(label)).collect();
    let strongest = sum(&named).into_iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    sum(electrodes).into_iter().map(|v| v / strongest.max(1e-12) * volts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_classes_show_above_their_areas() {
        let settings = SimulationSettings::default();
        let truth = Truth::new(&settings, &settings.check().unwrap());
        let names =
            |channels: Vec<usize>| -> Vec<&str> { channels.into_iter().map(|i| truth.labels[i].as_str()).collect() };
        assert_eq!(names(truth.mass_channels(Imagery::RightHand, 2)), ["C3", "CP3"]);
        assert_eq!(names(truth.mass_channels(Imagery::LeftHand, 2)), ["C4", "CP4"]);
        assert_eq!(names(truth.mass_channels(Imagery::Feet, 1)), ["Cz"]);
        assert!(truth.mass_channels(Imagery::Idle, 5).is_empty());
        let both = truth.discriminating_channels(Imagery::LeftHand, Imagery::RightHand, 2);
        assert_eq!(names(both), ["C3", "C4", "CP3", "CP4"]);
        let feet = truth.discriminating_channels(Imagery::BothHands, Imagery::Feet, 1);
        assert_eq!(names(feet), ["C3", "Cz", "C4"]);
        let field = |share| names(truth.discriminating_field(Imagery::LeftHand, Imagery::RightHand, share));
        assert_eq!(field(0.9), ["FC3", "FC4", "C5", "C3", "C1", "C2", "C4", "C6", "CP3", "CP4"]);
        assert_eq!(field(0.5), ["C3", "C4"]);
        assert!(field(0.0).is_empty());
        assert_eq!(field(1.0).len(), 22);
        let strongest = truth.area_pattern(Area::LeftHemisphereHand)[7];
        assert!((strongest - settings.rhythm_volts).abs() < 1e-12, "scaled to C3: {strongest}");
    }
}
