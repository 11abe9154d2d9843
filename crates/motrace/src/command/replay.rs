//! `motrace replay`

use crate::arguments::{DetectionArguments, ExplainWhich, ReplayArguments, Speed};
use crate::config::Config;
use crate::course::{Agreement, Course};
use crate::failure::Failure;
use crate::output::{self, duration, percent, say};
use crate::pacing::Paced;
use crate::pseudo_online;
use crate::recordings::{self, Loaded};
use crate::setup;
use motrace_core::{Poll, Source};
use motrace_engine::{
    ClassSpec, DecisionRecord, DecisionStream, Event, Explain, Latencies, Model, PseudoOnline, PseudoOnlineSettings,
    ReplaySummary, Score, run_replay_timed,
};
use serde::Serialize;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Decodes a recording with the engine that also runs live.
pub fn run(arguments: &ReplayArguments) -> Result<(), Failure> {
    let config = arguments.config.read()?;
    let events = arguments.events.events;
    if let Some(option) = arguments.events.detection.first_given().filter(|_| !events) {
        return Err(Failure::usage(format_args!("{option} says what counts as an event: with --events")));
    }
    if events && arguments.picture.is_some() {
        return Err(Failure::usage("--events gives figures, --picture a picture of the dashboard: give one of them"));
    }
    let headless_wanted = arguments.headless || arguments.json || events;
    let alone = headless_wanted || arguments.picture.is_some();
    let second = setup::second_model(&arguments.models, !alone)?;
    let first = arguments.models.first().map(PathBuf::as_path);
    let (recording, model) = recordings::of_session(&arguments.recording, first)?;
    let model = setup::model(&model)?;
    if let Some(second) = &second {
        setup::check_alike(&model, second)?;
    }
    let loaded = Loaded::to_play(&recording, &config)?;
    warn_of_training(&model, &loaded)?;
    if headless_wanted {
        let replayed = headless(arguments, &config, &model, &loaded)?;
        if arguments.json {
            output::json(&replayed)?;
        } else {
            report(&replayed.summary);
            if let Some(events) = &replayed.events {
                pseudo_online::in_words(events).iter().for_each(|line| say(line));
            }
            if let Some(agreement) = &replayed.session {
                say(&format!("session     {}", agreement.in_words()));
            }
        }
        return match replayed.session {
            Some(agreement) if !agreement.is_whole() => {
                Err(Failure::failed("the replay is not the same as the session"))
            }
            _ => Ok(()),
        };
    }
    if let Some(path) = &arguments.picture {
        return crate::console::picture(arguments, path, model, &loaded);
    }
    crate::console::replay(arguments, model, second, &loaded)
}

/// What a model decides in trials that it was trained on says little of what it can.
fn warn_of_training(model: &Model, loaded: &Loaded) -> Result<(), Failure> {
    let stamp = loaded.stamp()?;
    if model.about.recordings.iter().any(|trained| trained.sha256 == stamp.sha256) {
        output::warn("the model was trained on this recording: how often it is right there flatters it");
    }
    Ok(())
}

/// What a replay gave.
#[derive(Serialize)]
struct Replayed {
    #[serde(flatten)]
    summary: ReplaySummary,
    /// How it compares with the session that made the recording, where one did so with this model.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Agreement>,
    /// What a detector would have found in its sliding decisions, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<PseudoOnline>,
}

fn headless(arguments: &ReplayArguments, config: &Config, model: &Model, loaded: &Loaded) -> Result<Replayed, Failure> {
    let mut detection = match arguments.events.events {
        true => Some(EventCount::new(&arguments.events.detection, config, model, loaded)?),
        false => None,
    };
    let policy = match arguments.explain {
        ExplainWhich::None => Explain::None,
        ExplainWhich::Trials => Explain::Trials,
        ExplainWhich::All => Explain::All,
    };
    let preparation = &model.preparation;
    let names = preparation.class_names();
    let course = Course::of(loaded, model)?;
    if let Some(remark) = &course.remark {
        output::warn(remark);
    }
    let mut engine = course.engine(model, &loaded.info, policy)?;
    let mut log = arguments.log.as_deref().map(output::create_new).transpose()?.map(BufWriter::new);
    let mut log_error = None;
    let mut score = Score::new();
    course.left_out.iter().for_each(|trial| score.leave_out(*trial));
    if let Some(detection) = &mut detection {
        course.left_out.iter().for_each(|trial| detection.stream.leave_out(*trial));
    }
    let mut session = course.agreement();
    let hop = preparation.hop_samples() as usize;
    let mut source = Paced::new(course.source(loaded, hop)?, arguments.speed.unwrap_or(Speed::Max));
    let progress = output::progress("replaying", loaded.sample_count()? as u64);

    let mut sink = |event: Event| {
        if let Some(detection) = &mut detection {
            detection.stream.take(&event);
        }
        if let Event::Skipped(trial, _) = &event
            && trial.cue < course.first
        {
            return; // a cue of the calibration, which was not to be decided
        }
        score.count(&event);
        let Event::Decision { decision, trial, relevance, frozen } = &event else { return };
        if log.is_none() && session.is_none() {
            return;
        }
        let record =
            DecisionRecord::new(decision, trial.as_ref(), *relevance, &names, preparation.rate_hz).with_frozen(*frozen);
        if let Some(agreement) = &mut session {
            course.compare(&record, policy.includes(decision), agreement);
        }
        if let Some(log) = &mut log
            && log_error.is_none()
            && let Err(e) =
                serde_json::to_writer(&mut *log, &record).map_err(Into::into).and_then(|()| log.write_all(b"\n"))
        {
            log_error = Some(e);
        }
    };
    let mut latencies = Latencies::new();
    let count = run_replay_timed(&mut source, &mut engine, &mut sink, &mut |count, took| {
        latencies.add(took);
        progress.set_position(count.samples);
    })?;
    progress.finish_and_clear();
    if let Some(error) = log_error {
        return Err(Failure::failed(format_args!("the log could not be written: {error}")));
    }
    if let Some(mut log) = log {
        log.flush()?;
    }
    score.latencies_of(&latencies);
    let summary = score.summary(count, &names, preparation.rate_hz);
    let events = detection.map(|detection| detection.score(course.first, model, loaded)).transpose()?;
    Ok(Replayed { summary, session, events })
}

/// The sliding decisions of a replay, kept for a detector.
struct EventCount {
    stream: DecisionStream,
    settings: PseudoOnlineSettings,
}

impl EventCount {
    fn new(arguments: &DetectionArguments, config: &Config, model: &Model, loaded: &Loaded) -> Result<Self, Failure> {
        let preparation = &model.preparation;
        let mut settings = pseudo_online::settings(config, preparation.sliding_secs, arguments);
        if arguments.imagery.is_none() {
            let timing = &mut settings.events.timing;
            timing.imagery_secs = timing.imagery_secs.max(preparation.window_secs[1]);
        }
        settings.check().map_err(pseudo_online::failure)?;
        let mut stream = DecisionStream::of(preparation);
        if !settings.other_cues.is_empty() {
            stream.other_cues = samples_of(&ClassSpec::new("other", settings.other_cues.clone()), loaded)?;
        }
        Ok(Self { stream, settings })
    }

    fn score(self, first: u64, model: &Model, loaded: &Loaded) -> Result<PseudoOnline, Failure> {
        let stamp = loaded.stamp()?;
        let stream = self.stream.between(first, u64::MAX);
        PseudoOnline::of_model(model, &stamp.name, stream, &self.settings).map_err(pseudo_online::failure)
    }
}

/// The samples of a recording that these markers fall on.
fn samples_of(markers: &ClassSpec, loaded: &Loaded) -> Result<Vec<u64>, Failure> {
    let mut source = loaded.replay(4096)?;
    let (mut samples, mut found) = (Vec::new(), Vec::new());
    loop {
        match source.poll(&mut samples)? {
            Poll::Marker(marker) if markers.has_cue(&marker.text) => found.push(marker.index),
            Poll::End => return Ok(found),
            _ => samples.clear(),
        }
    }
}

/// Prints a summary for a person.
pub fn report(summary: &ReplaySummary) {
    let stream = &summary.stream;
    say(&format!(
        "stream      {} at {} Hz, {} markers, {} gap(s){}",
        duration(summary.seconds),
        summary.rate_hz,
        stream.markers,
        stream.gaps,
        if stream.gaps > 0 { format!(" with {} samples missing", stream.missing_samples) } else { String::new() }
    ));
    say(&format!("decisions   {} ({} with a reason not to trust them)", summary.decisions, summary.vetoed));
    match (summary.accuracy, summary.accuracy_interval, summary.chance_interval) {
        (Some(accuracy), Some([low, high]), Some([chance_low, chance_high])) => {
            say(&format!(
                "trials      {} decided, {} not; {} right (95 % interval {} to {}), \u{3ba} {:.2}",
                summary.trials,
                summary.skipped_trials,
                percent(accuracy),
                percent(low),
                percent(high),
                summary.kappa.unwrap_or(0.0)
            ));
            say(&format!("            chance: {} to {} (binomial, 95 %)", percent(chance_low), percent(chance_high)));
            if summary.classes.len() > 2 {
                output::confusion(&summary.classes, &summary.confusion);
            }
            if summary.clear_trials != summary.trials
                && let Some(clear) = summary.clear_accuracy
            {
                say(&format!(
                    "            {} of the {} that nothing speaks against",
                    percent(clear),
                    summary.clear_trials
                ));
            }
        }
        _ => say("trials      none: no cue of the model's classes"),
    }
    if let (Some(adapted), Some(frozen)) = (summary.adapted_accuracy, summary.frozen_accuracy) {
        say(&format!(
            "adapting    {} of {} trials right; the calibration model would have decided {} right",
            percent(adapted),
            summary.adapted_trials,
            percent(frozen)
        ));
    }
    if summary.left_out_trials > 0 {
        say(&format!("left out    {} trials, by hand", summary.left_out_trials));
    }
    if let Some(error) = summary.conservation_error {
        say(&format!(
            "explained   {} decisions{}; conservation error at most {error:.1e} decision units",
            summary.explained,
            if summary.not_explained > 0 { format!(", {} not", summary.not_explained) } else { String::new() }
        ));
    }
    if let Some(latency) = &summary.latency {
        say(&format!(
            "latency     p50 {}, p99 {}, max {}",
            duration(latency.p50_micros * 1e-6),
            duration(latency.p99_micros * 1e-6),
            duration(latency.max_micros * 1e-6)
        ));
    }
}
