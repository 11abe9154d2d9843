use crate::artefacts::{Artefacts, Dropouts, add_scaled};
use crate::background::Background;
use crate::noise::{Dice, Rhythm};
use crate::person::{Change, Person};
use crate::protocol::Protocol;
use crate::{ArtefactTruth, Imagery, SimulationError, SimulationSettings, TrialTruth, Truth};
use motrace_core::{Channel, Gap, Marker, Poll, StreamInfo, Unit};
use std::collections::VecDeque;

/// A simulated person under an amplifier, sample by sample.
///
/// ```
/// use motrace_sim::{Simulation, SimulationSettings};
///
/// let mut simulation = Simulation::new(SimulationSettings::default())?;
/// let mut frame = [0.0_f32; 22];
/// let mut cues = 0;
/// while let Some(step) = simulation.next_frame(&mut frame) {
///     cues += usize::from(step.cue.is_some());
/// }
/// assert_eq!(cues, 40);
/// # Ok::<(), motrace_sim::SimulationError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Simulation {
    pub(crate) settings: SimulationSettings,
    pub(crate) info: StreamInfo,
    truth: Truth,
    /// Counts every sample that was generated, lost ones included.
    time: u64,
    /// Counts the samples that were delivered.
    index: u64,
    protocol: Protocol,
    person: Person,
    rhythms: Vec<Rhythm>,
    rhythm_dice: Dice,
    background: Background,
    artefacts: Artefacts,
    dropouts: Dropouts,
    last_cue: u64,
    imagining: Option<TrialTruth>,
    volts: Vec<f64>,
    /// Events that a poll has still to report, before the samples kept in `held`.
    pub(crate) queue: VecDeque<Poll>,
    pub(crate) held: Vec<f32>,
}

/// What came with a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The sample's index.
    pub index: u64,
    /// Samples were lost right before it.
    pub gap: Option<Gap>,
    /// A cue was given at it, or while samples before it were lost.
    pub cue: Option<(Imagery, Marker)>,
}

impl Simulation {
    /// A person at rest, before the first sample.
    ///
    /// # Errors
    /// A [`SimulationError`] that names the setting that is out of range.
    pub fn new(settings: SimulationSettings) -> Result<Self, SimulationError> {
        let electrodes = settings.check()?;
        let truth = Truth::new(&settings, &electrodes);
        let dice = |stream: u64| Dice::new(settings.seed, stream);
        let rhythm = |source: &crate::RhythmSource| Rhythm::new(source.freq_hz, source.width_hz, settings.rate_hz);
        let info = StreamInfo {
            name: "motrace simulation".to_owned(),
            kind: "EEG".to_owned(),
            source_id: format!("motrace-sim-{}", settings.seed),
            rate_hz: settings.rate_hz,
            channels: settings.labels.iter().map(|l| Channel::new(l.as_str(), Unit::Microvolts)).collect(),
            ..StreamInfo::default()
        };
        let mut simulation = Self {
            time: 0,
            index: 0,
            protocol: Protocol::new(&settings, dice(0)),
            person: Person::new(&settings, dice(1)),
            rhythms: truth.sources.iter().map(rhythm).collect(),
            rhythm_dice: dice(2),
            background: Background::new(&electrodes, settings.background_volts, dice(3)),
            artefacts: Artefacts::new(&settings, &electrodes, [dice(4), dice(5), dice(6), dice(7), dice(9)]),
            dropouts: Dropouts::new(&settings, dice(8)),
            last_cue: 0,
            imagining: None,
            volts: vec![0.0; settings.labels.len()],
            queue: VecDeque::new(),
            held: Vec::new(),
            truth,
            info,
            settings,
        };
        // Let the rhythms swing in.
        for _ in 0..simulation.settings.samples(3.0) {
            simulation.advance_rhythms();
        }
        Ok(simulation)
    }

    /// What is simulated.
    #[must_use]
    pub fn settings(&self) -> &SimulationSettings {
        &self.settings
    }

    /// What a decoder should find. It grows by some 50 bytes for each trial and each artefact.
    #[must_use]
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// What the person imagines at the newest sample, reaction time considered.
    #[must_use]
    pub fn imagining(&self) -> Option<Imagery> {
        self.imagining.as_ref().map(|trial| trial.imagery)
    }

    /// Tells the person what to imagine from now on, or to stop; the person follows after a reaction time.
    ///
    /// This is how cues from outside reach a person whose own cues are [`crate::Cues::External`].
    pub fn set_imagery(&mut self, imagery: Option<Imagery>) {
        self.set_imagery_at(imagery, self.time as f64 / self.settings.rate_hz);
    }

    /// As [`Simulation::set_imagery`], for a cue that was given at `time_secs` since the first sample: the person
    /// reacts to that moment, however much later it is told. Where the reaction should be over, it begins at once.
    pub fn set_imagery_at(&mut self, imagery: Option<Imagery>, time_secs: f64) {
        let at = (time_secs * self.settings.rate_hz).round().max(0.0) as u64;
        match imagery {
            Some(imagery) => {
                self.last_cue = (self.index + at).saturating_sub(self.time);
                self.person.see_cue(at, imagery, None);
            }
            None => self.person.see_stop(at),
        }
    }

    /// The next sample of all channels, in microvolts, or `None` after the end of the protocol.
    ///
    /// # Panics
    /// When the frame's length is not the number of channels.
    pub fn next_frame(&mut self, frame: &mut [f32]) -> Option<Step> {
        assert_eq!(frame.len(), self.volts.len(), "a frame holds one value for each channel");
        let (mut missing_samples, mut cue) = (0, None);
        for _ in 0..self.dropouts.lost() {
            if self.protocol.is_over(self.time) {
                return None;
            }
            cue = self.advance().or(cue);
            missing_samples += 1;
        }
        if self.protocol.is_over(self.time) {
            return None;
        }
        cue = self.advance().or(cue);
        for (to, from) in frame.iter_mut().zip(&self.volts) {
            *to = (from * 1e6) as f32;
        }
        let index = self.index;
        self.index += 1;
        let gap = (missing_samples > 0).then(|| Gap {
            index,
            missing_samples,
            length_secs: missing_samples as f64 / self.settings.rate_hz,
        });
        let cue = cue.map(|(imagery, time)| {
            let time_secs = time as f64 / self.settings.rate_hz;
            (imagery, Marker { index, time_secs, text: imagery.name().to_owned() })
        });
        Some(Step { index, gap, cue })
    }

    /// Generates one sample into `volts`; the cue that fell on it, with its time.
    fn advance(&mut self) -> Option<(Imagery, u64)> {
        let cue = self.protocol.cue(self.time).map(|imagery| (imagery, self.time));
        if let Some((imagery, time)) = cue {
            self.last_cue = self.index;
            self.person.see_cue(time, imagery, Some(time + self.protocol.imagery_samples()));
        }
        match self.person.step(self.time) {
            Some(Change::Begins(imagery, strength)) => {
                self.finish_trial();
                let imagined = self.index..self.index;
                self.imagining = Some(TrialTruth { imagery, strength, cue: self.last_cue, imagined });
            }
            Some(Change::Ends) => self.finish_trial(),
            None => {}
        }
        self.volts.fill(0.0);
        self.advance_rhythms();
        self.background.add(&mut self.volts);
        let (index, truth) = (self.index, &mut self.truth);
        self.artefacts.add(self.time, self.imagining.is_some(), &mut self.volts, |kind, length| {
            truth.artefacts.push(ArtefactTruth { kind, samples: index..index + length });
        });
        self.time += 1;
        cue
    }

    fn finish_trial(&mut self) {
        if let Some(trial) = self.imagining.take() {
            self.truth.trials.push(TrialTruth { imagined: trial.imagined.start..self.index, ..trial });
        }
    }

    fn advance_rhythms(&mut self) {
        for (rhythm, source) in self.rhythms.iter_mut().zip(&self.truth.sources) {
            let amplitude = source.area.map_or(1.0, |area| self.person.amplitude(area));
            let value = rhythm.step(self.rhythm_dice.normal());
            add_scaled(&mut self.volts, &source.pattern_volts, amplitude * value);
        }
    }
}
