//! The end of a session: everything is closed in order, written down and reported, however it ended.

use super::conductor::{Conductor, Stop};
use crate::failure::Failure;
use crate::live_run::Outcome;
use crate::output::{self, percent, say};
use crate::report::{self, ReportFigures};
use crate::session_file::{SessionFile, StreamRecord};
use motrace_core::StreamInfo;
use motrace_view::{Phase, StepState};
use serde::Serialize;
use std::path::PathBuf;
use std::time::SystemTime;

/// What is left of a session when it is over.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Its folder.
    pub folder: PathBuf,
    /// Why it ended early.
    pub broken_off: Option<String>,
    /// How well the decoder did in the feedback: trials that count, and how many of them were right.
    pub trials: usize,
    /// The share of them that was decided right.
    pub accuracy: Option<f64>,
    /// The share that guessing would reach at most, in 95 of 100 such sessions.
    pub chance_upper: Option<f64>,
    /// The calibration's cross-validated accuracy.
    pub calibration_accuracy: Option<f64>,
    /// The recording, decisions and losses.
    pub outcome: Outcome,
    /// The figures of the report, where it could be made.
    pub figures: Option<ReportFigures>,
    /// What failed at the end.
    pub error: Option<String>,
}

impl Report {
    /// Says how it went; fails where something did.
    pub fn conclude(&self, as_json: bool) -> Result<(), Failure> {
        if as_json {
            output::json(self)?;
        } else {
            self.say();
        }
        match &self.error {
            Some(error) => Err(Failure::failed(error)),
            None => Ok(()),
        }
    }

    fn say(&self) {
        if let Some(why) = &self.broken_off {
            say(&format!("ended early  {why}"));
        }
        if let Some(accuracy) = self.calibration_accuracy {
            say(&format!("calibration  {} right in cross-validation", percent(accuracy)));
        }
        if let (Some(accuracy), Some(chance)) = (self.accuracy, self.chance_upper) {
            say(&format!(
                "feedback     {} of {} trials right; chance reaches {}{}",
                percent(accuracy),
                self.trials,
                percent(chance),
                if accuracy > chance { "" } else { ": this is NOT better than chance" }
            ));
        }
        say(&format!("folder       {}", self.folder.display()));
        if self.figures.is_some() {
            say(&format!("report       {}", self.folder.join("report.html").display()));
        }
    }
}

/// What `session.json` says of a stream.
pub fn stream_record(info: &StreamInfo) -> StreamRecord {
    StreamRecord {
        name: info.name.clone(),
        kind: info.kind.clone(),
        host: info.host.clone(),
        source_id: info.source_id.clone(),
        rate_hz: info.rate_hz,
        unit: info.channels.first().map_or_else(String::new, |c| c.unit.to_string()),
        labels: info.channels.iter().map(|c| c.label.clone()).collect(),
        ..StreamRecord::default()
    }
}

impl Conductor {
    fn session_file(&self) -> PathBuf {
        self.folder.path().join("session.json")
    }

    /// Writes down what is known so far; a session that is killed later still has this.
    pub(super) fn save_notes(&mut self) {
        let path = self.session_file();
        if let Err(why) = self.notebook.file.save(&path) {
            self.fail_later(&why.to_string());
        }
    }

    /// Ends the session and reports.
    pub(super) fn finish(mut self, ended: Result<(), Stop>) -> Result<Report, Failure> {
        let (broken_off, mut error) = match ended {
            Ok(()) => (None, None),
            Err(Stop::Aborted) => (Some("ended by the operator".to_owned()), None),
            Err(Stop::SourceOver(None)) => (Some("the amplifier's stream has ended".to_owned()), None),
            Err(Stop::SourceOver(Some(why))) => (Some(why.clone()), Some(why)),
            Err(Stop::Failed(failure)) => (Some(failure.to_string()), Some(failure.to_string())),
        };
        if let Some(why) = &broken_off {
            let text = format!("the session ends early: {why}");
            self.warn(&text);
            let at = self.samples();
            self.notebook.end(at, true);
            for step in self.course.steps.iter_mut().filter(|s| s.state == StepState::Now) {
                step.state = StepState::Failed;
            }
            // Whoever listens shall know; where even that fails there is nobody to tell.
            let _ = self.marker("session-end", motrace_lsl::clock());
        }
        self.board.session().set_phase(Phase::Finished("writing the report".into()));
        self.board.say("closing the recording");
        self.publish();
        // What was acquired is still decoded and recorded.
        std::thread::sleep(super::steps::FINISHING);
        let folder = self.folder.path().to_owned();
        let path = self.session_file();
        let Self { run, mut notebook, board, stage, outlets, error: earlier, .. } = self;
        let health = board.session().stream().clone();
        if let Some(stream) = &mut notebook.file.stream {
            stream.measured_rate_hz = health.rate_effective_hz;
            stream.clock_error_secs = health.clock_error_secs;
        }
        let outcome = run.finish();
        drop((stage, outlets));
        let file: &mut SessionFile = &mut notebook.file;
        file.ended = Some(motrace_record::utc_text(SystemTime::now()));
        file.broken_off.clone_from(&broken_off);
        file.latency = outcome.summary.latency;
        file.latency_bins.clone_from(&outcome.latency_bins);
        file.counters = Some(outcome.counters);
        error = error.or(earlier).or_else(|| outcome.error.clone());
        if let Err(why) = file.save(&path) {
            error.get_or_insert_with(|| why.to_string());
        }
        let figures = match report::write(&folder) {
            Ok(figures) => Some(figures),
            Err(why) => {
                error.get_or_insert_with(|| format!("the report could not be made: {why}"));
                None
            }
        };
        let score = notebook.score();
        board.session().set_phase(Phase::Finished(format!("{}", folder.display())));
        Ok(Report {
            broken_off,
            trials: score.as_ref().map_or(0, |s| s.trials),
            accuracy: score.as_ref().map(|s| s.accuracy),
            chance_upper: score.as_ref().map(|s| s.chance_upper),
            calibration_accuracy: notebook.file.validation.as_ref().and_then(|v| v.accuracy),
            folder,
            outcome,
            figures,
            error,
        })
    }
}
