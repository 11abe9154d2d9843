use crate::trial_queue::TrialQueue;
use crate::{EngineError, Missed, Preparation, SkipReason, WindowBuffer};
use motrace_core::{Gap, Marker, Poll, Source, SourceError, StreamInfo, Trial, Veto};
use motrace_decode::Epochs;
use ndarray::{Array2, Array3, ArrayView2, Axis};
use std::collections::VecDeque;
use thiserror::Error;

/// What became of a cue during calibration.
#[derive(Debug, Clone, PartialEq)]
pub enum Collected {
    /// Its epoch was kept.
    Kept(Trial),
    /// It was left out, and why.
    LeftOut(Trial, SkipReason),
}

/// Why epochs cannot be read from a source.
#[derive(Debug, Error)]
pub enum EpochsError {
    /// The stream does not fit.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Collects training epochs from a stream, through the same signal path as decisions: the causal filter
/// runs from the first sample on, and each epoch is the window that would be decoded.
///
/// Trials that touch a gap, a bad sample or the settling of the filters are left out, and kept count of.
#[derive(Debug, Clone)]
pub struct EpochCollector {
    buffer: WindowBuffer,
    trials: TrialQueue,
    preparation: Preparation,
    stream_channels: usize,
    keeps_settling: bool,
    windows: Vec<Array2<f64>>,
    settling: Vec<bool>,
    kept: Vec<Trial>,
    left_out: Vec<(Trial, SkipReason)>,
    discarded: Vec<usize>,
    news: VecDeque<Collected>,
}

impl EpochCollector {
    /// For a stream from its first sample on.
    ///
    /// # Errors
    /// Where the stream does not fit.
    pub fn new(preparation: &Preparation, info: &StreamInfo) -> Result<Self, EngineError> {
        Self::of_derivations(preparation, info, None, false)
    }

    /// For derivations of the channels, `[derivations, channels]`, in place of the channels themselves; trials during
    /// which the filters settle are kept where that is wanted.
    pub(crate) fn of_derivations(
        preparation: &Preparation,
        info: &StreamInfo,
        derivations: Option<ArrayView2<f64>>,
        keeps_settling: bool,
    ) -> Result<Self, EngineError> {
        Ok(Self {
            buffer: WindowBuffer::of_derivations(preparation, info, 0, derivations)?,
            keeps_settling,
            settling: Vec::new(),
            trials: TrialQueue::new(preparation),
            preparation: preparation.clone(),
            stream_channels: info.channels.len().max(1),
            windows: Vec::new(),
            kept: Vec::new(),
            left_out: Vec::new(),
            discarded: Vec::new(),
            news: VecDeque::new(),
        })
    }

    /// The trials that were kept, in order of their windows' ends.
    #[must_use]
    pub fn kept(&self) -> &[Trial] {
        &self.kept
    }

    /// The trials that were left out, and why.
    #[must_use]
    pub fn left_out(&self) -> &[(Trial, SkipReason)] {
        &self.left_out
    }

    /// The window of each trial that was kept, `[channels, samples]`.
    pub(crate) fn windows(&self) -> impl Iterator<Item = ArrayView2<'_, f64>> {
        self.windows.iter().map(|window| window.view())
    }

    /// Whether the filters were settling, for each trial that was kept.
    pub(crate) fn settling(&self) -> &[bool] {
        &self.settling
    }

    /// Leaves trials out by their numbers: who ran the session knows that they count not.
    #[must_use]
    pub fn without(mut self, numbers: &[usize]) -> Self {
        self.discarded = numbers.to_vec();
        self
    }

    /// How many cues there were.
    #[must_use]
    pub fn cues(&self) -> usize {
        self.trials.cues()
    }

    pub(crate) fn trials_mut(&mut self) -> &mut TrialQueue {
        &mut self.trials
    }

    /// The next samples, interleaved; calls `on` with each trial that is complete.
    pub fn push(&mut self, samples: &[f32], on: &mut impl FnMut(Collected)) {
        for frame in samples.chunks_exact(self.stream_channels) {
            self.buffer.push_frame(frame);
            if self.trials.is_due(self.buffer.next_index()) {
                self.take_due();
            }
        }
        self.news.drain(..).for_each(on);
    }

    /// A marker.
    pub fn marker(&mut self, marker: &Marker, on: &mut impl FnMut(Collected)) {
        if let Some(class) = self.preparation.class_of(marker) {
            match self.trials.add(class, marker) {
                Ok(()) => self.take_due(),
                Err((trial, reason)) => self.leave_out(trial, reason),
            }
        }
        self.news.drain(..).for_each(on);
    }

    /// Samples are missing before the next one.
    pub fn gap(&mut self, gap: &Gap, on: &mut impl FnMut(Collected)) {
        self.buffer.gap(gap);
        self.take_due();
        self.news.drain(..).for_each(on);
    }

    /// The stream is over: cues whose window is not complete are left out.
    pub fn finish(&mut self, on: &mut impl FnMut(Collected)) {
        while let Some(trial) = self.trials.take_due(u64::MAX) {
            self.leave_out(trial, SkipReason::Incomplete);
        }
        self.news.drain(..).for_each(on);
    }

    fn take_due(&mut self) {
        while let Some(trial) = self.trials.take_due(self.buffer.next_index()) {
            if self.discarded.contains(&trial.number) {
                self.leave_out(trial, SkipReason::Discarded);
                continue;
            }
            let shape = (self.buffer.channels(), self.preparation.window_samples());
            let mut window = Array2::zeros(shape);
            match self.buffer.copy_window(trial.start, window.view_mut()) {
                Ok(veto) => match reason_of(veto).filter(|r| !(self.keeps_settling && *r == SkipReason::Settling)) {
                    None => {
                        self.windows.push(window);
                        self.settling.push(veto.has(Veto::SETTLING));
                        self.news.push_back(Collected::Kept(trial.clone()));
                        self.kept.push(trial);
                    }
                    Some(reason) => self.leave_out(trial, reason),
                },
                Err(Missed::Lost) => self.leave_out(trial, SkipReason::Lost),
                Err(_) => self.leave_out(trial, SkipReason::NotRetained),
            }
        }
    }

    fn leave_out(&mut self, trial: Trial, reason: SkipReason) {
        self.news.push_back(Collected::LeftOut(trial.clone(), reason));
        self.left_out.push((trial, reason));
    }
}

fn reason_of(veto: Veto) -> Option<SkipReason> {
    [(Veto::GAP, SkipReason::Gap), (Veto::BAD_SAMPLE, SkipReason::BadSample), (Veto::SETTLING, SkipReason::Settling)]
        .into_iter()
        .find(|(flag, _)| veto.has(*flag))
        .map(|(_, reason)| reason)
}

/// Collects the epochs of a whole source.
///
/// # Errors
/// Where the stream does not fit, or the source fails.
pub fn collect_epochs(source: &mut dyn Source, preparation: &Preparation) -> Result<EpochCollector, EpochsError> {
    EpochCollector::new(preparation, source.info())?.read(source)
}

impl EpochCollector {
    /// Collects what a source delivers until its end.
    pub(crate) fn read(mut self, source: &mut dyn Source) -> Result<Self, EpochsError> {
        let mut samples = Vec::new();
        let mut ignore = |_| ();
        loop {
            match source.poll(&mut samples)? {
                Poll::Samples(_) => {
                    self.push(&samples, &mut ignore);
                    samples.clear();
                }
                Poll::Marker(marker) => self.marker(&marker, &mut ignore),
                Poll::Gap(gap) => self.gap(&gap, &mut ignore),
                Poll::Idle => std::thread::sleep(std::time::Duration::from_micros(200)),
                Poll::End => {
                    self.finish(&mut ignore);
                    return Ok(self);
                }
            }
        }
    }
}

/// The epochs of several recordings as one set, each recording a group, trials in their order.
///
/// All have to come from the same preparation.
#[must_use]
pub fn stack_epochs(collectors: &[EpochCollector], preparation: &Preparation) -> Epochs {
    let trials: usize = collectors.iter().map(|c| c.windows.len()).sum();
    let mut data = Array3::zeros((trials, preparation.channels.len(), preparation.window_samples()));
    let windows = collectors.iter().flat_map(|c| &c.windows);
    for (mut slot, window) in data.axis_iter_mut(Axis(0)).zip(windows) {
        slot.assign(window);
    }
    let each = |of: fn(usize, &Trial) -> usize| {
        collectors.iter().enumerate().flat_map(move |(group, c)| c.kept.iter().map(move |t| of(group, t))).collect()
    };
    Epochs {
        data,
        labels: each(|_, trial| trial.class),
        class_names: preparation.class_names().into_iter().map(str::to_owned).collect(),
        groups: each(|group, _| group),
    }
}
