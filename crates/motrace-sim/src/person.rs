use crate::noise::Dice;
use crate::{Area, Imagery, SimulationSettings};

/// How fast a rhythm's amplitude follows: the time constant, in seconds.
const LAG_SECS: f64 = 0.15;

/// No two trials are imagined alike: the depth varies by these factors.
const VIGOUR: [f64; 2] = [0.7, 1.1];

/// What can be learned is learned within so many cues.
const LEARNED_AFTER: f64 = 40.0;

/// What changes in the person's mind at a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Change {
    /// The imagery begins, so strongly.
    Begins(Imagery, f64),
    /// It ends.
    Ends,
}

/// The person who imagines: reacts late, never twice with the same vigour, and with rhythms that follow smoothly.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    strength: f64,
    learning: f64,
    /// Imagery that was begun, for learning.
    practised: u32,
    /// In samples.
    reaction: [f64; 2],
    follow: f64,
    begins: Option<(u64, Imagery)>,
    ends: Option<u64>,
    targets: [f64; Area::ALL.len()],
    /// By which part each area's amplitude is reduced now.
    reduction: [f64; Area::ALL.len()],
    dice: Dice,
}

impl Person {
    pub(crate) fn new(settings: &SimulationSettings, dice: Dice) -> Self {
        Self {
            strength: settings.signal_strength,
            learning: settings.learning,
            practised: 0,
            reaction: settings.timing.reaction_secs.map(|secs| secs * settings.rate_hz),
            follow: 1.0 - (-1.0 / (LAG_SECS * settings.rate_hz)).exp(),
            begins: None,
            ends: None,
            targets: [0.0; 3],
            reduction: [0.0; 3],
            dice,
        }
    }

    /// A cue was seen: begin soon, and stop when the sign to stop was seen, if one is known to come.
    pub(crate) fn see_cue(&mut self, time: u64, imagery: Imagery, stop: Option<u64>) {
        self.begins = Some((time + self.reaction_samples(), imagery));
        self.ends = stop.map(|at| at + self.reaction_samples());
    }

    /// The sign to stop was seen.
    pub(crate) fn see_stop(&mut self, time: u64) {
        self.begins = None;
        self.ends = Some(time + self.reaction_samples());
    }

    fn reaction_samples(&mut self) -> u64 {
        self.dice.between(self.reaction[0], self.reaction[1]).round() as u64
    }

    /// One sample later; what changed at it.
    pub(crate) fn step(&mut self, time: u64) -> Option<Change> {
        let mut change = None;
        if self.ends.is_some_and(|at| time >= at) && self.begins.is_none_or(|(at, _)| at > time) {
            self.ends = None;
            self.targets = [0.0; 3];
            change = Some(Change::Ends);
        }
        if let Some((at, imagery)) = self.begins
            && time >= at
        {
            self.begins = None;
            let vigour = self.dice.between(VIGOUR[0], VIGOUR[1]);
            let learned = 1.0 + self.learning * (f64::from(self.practised) / LEARNED_AFTER).min(1.0);
            self.practised = self.practised.saturating_add(1);
            let strength = self.strength * learned * vigour;
            self.targets = Area::ALL.map(|area| strength * imagery.depth(area));
            change = Some(Change::Begins(imagery, strength));
        }
        for (reduction, target) in self.reduction.iter_mut().zip(self.targets) {
            *reduction += self.follow * (target - *reduction);
        }
        change
    }

    /// What is left of an area's amplitude: 1 at rest.
    pub(crate) fn amplitude(&self, area: Area) -> f64 {
        (1.0 - self.reduction[area.index()]).max(0.0)
    }
}
