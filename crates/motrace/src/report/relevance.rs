//! The relevances of the session's trials, from replaying its recording.

use super::figures::{ClassRelevance, ReplayFigures, RimFigures};
use super::material::Material;
use super::trials::ReportTrial;
use crate::course::Course;
use motrace_core::{Relevance, View};
use motrace_engine::{Event, Explain, run_replay};
use motrace_explain::is_on_rim;
use ndarray::Array2;
use std::collections::BTreeMap;

/// A class whose mean relevance lies on the frontal and temporal rim to more than this share is suspicious.
///
/// It is less than what is warned of on single trials, because noise is gone from a mean.
pub const CLASS_RIM_LIMIT: f64 = 0.35;
/// So many trials are named.
const NAMED: usize = 5;

/// One explained trial.
pub struct TrialRelevance {
    /// Its place in the list of trials.
    pub place: usize,
    /// Relevance of each channel, in the view of [`Relevances::view`].
    pub pattern: Vec<f64>,
}

/// The mean over a class's trials.
#[derive(Default)]
pub struct ClassMean {
    /// How many trials.
    pub trials: usize,
    /// Each view, summed over time.
    pub per_channel: [Vec<f64>; 3],
    /// The view of [`Relevances::view`], `[channels, samples]`; nothing where it could not be replayed.
    pub pattern: Option<Array2<f64>>,
    /// That view as decided less that of the frozen model, and of how many trials.
    pub difference: Option<(usize, Vec<f64>)>,
}

/// The relevances of a session.
pub struct Relevances {
    /// The view that stands for all: PATTERN, or INPUT where the decoder has no PATTERN.
    pub view: View,
    /// The channels.
    pub labels: Vec<String>,
    /// Samples per second.
    pub rate_hz: f64,
    /// The start of the window after the cue, in seconds.
    pub window_start_secs: f64,
    /// The trials with feedback, in order.
    pub trials: Vec<TrialRelevance>,
    /// The mean of the trials that count, by the class of the cue.
    pub means: [ClassMean; 2],
    /// Whether the replay agrees with the session.
    pub replay: Option<ReplayFigures>,
    /// The share on the rim of each trial, by its number.
    rim_shares: Vec<(usize, usize, f64)>,
}

impl Relevances {
    /// Replays the recording with the model; from the decision log alone, one view only, where that cannot be.
    pub fn of(material: &Material, trials: &[ReportTrial]) -> Option<Self> {
        let model = material.model.as_ref()?;
        let preparation = &model.preparation;
        let mut all = Self {
            view: if model.decoder.csp_lda().is_some() { View::Pattern } else { View::Input },
            labels: preparation.channels.labels().to_vec(),
            rate_hz: preparation.rate_hz,
            window_start_secs: preparation.window_secs[0],
            trials: Vec::new(),
            means: Default::default(),
            replay: None,
            rim_shares: Vec::new(),
        };
        if !all.replay(material, trials) {
            all.read(trials);
        }
        for mean in &mut all.means {
            mean.divide();
        }
        all.trials.sort_by_key(|t| t.place);
        (!all.trials.is_empty()).then_some(all)
    }

    fn replay(&mut self, material: &Material, trials: &[ReportTrial]) -> bool {
        let (Some(model), Some(loaded)) = (&material.model, &material.loaded) else { return false };
        let Ok(course) = Course::of(loaded, model) else { return false };
        let Ok(mut engine) = course.engine(model, &loaded.info, Explain::Trials) else { return false };
        let Ok(mut source) = course.source(loaded, 4096) else { return false };
        let places: BTreeMap<usize, usize> =
            trials.iter().enumerate().filter_map(|(place, t)| Some((t.number?, place))).collect();
        let mut agreement = ReplayFigures::default();
        let done = run_replay(&mut source, &mut engine, &mut |event| {
            let Event::Decision { decision, trial: Some(trial), relevance: Some(relevance), frozen } = event else {
                return;
            };
            let Some(&place) = places.get(&trial.number) else { return };
            let noted = &trials[place];
            if let Some(bits) = &noted.value_bits {
                agreement.trials += 1;
                agreement.same_values += usize::from(*bits == format!("{:016x}", decision.value.to_bits()));
            }
            if let Some(digest) = &noted.digest {
                agreement.relevances += 1;
                agreement.same_relevances += usize::from(*digest == format!("{:016x}", relevance.digest()));
            }
            self.add(place, noted, relevance, frozen);
        });
        self.replay = (agreement.trials > 0).then_some(agreement);
        done.is_ok() && !self.trials.is_empty()
    }

    fn add(&mut self, place: usize, noted: &ReportTrial, relevance: &Relevance, frozen: Option<&Relevance>) {
        if !noted.has_feedback {
            return;
        }
        let (pattern, map) = (relevance.per_channel(self.view), relevance.view(self.view));
        if let (true, Some(mean)) = (noted.counts(), noted.class.and_then(|c| self.means.get_mut(c))) {
            mean.trials += 1;
            for (sum, view) in mean.per_channel.iter_mut().zip(View::ALL) {
                add(sum, &relevance.per_channel(view));
            }
            match &mut mean.pattern {
                Some(sum) if sum.dim() == map.dim() => *sum += &map,
                Some(_) => {}
                none => *none = Some(map.to_owned()),
            }
            if let Some(frozen) = frozen {
                mean.compare(&pattern, &frozen.per_channel(self.view));
            }
        }
        if let (Some(number), Some(class)) = (noted.number, noted.class) {
            self.rim_shares.push((class, number, rim_share(&self.labels, &pattern)));
        }
        self.trials.push(TrialRelevance { place, pattern });
    }

    /// What the decision log has: one view of each channel.
    fn read(&mut self, trials: &[ReportTrial]) {
        (self.trials, self.rim_shares, self.means) = Default::default();
        let place_of_view = self.place_of_view();
        for (place, trial) in trials.iter().enumerate().filter(|(_, t)| t.has_feedback) {
            let Some(pattern) = trial.pattern.as_ref().filter(|p| p.len() == self.labels.len()) else { continue };
            if let (true, Some(mean)) = (trial.counts(), trial.class.and_then(|c| self.means.get_mut(c))) {
                mean.trials += 1;
                add(&mut mean.per_channel[place_of_view], pattern);
                if let Some(frozen) = &trial.frozen_pattern {
                    mean.compare(pattern, frozen);
                }
            }
            if let (Some(number), Some(class)) = (trial.number, trial.class) {
                self.rim_shares.push((class, number, rim_share(&self.labels, pattern)));
            }
            self.trials.push(TrialRelevance { place, pattern: pattern.clone() });
        }
    }

    /// Where the view that stands for all is in lists of all views.
    fn place_of_view(&self) -> usize {
        View::ALL.iter().position(|view| *view == self.view).unwrap_or(0)
    }

    /// The figures of each class that has trials.
    pub fn class_figures(&self, classes: &[String; 2]) -> Vec<ClassRelevance> {
        let figures = |(class, mean): (&String, &ClassMean)| {
            let [input, pattern, source] = mean.per_channel.clone();
            ClassRelevance {
                class: class.clone(),
                trials: mean.trials,
                input,
                pattern,
                source,
                adapted_less_frozen: mean.difference.as_ref().map(|(_, values)| values.clone()),
            }
        };
        classes.iter().zip(&self.means).filter(|(_, mean)| mean.trials > 0).map(figures).collect()
    }

    /// The share of each class's mean relevance on the frontal and temporal rim.
    pub fn rim_figures(&self, classes: &[String; 2]) -> Vec<RimFigures> {
        let on_rim = self.labels.iter().filter(|label| is_on_rim(label)).count();
        let share_of_channels = on_rim as f64 / self.labels.len().max(1) as f64;
        let of_class = |class: usize| {
            let share = rim_share(&self.labels, &self.means[class].per_channel[self.place_of_view()]);
            let mut highest: Vec<(usize, f64)> = self
                .rim_shares
                .iter()
                .filter(|(c, ..)| *c == class)
                .map(|&(_, number, share)| (number, share))
                .collect();
            highest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            highest.truncate(NAMED);
            RimFigures {
                class: classes[class].clone(),
                share,
                share_of_channels,
                // A share that only follows from where the electrodes are is no sign of anything.
                is_high: share > CLASS_RIM_LIMIT && share > share_of_channels,
                highest,
            }
        };
        (0..2).filter(|class| self.means[*class].trials > 0).map(of_class).collect()
    }
}

impl ClassMean {
    /// Adds what a trial's relevance has beyond that of the frozen model.
    fn compare(&mut self, ours: &[f64], frozen: &[f64]) {
        let difference: Vec<f64> = ours.iter().zip(frozen).map(|(ours, frozen)| ours - frozen).collect();
        let (count, sum) = self.difference.get_or_insert_default();
        *count += 1;
        add(sum, &difference);
    }

    fn divide(&mut self) {
        let count = self.trials.max(1) as f64;
        self.per_channel.iter_mut().flatten().for_each(|v| *v /= count);
        if let Some(pattern) = &mut self.pattern {
            *pattern /= count;
        }
        if let Some((count, values)) = &mut self.difference {
            let count = (*count).max(1) as f64;
            values.iter_mut().for_each(|v| *v /= count);
        }
    }
}

fn add(sum: &mut Vec<f64>, values: &[f64]) {
    sum.resize(values.len(), 0.0);
    sum.iter_mut().zip(values).for_each(|(s, v)| *s += v);
}

/// Σ|R| on the frontal and temporal rim over Σ|R|; 0 where there is no relevance.
pub fn rim_share(labels: &[String], values: &[f64]) -> f64 {
    let total: f64 = values.iter().map(|v| v.abs()).sum();
    let rim: f64 = labels.iter().zip(values).filter(|(label, _)| is_on_rim(label)).map(|(_, v)| v.abs()).sum();
    if total > 0.0 && total.is_finite() { rim / total } else { 0.0 }
}
