//! The dashboard, wired to what runs behind it.

use crate::arguments::{ReplayArguments, Speed};
use crate::course::Course;
use crate::failure::Failure;
use crate::live_run::{LiveRun, Outcome};
use crate::pacing::Paced;
use crate::recordings::Loaded;
use crate::session_feed::{self, Story};
use crate::{figures, output, stopping};
use motrace_engine::{Model, Plan};
use motrace_view::dashboard::{ColourDepth, Dashboard};
use motrace_view::palette::Ground;
use motrace_view::terminal::{Screen, run_loop};
use motrace_view::{Action, Phase, Session};
use ratatui::{buffer::Buffer, layout::Rect};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Replays a recording on the dashboard, in real time or as fast as is asked.
///
/// A second model decodes the same beside it, in an engine of its own.
pub fn replay(
    arguments: &ReplayArguments,
    model: Model,
    second: Option<Model>,
    loaded: &Loaded,
) -> Result<(), Failure> {
    let mut screen = Screen::enter()?;
    let stop = stopping::on_request();
    let preparation = model.preparation.clone();
    let is_eventful = Course::of(loaded, &model)?.is_eventful();
    let chunk = preparation.hop_samples() as usize;
    let speed = || arguments.speed.unwrap_or(Speed::Times(1.0));
    let source = Paced::new(loaded.replay(chunk)?, speed());
    let mut session = Session::new(session_feed::setup(&loaded.name(), &preparation));
    let mut beside = match second {
        None => None,
        Some(second) => {
            let mut other = Session::new(session_feed::setup(&loaded.name(), &second.preparation));
            other.set_phase(Phase::Deciding);
            session.set_comparison(figures::titles(&model, &second), other);
            let source = Paced::new(loaded.replay(second.preparation.hop_samples() as usize)?, speed());
            Some(LiveRun::on_source(source, Plan::Decode(Box::new(second)), None)?)
        }
    };
    let mut run = LiveRun::on_source(source, Plan::Decode(Box::new(model)), arguments.log.as_deref())?;
    session.set_phase(Phase::Deciding);
    if is_eventful {
        session.message("the model decodes all of this, as it was trained; --headless replays the session as it was");
    }
    let mut dashboard = Dashboard::detect();
    let mut is_over = false;
    let shown = run_loop(&mut screen, &mut dashboard, &mut session, |session, _: Action| {
        if stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        if let (Some(beside), Some(other)) = (&mut beside, session.comparison_mut()) {
            beside.turn(other, &mut |_| ());
        }
        let goes_on = run.turn(session, &mut |_| ());
        if !goes_on && !is_over {
            is_over = true;
            session.set_phase(Phase::Finished("the recording is over; q leaves".into()));
        }
        ControlFlow::Continue(())
    });
    drop(screen);
    if let Some(beside) = beside {
        let _ = beside.finish();
    }
    let outcome = run.finish();
    shown?;
    conclude(&outcome)
}

/// Draws the dashboard as it is some way into a recording, from the same session and the same code as on a terminal.
pub fn picture(arguments: &ReplayArguments, path: &Path, model: Model, loaded: &Loaded) -> Result<(), Failure> {
    let preparation = model.preparation.clone();
    let wanted = arguments.at * preparation.rate_hz;
    // Fast, but not so fast that the picture would miss what happens.
    let source = Paced::new(loaded.replay(preparation.hop_samples() as usize)?, Speed::Times(20.0));
    let mut session = Session::new(session_feed::setup(&loaded.name(), &preparation));
    let mut run = LiveRun::on_source(source, Plan::Decode(Box::new(model)), None)?;
    session.set_phase(Phase::Deciding);
    while run.turn(&mut session, &mut |_| ()) && (session.traces().end() as f64) < wanted {
        std::thread::sleep(Duration::from_millis(2));
    }
    let (width, height) = arguments.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let area = buffer.area;
    Dashboard::new(ColourDepth::True, Ground::Dark).render_to(&mut buffer, area, &session);
    figures::write(path, &motrace_view::figure::screen_svg(&buffer, "motrace"), "motrace")
}

/// Says how a session went, and fails where something was lost.
pub fn conclude(outcome: &Outcome) -> Result<(), Failure> {
    crate::command::replay::report(&outcome.summary);
    if outcome.dropped_samples + outcome.dropped_relevances + outcome.stale + outcome.deadline_missed > 0 {
        output::say(&format!(
            "dropped     {} samples, {} relevances; {} decisions from stale data, {} after their deadline",
            outcome.dropped_samples, outcome.dropped_relevances, outcome.stale, outcome.deadline_missed
        ));
    }
    outcome.error.as_ref().map_or(Ok(()), |error| Err(Failure::failed(error)))
}

/// A trial in one line.
pub fn in_words(story: &Story, class_names: &[&str]) -> Option<String> {
    match story {
        Story::Trial(trial) => {
            let decision = trial.decision?;
            let truth = trial.truth.and_then(|t| class_names.get(t)).copied().unwrap_or("?");
            let verdict = if Some(decision.class()) == trial.truth { "right" } else { "wrong" };
            let careful = decision.veto.reasons();
            Some(format!(
                "trial {:<3} cue {truth:<8} decided {:<8} {verdict}  f = {:+.2}{}",
                trial.number,
                class_names.get(decision.class()).copied().unwrap_or("?"),
                decision.value,
                if careful.is_empty() { String::new() } else { format!("  (careful: {})", careful.join(", ")) }
            ))
        }
        Story::Message(text) => Some(text.clone()),
        Story::Over(Some(why)) => Some(format!("the stream failed: {why}")),
        Story::Over(None) => Some("the stream has ended".into()),
        Story::Calibration(_)
        | Story::ModelSet(_)
        | Story::Decision(_)
        | Story::Explained(_)
        | Story::Skipped(..)
        | Story::Gap => None,
    }
}
