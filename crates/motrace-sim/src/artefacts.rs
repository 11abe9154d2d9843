use crate::head::{Dipole, dot};
use crate::noise::Dice;
use crate::truth::scaled_pattern;
use crate::{ArtefactKind, SimulationSettings};
use motrace_core::electrode_position;
use std::f64::consts::PI;

/// Muscles at the temples and below the ears.
const MUSCLES: [&str; 6] = ["FT9", "FT10", "T9", "T10", "TP9", "TP10"];

/// The muscles that close the jaw.
const TEMPLES: [&str; 2] = ["FT9", "FT10"];

/// Muscle lies right below the skin, so its potential falls off within this angle (in radians, about 30°).
const MUSCLE_REACH: f64 = 0.52;

/// An artefact that comes at random times, for a while, with a smooth beginning and end.
#[derive(Debug, Clone)]
struct Spells {
    probability: f64,
    /// In samples.
    length: [f64; 2],
    position: f64,
    current_length: f64,
}

impl Spells {
    fn new(per_minute: f64, length_secs: [f64; 2], rate_hz: f64) -> Self {
        Self {
            probability: per_minute / 60.0 / rate_hz,
            length: length_secs.map(|secs| secs * rate_hz),
            position: 0.0,
            current_length: 0.0,
        }
    }

    /// Whether a new one begins at this sample, as many samples long as it says; `often` times as likely as usual.
    fn begins(&mut self, often: f64, dice: &mut Dice) -> Option<u64> {
        // Always draw, so that what follows does not depend on the rate of spells.
        let draw = dice.uniform();
        if self.position < self.current_length || draw >= self.probability * often {
            return None;
        }
        self.current_length = dice.between(self.length[0], self.length[1]).max(1.0).round();
        self.position = 0.0;
        Some(self.current_length as u64)
    }

    /// The height at this sample, 0 to 1, or none between spells.
    fn advance(&mut self) -> Option<f64> {
        if self.position >= self.current_length {
            return None;
        }
        self.position += 1.0;
        let sine = (PI * self.position / (self.current_length + 1.0)).sin();
        Some(sine * sine)
    }
}

/// Blinks, muscle bursts, clenches of the jaw, mains hum, amplifier noise and electrode offsets.
#[derive(Debug, Clone)]
pub(crate) struct Artefacts {
    blinks: Spells,
    blink_height: f64,
    blink_pattern: Vec<f64>,
    bursts: Spells,
    muscle: usize,
    /// `[muscle][channel]`
    muscle_patterns: Vec<Vec<f64>>,
    last_white: f64,
    clenches: Spells,
    /// The muscles of both sides: each has noise of its own. `[side][channel]`
    clench_patterns: [Vec<f64>; 2],
    last_clench_white: [f64; 2],
    restlessness: f64,
    sensor_volts: f64,
    line_turns_per_sample: f64,
    /// Weights of sine and cosine, per channel.
    line: Vec<[f64; 2]>,
    offsets: Vec<f64>,
    spell_dice: Dice,
    noise_dice: Dice,
    sensor_dice: Dice,
    clench_dice: Dice,
}

impl Artefacts {
    pub(crate) fn new(settings: &SimulationSettings, electrodes: &[[f64; 3]], streams: [Dice; 5]) -> Self {
        let [spell_dice, noise_dice, sensor_dice, mut fixed_dice, clench_dice] = streams;
        // Both eyes: below and behind the forehead, pointing forward and up.
        let eye = |x: f64| Dipole { position: [x, 0.70, -0.30], moment: [0.0, 0.8, 0.6] };
        let blink_pattern = scaled_pattern(electrodes, &[eye(-0.3), eye(0.3)], &["Fp1", "Fp2"], settings.blink_volts);
        let fall_off = |e: &[f64; 3], site: [f64; 3]| {
            let angle = dot(*e, site).clamp(-1.0, 1.0).acos() / MUSCLE_REACH;
            (-angle * angle).exp()
        };
        let muscle_patterns = MUSCLES
            .iter()
            .filter_map(|label| electrode_position(label))
            .map(|site| electrodes.iter().map(|e| settings.burst_volts * fall_off(e, site)).collect())
            .collect();
        let clench_patterns = TEMPLES.map(|label| {
            let site = electrode_position(label).unwrap_or([0.0, 0.0, -1.0]);
            electrodes.iter().map(|e| settings.clench_volts * fall_off(e, site)).collect()
        });
        let phase = fixed_dice.between(0.0, 2.0 * PI);
        let line = electrodes
            .iter()
            .map(|_| {
                let amplitude = settings.line_volts * fixed_dice.between(0.5, 1.5);
                let own = phase + fixed_dice.between(-0.2, 0.2);
                [amplitude * own.cos(), amplitude * own.sin()]
            })
            .collect();
        let offset = |_: &[f64; 3]| settings.offset_volts * fixed_dice.between(-1.0, 1.0);
        let offsets = electrodes.iter().map(offset).collect();
        Self {
            blinks: Spells::new(settings.blinks_per_minute, [0.25, 0.4], settings.rate_hz),
            blink_height: 0.0,
            blink_pattern,
            bursts: Spells::new(settings.bursts_per_minute, [0.3, 1.5], settings.rate_hz),
            muscle: 0,
            muscle_patterns,
            last_white: 0.0,
            clenches: Spells::new(settings.clenches_per_minute, [0.4, 1.2], settings.rate_hz),
            clench_patterns,
            last_clench_white: [0.0; 2],
            restlessness: settings.restlessness,
            sensor_volts: settings.sensor_volts,
            line_turns_per_sample: settings.line_hz / settings.rate_hz,
            line,
            offsets,
            spell_dice,
            noise_dice,
            sensor_dice,
            clench_dice,
        }
    }

    /// Adds one sample to every channel; `began` hears which artefacts begin at it, and how many samples long.
    pub(crate) fn add(
        &mut self,
        time: u64,
        imagines: bool,
        volts: &mut [f64],
        mut began: impl FnMut(ArtefactKind, u64),
    ) {
        let often = if imagines { 1.0 } else { self.restlessness };
        if let Some(length) = self.blinks.begins(often, &mut self.spell_dice) {
            self.blink_height = self.spell_dice.between(0.7, 1.3);
            began(ArtefactKind::Blink, length);
        }
        if let Some(length) = self.bursts.begins(1.0, &mut self.spell_dice) {
            self.muscle = self.spell_dice.below(self.muscle_patterns.len());
            began(ArtefactKind::Muscle, length);
        }
        if let Some(length) = self.clenches.begins(often, &mut self.clench_dice) {
            began(ArtefactKind::Clench, length);
        }
        if let Some(height) = self.blinks.advance() {
            add_scaled(volts, &self.blink_pattern, self.blink_height * height);
        }
        let white = self.noise_dice.normal();
        if let (Some(height), Some(pattern)) = (self.bursts.advance(), self.muscle_patterns.get(self.muscle)) {
            // The difference of white noise rises with frequency, as surface EMG does below 100 Hz.
            let muscle = (white - self.last_white) * std::f64::consts::FRAC_1_SQRT_2;
            add_scaled(volts, pattern, height * muscle);
        }
        self.last_white = white;
        if let Some(height) = self.clenches.advance() {
            for (pattern, last) in self.clench_patterns.iter().zip(&mut self.last_clench_white) {
                let white = self.clench_dice.normal();
                add_scaled(volts, pattern, height * (white - *last) * std::f64::consts::FRAC_1_SQRT_2);
                *last = white;
            }
        }
        let turns = time as f64 * self.line_turns_per_sample;
        let (sine, cosine) = (2.0 * PI * (turns - turns.floor())).sin_cos();
        for ((channel, line), offset) in volts.iter_mut().zip(&self.line).zip(&self.offsets) {
            *channel += line[0] * sine + line[1] * cosine + offset + self.sensor_volts * self.sensor_dice.normal();
        }
    }
}

/// Lost samples.
#[derive(Debug, Clone)]
pub(crate) struct Dropouts {
    probability: f64,
    /// In samples.
    length: [f64; 2],
    dice: Dice,
}

impl Dropouts {
    pub(crate) fn new(settings: &SimulationSettings, dice: Dice) -> Self {
        Self {
            probability: settings.dropouts_per_minute / 60.0 / settings.rate_hz,
            length: [0.02, 0.2].map(|secs| secs * settings.rate_hz),
            dice,
        }
    }

    /// How many samples are lost before the next one.
    pub(crate) fn lost(&mut self) -> u64 {
        if self.dice.uniform() >= self.probability {
            return 0;
        }
        (self.dice.between(self.length[0], self.length[1]) as u64).max(1)
    }
}

pub(crate) fn add_scaled(volts: &mut [f64], pattern: &[f64], scale: f64) {
    for (channel, weight) in volts.iter_mut().zip(pattern) {
        *channel += weight * scale;
    }
}
