//! `motrace live`

use crate::arguments::LiveArguments;
use crate::config::Config;
use crate::console::{conclude, in_words};
use crate::failure::Failure;
use crate::live_run::{LiveRun, Outcome};
use crate::network;
use crate::output::{self, say};
use crate::publication::Publication;
use crate::recordings::Described;
use crate::session_feed;
use crate::{setup, stopping};
use motrace_core::{Source, clean_text};
use motrace_engine::{ChannelMap, Model, Plan};
use motrace_lsl::LslSource;
use motrace_view::dashboard::Dashboard;
use motrace_view::terminal::{Screen, run_loop};
use motrace_view::{Action, Phase, Session};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Decodes an EEG stream on the network.
pub fn run(arguments: &LiveArguments) -> Result<(), Failure> {
    let config = arguments.config.read()?;
    let Some(path) = &arguments.model else { return crate::session::run(arguments, config) };
    let model = setup::model(path)?;
    if let Some(slow) = setup::check_pace(&model)? {
        output::warn(&slow);
    }
    for path in [&arguments.record, &arguments.log].into_iter().flatten() {
        if path.exists() {
            return Err(Failure::failed(format_args!("{} exists already; give another name", path.display())));
        }
    }
    if arguments.headless || arguments.json {
        setup::lsl(&config.lsl)?;
        return headless(arguments, &config, model, &stopping::on_request());
    }
    dashboard(arguments, config, model)
}

fn open(
    stream: Option<String>,
    wait_secs: u32,
    config: &Config,
    model: &Model,
) -> Result<Described<LslSource>, Failure> {
    let name = stream.or_else(|| config.stream.name.clone());
    let source = network::open(config, name, Duration::from_secs(wait_secs.into()))?;
    let source = Described::new(source, config)?;
    // What does not fit is said before anything starts.
    ChannelMap::resolve(&model.preparation, source.info())?;
    Ok(source)
}

fn start(arguments: &LiveArguments, source: Described<LslSource>, model: &Model) -> Result<LiveRun, Failure> {
    let publication = arguments.publish.as_deref().map(|name| {
        let name = clean_text(name, 60);
        Publication::open(&name, &setup::own_source_id(&name), &model.preparation)
    });
    LiveRun::on_lsl(
        source,
        Plan::Decode(Box::new(model.clone())),
        arguments.record.as_deref(),
        arguments.log.as_deref(),
        publication.transpose()?,
    )
}

/// Whether as much data has come as was asked for.
fn is_enough(arguments: &LiveArguments, run: &LiveRun, rate_hz: f64) -> bool {
    arguments.seconds.is_some_and(|secs| run.live.counters().samples as f64 >= f64::from(secs) * rate_hz)
}

fn headless(arguments: &LiveArguments, config: &Config, model: Model, stop: &AtomicBool) -> Result<(), Failure> {
    let source = open(arguments.stream.clone(), arguments.wait, config, &model)?;
    let (names, rate_hz) = (model.preparation.class_names(), model.preparation.rate_hz);
    if !arguments.json {
        let info = source.info();
        say(&format!(
            "decoding {:?} from {}, {} channels at {} Hz, {}; Ctrl-C ends the session",
            clean_text(&info.name, 60),
            clean_text(&info.host, 40),
            info.channels.len(),
            info.rate_hz,
            session_feed::unit_of(info)
        ));
    }
    let mut run = start(arguments, source, &model)?;
    let mut session = Session::new(session_feed::setup("live", &model.preparation));
    let mut told_error = false;
    while !stop.load(Ordering::Relaxed) && !is_enough(arguments, &run, rate_hz) {
        let goes_on = run.turn(&mut session, &mut |story| {
            if let Some(line) = in_words(&story, &names)
                && !arguments.json
            {
                say(&line);
            }
        });
        if let Some(error) = run.keeping_error()
            && !told_error
        {
            output::warn(error);
            told_error = true;
        }
        if !goes_on {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let outcome = run.finish();
    end(arguments, &outcome)
}

fn end(arguments: &LiveArguments, outcome: &Outcome) -> Result<(), Failure> {
    if arguments.json {
        output::json(outcome)?;
        return outcome.error.as_ref().map_or(Ok(()), |error| Err(Failure::failed(error)));
    }
    conclude(outcome)
}

fn dashboard(arguments: &LiveArguments, config: Config, model: Model) -> Result<(), Failure> {
    let mut screen = Screen::enter()?;
    let stop = stopping::on_request();
    setup::lsl(&config.lsl)?;
    let preparation = model.preparation.clone();
    let title = arguments
        .model
        .as_deref()
        .and_then(std::path::Path::file_stem)
        .map(|s| s.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut session = Session::new(session_feed::setup(&title, &preparation));
    session.message("looking for the EEG stream");

    // The first screen does not wait for the network.
    let (sender, opened) = crossbeam_channel::bounded(1);
    let (stream, wait_secs, opening_model) = (arguments.stream.clone(), arguments.wait, model.clone());
    std::thread::spawn(move || {
        let _ = sender.send(open(stream, wait_secs, &config, &opening_model));
    });
    let mut dashboard = Dashboard::detect();
    let mut run: Option<LiveRun> = None;
    let mut failure: Option<Failure> = None;
    let mut told_error = false;
    let shown = run_loop(&mut screen, &mut dashboard, &mut session, |session, _: Action| {
        if stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        if let Ok(result) = opened.try_recv() {
            match result.and_then(|source| start(arguments, source, &model)) {
                Ok(started) => {
                    session.set_phase(Phase::Deciding);
                    session.message("decoding");
                    run = Some(started);
                }
                Err(why) => {
                    failure = Some(why);
                    return ControlFlow::Break(());
                }
            }
        }
        let Some(run) = &mut run else { return ControlFlow::Continue(()) };
        let mut words = Vec::new();
        let goes_on = run.turn(session, &mut |story| words.extend(in_words(&story, &preparation.class_names())));
        words.iter().for_each(|line| session.message(line));
        if let Some(error) = run.keeping_error()
            && !told_error
        {
            session.message(error);
            told_error = true;
        }
        if !goes_on || is_enough(arguments, run, preparation.rate_hz) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    drop(screen);
    let ended = run.map(LiveRun::finish);
    if let Some(failure) = failure {
        return Err(failure);
    }
    shown?;
    ended.map_or(Ok(()), |outcome| end(arguments, &outcome))
}
