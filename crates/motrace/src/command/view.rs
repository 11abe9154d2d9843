//! `motrace view`

mod signals;

use crate::arguments::ViewArguments;
use crate::course::Course;
use crate::failure::Failure;
use crate::figures;
use crate::recordings::{self, Loaded};
use crate::session_feed;
use crate::setup;
use motrace_core::{ChannelQuality, Marker};
use motrace_engine::{ChannelMap, Event, Explain, Model, ReplaySummary, Score, StreamCount, Tape, run_replay};
use motrace_view::dashboard::Dashboard;
use motrace_view::terminal::{Screen, run_loop};
use motrace_view::{Action, Phase, Session, StreamHealth, StreamState, TrialRecord};
use ndarray::Array2;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// Browses the trials of a recording with their relevance, or, without a model, its signals.
pub fn run(arguments: &ViewArguments) -> Result<(), Failure> {
    let config = arguments.config.read()?;
    if arguments.models.is_empty() && !recordings::is_session(&arguments.recording) {
        return signals::run(&arguments.recording, &config);
    }
    let (recording, model) =
        recordings::of_session(&arguments.recording, arguments.models.first().map(PathBuf::as_path))?;
    let model = setup::model(&model)?;
    let second = setup::second_model(&arguments.models, true)?;
    if let Some(second) = &second {
        setup::check_alike(&model, second)?;
    }
    let loaded = Loaded::open(&recording, &config)?;
    let mut screen = Screen::enter()?;
    let browser = Browser::new(&model, &loaded)?;
    let mut dashboard = Dashboard::detect();
    let mut session = browser.session(&model, &loaded);
    if let Some(second) = &second {
        let other = Browser::new(second, &loaded)?.session(second, &loaded);
        session.set_comparison(figures::titles(&model, second), other);
    }
    browser.show(0, &mut session);
    let result = run_loop(&mut screen, &mut dashboard, &mut session, |session, action| {
        if let Action::SelectTrial(number) = action
            && let Some(place) = browser.trials.iter().position(|t| t.number == number)
        {
            browser.show(place, session);
        }
        ControlFlow::Continue(())
    });
    drop(screen);
    Ok(result?)
}

/// A recording that was decoded from end to end.
pub struct Browser {
    tape: Tape,
    map: ChannelMap,
    /// Every trial, with its relevance.
    pub trials: Vec<TrialRecord>,
    summary: ReplaySummary,
    rate_hz: f64,
    window_secs: [f64; 2],
    markers: Vec<(Marker, Option<usize>)>,
    quality: Vec<ChannelQuality>,
}

impl Browser {
    /// Decodes and explains every trial of a recording.
    pub fn new(model: &Model, loaded: &Loaded) -> Result<Self, Failure> {
        let preparation = &model.preparation;
        let tape = loaded.tape()?;
        let course = Course::of(loaded, model)?;
        let mut engine = course.engine(model, &loaded.info, Explain::Trials)?;
        let (mut trials, mut score) = (Vec::new(), Score::new());
        let count: StreamCount = run_replay(&mut course.source(loaded, 4096)?, &mut engine, &mut |event| {
            score.count(&event);
            let name = |class: usize| preparation.class_names().get(class).map_or("", |n| *n).to_owned();
            match event {
                Event::Decision { decision, trial: Some(trial), relevance, .. } => trials.push(TrialRecord {
                    number: trial.number,
                    cue: trial.cue,
                    text: name(trial.class),
                    truth: Some(trial.class),
                    decision: Some(decision),
                    warnings: relevance.map_or_else(Vec::new, |r| motrace_explain::warnings(&r.ledger)),
                    relevance: relevance.map(|r| Arc::new(r.clone())),
                }),
                Event::Skipped(trial, reason) => trials.push(TrialRecord {
                    number: trial.number,
                    cue: trial.cue,
                    text: format!("{} ({reason})", name(trial.class)),
                    truth: Some(trial.class),
                    ..TrialRecord::default()
                }),
                _ => {}
            }
        })?;
        course.left_out.iter().for_each(|trial| score.leave_out(*trial));
        // Cues of the calibration have no decision, and none was wanted.
        trials.retain(|t: &TrialRecord| t.decision.is_some() || t.cue >= course.first);
        if trials.is_empty() {
            return Err(Failure::failed(format_args!(
                "{} has no cue of the model's classes, so it has no trial to show",
                loaded.path().display()
            )));
        }
        trials.sort_by_key(|t| t.number);
        let markers = tape.markers().map(|m| (m.clone(), preparation.class_of(m))).collect();
        let map = ChannelMap::resolve(preparation, &loaded.info)?;
        let width = map.stream_channels.max(1);
        let volts = Array2::from_shape_fn((map.places.len(), tape.len() as usize), |(channel, sample)| {
            f64::from(tape.samples()[sample * width + map.places[channel]]) * map.scales_volts[channel]
        });
        Ok(Self {
            quality: motrace_signal::assess(volts.view(), &preparation.channels, preparation.rate_hz),
            map,
            summary: score.summary(count, &preparation.class_names(), preparation.rate_hz),
            rate_hz: preparation.rate_hz,
            window_secs: preparation.window_secs,
            tape,
            trials,
            markers,
        })
    }

    /// What is shown: all trials, none of the signal yet.
    pub fn session(&self, model: &Model, loaded: &Loaded) -> Session {
        let window = self.window_secs[1].max(1.0) + 2.5;
        let mut session = Session::new(motrace_view::SessionSetup {
            history_secs: window,
            ..session_feed::setup(&loaded.name(), &model.preparation)
        });
        session.set_phase(Phase::Reviewing);
        session.set_stream(StreamHealth {
            name: loaded.info.name.clone(),
            kind: loaded.info.kind.clone(),
            channels: loaded.info.channels.len(),
            rate_nominal_hz: loaded.info.rate_hz,
            state: StreamState::File,
            ..StreamHealth::default()
        });
        if let (Some(accuracy), Some([_, chance_upper]), Some(kappa)) =
            (self.summary.accuracy, self.summary.chance_interval, self.summary.kappa)
        {
            session.set_score(motrace_view::Score { accuracy, trials: self.summary.trials, chance_upper, kappa });
        }
        session.set_counters(motrace_view::Counters {
            gaps: self.summary.stream.gaps,
            vetoed: self.summary.vetoed,
            ..motrace_view::Counters::default()
        });
        session.set_quality(self.quality.clone());
        for trial in &self.trials {
            session.on_trial(trial.clone());
        }
        session
    }

    /// Shows the signal around a trial: from a second before its cue to a second after its window.
    pub fn show(&self, place: usize, session: &mut Session) {
        let Some(trial) = self.trials.get(place) else { return };
        let samples = |secs: f64| (secs * self.rate_hz).round() as u64;
        let first = trial.cue.saturating_sub(samples(1.0));
        let end = (trial.cue + samples(self.window_secs[1] + 1.0)).min(self.tape.len());
        let channels = self.map.stream_channels.max(1);
        let window = first as usize * channels..end.max(first) as usize * channels;
        let microvolts: Vec<f32> = self
            .tape
            .samples()
            .get(window)
            .unwrap_or_default()
            .chunks_exact(channels)
            .flat_map(|frame| {
                self.map.places.iter().zip(&self.map.scales_volts).map(|(&place, s)| frame[place] * (s * 1e6) as f32)
            })
            .collect();
        session.restart_traces(first);
        session.push_samples(&microvolts);
        for (marker, class) in self.markers.iter().filter(|(m, _)| (first..end).contains(&m.index)) {
            session.on_marker(marker, *class);
        }
        if let Some(decision) = &trial.decision {
            session.on_decision(decision);
        }
    }
}
