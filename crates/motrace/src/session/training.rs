//! From calibration trials to a model that decides.

use super::conductor::{Conductor, Stop};
use crate::failure::Failure;
use crate::figures;
use crate::output::percent;
use crate::session_file::{AdaptationRecord, StepKind};
use motrace_engine::{RecordingStamp, Trained, TrainingError};
use motrace_session::texts;
use motrace_view::{Phase, TrainedFigures};

impl Conductor {
    /// Trains on the trials so far that count, while everything goes on.
    pub(super) fn train(&mut self) -> Result<Trained, Stop> {
        self.board.session().set_phase(Phase::Training);
        self.begin_step("Training", StepKind::Training, None);
        self.refresh(texts::please_wait())?;
        // The last window ends a little after the last cue's trial, where pauses are short.
        self.wait(0.3)?;
        let mut tape = self
            .run
            .live
            .copy_tape()
            .ok_or_else(|| Stop::Failed(Failure::failed("the calibration data could not be collected")))?;
        let preparation = crate::setup::preparation(&self.setup.config, tape.info(), &[])?;
        tape.discard(self.notebook.left_out());
        let settings = self.setup.train_settings();
        let was_chosen = settings.choose_band || settings.choose_window.is_some();
        let (sender, answer) = crossbeam_channel::bounded(1);
        let (folds_sender, folds) = crossbeam_channel::bounded(64);
        std::thread::Builder::new().name("motrace-train".into()).spawn(move || {
            let stamp = RecordingStamp { name: "calibration".into(), sha256: String::new() };
            let progress = &mut |done, of| {
                let _ = folds_sender.try_send((done, of));
            };
            let trained = motrace_engine::train(&[(stamp, &tape)], &preparation, &settings, progress);
            let _ = sender.send(trained);
        })?;
        let trained: Result<Trained, TrainingError> = loop {
            self.turn(motrace_lsl::clock() + 0.05)?;
            self.course.progress = folds.try_iter().last().or(self.course.progress);
            match answer.try_recv() {
                Ok(trained) => break trained,
                Err(crossbeam_channel::TryRecvError::Empty) => {}
                Err(crossbeam_channel::TryRecvError::Disconnected) => {
                    return Err(Stop::Failed(Failure::failed("training failed; see the message above")));
                }
            }
        };
        let trained = trained?;
        self.notebook.trained(&trained, was_chosen);
        for (_, trial, reason) in &trained.left_out {
            self.say(&format!("trial {} is not trained on: {reason}", trial.number));
        }
        self.say(&accuracy_line(&trained));
        self.say(&figures::described(&trained.model));
        self.course.trained = Some(TrainedFigures {
            lines: vec![accuracy_line(&trained), figures::described(&trained.model)],
            maps: pattern_maps(&trained),
            labels: trained.model.preparation.channels.labels().to_vec(),
        });
        Ok(trained)
    }

    /// Lets a model decide from now on, and keeps it in the folder.
    pub(super) fn use_model(&mut self, model: &motrace_engine::Model) -> Result<(), Stop> {
        // Feedback goes on without the file; that it is missing makes the session's end a failure.
        if let Err(why) = model.save(&self.folder.model()) {
            self.fail_later(&format!("the model could not be kept: {why}"));
        }
        match crate::setup::check_pace(model) {
            Ok(None) => {}
            Ok(Some(slow)) => self.say(&slow),
            Err(slow) => return Err(Stop::Failed(slow)),
        }
        self.can_adapt = model.decoder.network().is_none();
        let _ = self.run.live.take_tape();
        self.run.live.set_model(model)?;
        {
            let mut session = self.board.session();
            self.run.feed.set_preparation(&model.preparation, &mut session)?;
        }
        self.outlets.set_model(model)?;
        self.board.session().set_phase(Phase::Deciding);
        Ok(())
    }

    pub(super) fn adapt(&mut self) -> Result<(), Stop> {
        let wanted = self.setup.config.adaptation.clone();
        let record = AdaptationRecord {
            enabled: wanted.enabled && self.can_adapt,
            bias_rate: wanted.bias_rate,
            covariance_rate: wanted.covariance_rate,
        };
        if wanted.enabled && !self.can_adapt {
            self.say(
                "networks do not adapt: the model decides as it was trained; [adaptation] enabled is for CSP + LDA",
            );
        }
        if wanted.enabled && self.can_adapt {
            self.run.live.set_adaptation(Some(motrace_engine::Adaptation {
                bias_rate: wanted.bias_rate,
                covariance_rate: wanted.covariance_rate,
            }))?;
        }
        self.notebook.adaptation(record);
        Ok(())
    }
}

/// What the validation says, in a line.
pub fn accuracy_line(trained: &Trained) -> String {
    match &trained.validation {
        Some(v) => format!(
            "{} right in {} cross-validation of {} trials; chance reaches {} to {}{}",
            percent(v.accuracy),
            trained.model.about.validation,
            trained.epochs.labels.len(),
            percent(v.chance.low),
            percent(v.chance.high),
            if v.chance.is_exceeded_by(v.accuracy) { "" } else { ": this is NOT better than chance" }
        ),
        None => format!("trained on {} trials, not validated", trained.epochs.labels.len()),
    }
}

/// The two most telling patterns of each class: what the model looks for.
fn pattern_maps(trained: &Trained) -> Vec<(String, Vec<f64>)> {
    let names = trained.model.preparation.class_names();
    let Some(decoder) = trained.model.decoder.csp_lda() else {
        // A network has no patterns; what it made of the classes is what there is to see.
        let means = figures::mean_relevance(trained, || true).ok().flatten().map(|r| r.per_class).unwrap_or_default();
        return names.iter().zip(means).map(|(name, mean)| (format!("relevance, {name}"), mean)).collect();
    };
    let components = decoder.components_by_class();
    let mut maps = Vec::new();
    for (name, of_class) in names.iter().zip(components) {
        maps.extend(of_class.into_iter().take(2).map(|c| (format!("for {name}"), c.pattern)));
    }
    maps
}
