use crate::{Imagery, SimulationError};
use motrace_core::electrode_position;

/// What is simulated. All voltages are in volts.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulationSettings {
    /// Everything random follows from it.
    pub seed: u64,
    /// The sampling rate in hertz.
    pub rate_hz: f64,
    /// The electrodes, all of the 10-10 system.
    pub labels: Vec<String>,
    /// What the person is asked to imagine.
    pub classes: Vec<Imagery>,
    /// Who asks, and how often.
    pub cues: Cues,
    /// When.
    pub timing: TrialTiming,
    /// How strongly imagery shows: 1 is a good subject, 0 somebody in whom nothing changes.
    pub signal_strength: f64,
    /// By which part the strength grows over the first 40 cues: nobody imagines best at once.
    pub learning: f64,
    /// The 1/f background: rms over all frequencies, averaged over channels.
    pub background_volts: f64,
    /// White noise of the amplifier: rms.
    pub sensor_volts: f64,
    /// The µ rhythm of a hand area at rest, at the electrode above it: rms.
    pub rhythm_volts: f64,
    /// Occipital alpha at O1 and O2: rms.
    pub alpha_volts: f64,
    /// Blinks per minute, on average.
    pub blinks_per_minute: f64,
    /// The peak of a blink at Fp1 and Fp2.
    pub blink_volts: f64,
    /// Bursts of temporal muscles per minute, on average.
    pub bursts_per_minute: f64,
    /// The rms of a burst at its site, at its height.
    pub burst_volts: f64,
    /// Times the person clenches the jaw, per minute, on average: the muscles of both temples at once.
    pub clenches_per_minute: f64,
    /// The rms of a clench at its strongest site, at its height.
    pub clench_volts: f64,
    /// How many times as often the person blinks and clenches while nothing is imagined.
    pub restlessness: f64,
    /// The frequency of the mains in hertz.
    pub line_hz: f64,
    /// The mains' hum: its typical amplitude at a channel.
    pub line_volts: f64,
    /// Places where samples are lost, per minute, on average; 20 to 200 ms each.
    pub dropouts_per_minute: f64,
    /// Electrode offsets lie within ± this.
    pub offset_volts: f64,
    /// The most samples that the simulation gives per poll as a source.
    pub chunk_samples: usize,
}

/// Where the cues come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cues {
    /// This many of each class, in random order; then the recording ends.
    PerClass(usize),
    /// One after the other, for ever.
    Endless,
    /// None of its own, for ever: [`crate::Simulation::set_imagery`] says what to imagine.
    External,
}

/// The course of a trial, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialTiming {
    /// When the first cue comes.
    pub first_cue_secs: f64,
    /// How long after its cue the imagery is to stop.
    pub imagery_secs: f64,
    /// The pause before the next cue: at least and at most.
    pub pause_secs: [f64; 2],
    /// How long the person takes to begin after a cue, and to stop: at least and at most.
    pub reaction_secs: [f64; 2],
}

impl Default for TrialTiming {
    fn default() -> Self {
        Self { first_cue_secs: 3.0, imagery_secs: 4.0, pause_secs: [1.5, 2.5], reaction_secs: [0.3, 0.5] }
    }
}

impl Default for SimulationSettings {
    fn default() -> Self {
        let labels = [
            "Fz", "FC3", "FC1", "FCz", "FC2", "FC4", "C5", "C3", "C1", "Cz", "C2", "C4", "C6", "CP3", "CP1", "CPz",
            "CP2", "CP4", "P1", "Pz", "P2", "POz",
        ];
        Self {
            seed: 1,
            rate_hz: 250.0,
            labels: labels.map(str::to_owned).to_vec(),
            classes: vec![Imagery::LeftHand, Imagery::RightHand],
            cues: Cues::PerClass(20),
            timing: TrialTiming::default(),
            signal_strength: 1.0,
            learning: 0.0,
            background_volts: 8e-6,
            sensor_volts: 0.5e-6,
            rhythm_volts: 6e-6,
            alpha_volts: 8e-6,
            blinks_per_minute: 10.0,
            blink_volts: 150e-6,
            bursts_per_minute: 2.0,
            burst_volts: 20e-6,
            clenches_per_minute: 0.0,
            clench_volts: 40e-6,
            restlessness: 1.0,
            line_hz: 50.0,
            line_volts: 1e-6,
            dropouts_per_minute: 0.0,
            offset_volts: 0.0,
            chunk_samples: 10,
        }
    }
}

impl SimulationSettings {
    /// The participant of a session: a person with a clear mu rhythm, as many have, who waits for the session's cues,
    /// gets a little better at it, and blinks and clenches the jaw now and then, rather in the pauses.
    #[must_use]
    pub fn participant(seed: u64) -> Self {
        Self {
            seed,
            cues: Cues::External,
            rhythm_volts: 8e-6,
            learning: 0.05,
            clenches_per_minute: 0.5,
            restlessness: 2.0,
            ..Self::default()
        }
    }

    /// Only the rhythms: no background, no noise, no artefacts. What is left follows the truth exactly.
    #[must_use]
    pub fn without_noise(self) -> Self {
        Self {
            background_volts: 0.0,
            sensor_volts: 0.0,
            alpha_volts: 0.0,
            blinks_per_minute: 0.0,
            bursts_per_minute: 0.0,
            clenches_per_minute: 0.0,
            line_volts: 0.0,
            dropouts_per_minute: 0.0,
            offset_volts: 0.0,
            ..self
        }
    }

    /// Checks every setting, and finds the electrodes' places.
    pub(crate) fn check(&self) -> Result<Vec<[f64; 3]>, SimulationError> {
        if self.labels.is_empty() || self.labels.len() > SimulationError::MAX_CHANNELS {
            return Err(SimulationError::Channels(self.labels.len()));
        }
        if !(SimulationError::MIN_RATE_HZ..=SimulationError::MAX_RATE_HZ).contains(&self.rate_hz) {
            return Err(SimulationError::Rate(self.rate_hz));
        }
        if self.classes.is_empty() && self.cues != Cues::External {
            return Err(SimulationError::NoClasses);
        }
        let timing = &self.timing;
        for (name, value, low, high) in [
            ("signal strength", self.signal_strength, 0.0, 1.5),
            ("learning", self.learning, 0.0, 0.5),
            ("background (volts)", self.background_volts, 0.0, 1.0),
            ("amplifier noise (volts)", self.sensor_volts, 0.0, 1.0),
            ("rhythm (volts)", self.rhythm_volts, 0.0, 1.0),
            ("alpha (volts)", self.alpha_volts, 0.0, 1.0),
            ("blinks per minute", self.blinks_per_minute, 0.0, 120.0),
            ("blink (volts)", self.blink_volts, 0.0, 1.0),
            ("muscle bursts per minute", self.bursts_per_minute, 0.0, 120.0),
            ("muscle burst (volts)", self.burst_volts, 0.0, 1.0),
            ("clenches per minute", self.clenches_per_minute, 0.0, 60.0),
            ("clench (volts)", self.clench_volts, 0.0, 1.0),
            ("restlessness", self.restlessness, 0.0, 10.0),
            ("mains frequency (hertz)", self.line_hz, 0.0, self.rate_hz / 2.0),
            ("mains hum (volts)", self.line_volts, 0.0, 1.0),
            ("drop-outs per minute", self.dropouts_per_minute, 0.0, 120.0),
            ("electrode offset (volts)", self.offset_volts, 0.0, 1.0),
            ("samples per chunk", self.chunk_samples as f64, 1.0, 1e6),
            ("first cue (seconds)", timing.first_cue_secs, 0.0, 3600.0),
            ("imagery (seconds)", timing.imagery_secs, 0.5, 3600.0),
            ("shortest pause (seconds)", timing.pause_secs[0], 0.5, 3600.0),
            ("longest pause (seconds)", timing.pause_secs[1], timing.pause_secs[0], 3600.0),
            ("shortest reaction (seconds)", timing.reaction_secs[0], 0.0, 0.5),
            ("longest reaction (seconds)", timing.reaction_secs[1], timing.reaction_secs[0], 0.5),
        ] {
            if !(low..=high).contains(&value) {
                return Err(SimulationError::OutOfRange { name, value, low, high });
            }
        }
        self.labels
            .iter()
            .map(|label| electrode_position(label).ok_or_else(|| SimulationError::UnknownElectrode(label.clone())))
            .collect()
    }

    pub(crate) fn samples(&self, secs: f64) -> u64 {
        (secs * self.rate_hz).round() as u64
    }
}
