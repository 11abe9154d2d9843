//! The demo: a simulated person over real LSL on this machine, calibrated, decoded and explained.

mod verdict;

use crate::arguments::DemoArguments;
use crate::config::Config;
use crate::console::in_words;
use crate::failure::Failure;
use crate::live_run::LiveRun;
use crate::output::{self, percent, say};
use crate::recordings::Described;
use crate::session_feed::{self, SessionFeed, Story};
use crate::streaming::{Control, Player};
use crate::{network, setup, simulated, stopping};
use motrace_core::Source;
use motrace_engine::{Collected, Plan, RecordingStamp, TrainSettings, Trained};
use motrace_view::dashboard::Dashboard;
use motrace_view::terminal::{Screen, run_loop};
use motrace_view::{Action, Phase, Session};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use verdict::{Verdict, compare};

/// The configuration of the demo, so that it runs from anywhere.
const CONFIG: &str = include_str!("../../../../configs/demo.toml");
/// How long the headless demo decodes where nothing is said.
const HEADLESS_SECS: u32 = 30;

/// Runs the demo on the dashboard, or as text.
pub fn run(arguments: &DemoArguments) -> Result<(), Failure> {
    let mut config = Config::parse(CONFIG).map_err(Failure::failed)?;
    config.simulation.seed = arguments.seed;
    // Whatever LSL is set to, the demo stays on this machine, in a session of its own.
    let name = format!("motrace-demo-{}", std::process::id());
    let screen = if arguments.headless { None } else { Some(Screen::enter()?) };
    motrace_lsl::use_loopback(&name)?;
    let stop = stopping::on_request();
    let folder = Folder::create(&name)?;

    let person_stop = Arc::new(AtomicBool::new(false));
    let person = start_person(&config, &name, &person_stop)?;
    let result = match screen {
        None => headless(arguments, &config, &name, &folder, &stop),
        Some(screen) => on_dashboard(arguments, &config, &name, &folder, &stop, screen),
    };
    person_stop.store(true, Ordering::Relaxed);
    let _ = person.join();
    result
}

/// The person: a thread that streams simulated EEG and the cues it is given.
fn start_person(
    config: &Config,
    name: &str,
    stop: &Arc<AtomicBool>,
) -> Result<std::thread::JoinHandle<Result<(), String>>, Failure> {
    let mut person = simulated::person(config, 5, true)?;
    let info = person.info().clone();
    let mut player = Player::announce(&info, name)?;
    let stop = Arc::clone(stop);
    Ok(std::thread::Builder::new().name("motrace-person".into()).spawn(move || {
        player.wait_for_listener(&stop, Duration::from_secs(60));
        let mut control = Control { stop: &stop, limit: None, progress: &mut |_| () };
        let time_of = |index: u64| index as f64 / info.rate_hz;
        player.play(&mut person, &time_of, &mut control).map(|_| ()).map_err(|e| e.to_string())
    })?)
}

/// The demo under way: first it calibrates, then it decodes.
struct Demo {
    config: Config,
    run: LiveRun,
    wanted: usize,
    collected: [usize; 2],
    trained: Option<Trained>,
    /// The first sample that the model decoded.
    first: Option<u64>,
    recording: PathBuf,
    log: PathBuf,
}

impl Demo {
    fn start(config: &Config, name: &str, folder: &Path) -> Result<Self, Failure> {
        let source = network::open(config, Some(name.to_owned()), Duration::from_secs(10))?;
        let source = Described::new(source, config)?;
        let preparation = setup::preparation(config, source.info(), &[])?;
        let (recording, log) = (folder.join("recording.xdf"), folder.join("decisions.jsonl"));
        let run = LiveRun::on_lsl(source, Plan::Calibrate(Box::new(preparation)), Some(&recording), Some(&log), None)?;
        Ok(Self {
            config: config.clone(),
            run,
            wanted: config.simulation.trials_per_class,
            collected: [0; 2],
            trained: None,
            first: None,
            recording,
            log,
        })
    }

    fn turn(&mut self, session: &mut Session, tell: &mut dyn FnMut(Story)) -> Result<bool, Failure> {
        let (collected, first) = (&mut self.collected, &mut self.first);
        let goes_on = self.run.turn(session, &mut |story| {
            match &story {
                Story::Calibration(Collected::Kept(trial)) => {
                    if let Some(count) = collected.get_mut(trial.class) {
                        *count += 1;
                    }
                }
                Story::ModelSet(at) => *first = Some(*at),
                _ => {}
            }
            tell(story);
        });
        if self.trained.is_none() {
            let done = self.collected.iter().sum::<usize>();
            session.set_phase(Phase::Calibrating { trial: done + 1, of: 2 * self.wanted });
            if done >= 2 * self.wanted && self.collected.iter().all(|&n| n >= 3) {
                self.train(session, tell)?;
            }
        }
        Ok(goes_on)
    }

    fn train(&mut self, session: &mut Session, tell: &mut dyn FnMut(Story)) -> Result<(), Failure> {
        session.set_phase(Phase::Training);
        let tape =
            self.run.live.take_tape().ok_or_else(|| Failure::failed("the calibration data could not be collected"))?;
        let stamp = RecordingStamp { name: "calibration".into(), sha256: String::new() };
        let preparation = setup::preparation(&self.config, tape.info(), &[])?;
        let settings = TrainSettings { seed: Some(self.config.simulation.seed), ..setup::training(&self.config) };
        let trained = motrace_engine::train(&[(stamp, &tape)], &preparation, &settings, &mut |_, _| ())?;
        self.run.live.set_model(&trained.model)?;
        self.run.feed.set_preparation(&trained.model.preparation, session)?;
        if let Some(v) = &trained.validation {
            let text = format!(
                "trained on {} trials: {} right in {} cross-validation, chance {} to {}",
                trained.epochs.labels.len(),
                percent(v.accuracy),
                trained.model.about.validation,
                percent(v.chance.low),
                percent(v.chance.high)
            );
            tell(Story::Message(text));
        }
        session.set_phase(Phase::Deciding);
        self.trained = Some(trained);
        Ok(())
    }

    /// Samples decoded since the model was set.
    fn decoded_secs(&self) -> f64 {
        let Some(first) = self.first else { return 0.0 };
        let rate_hz = self.trained.as_ref().map_or(f64::INFINITY, |t| t.model.preparation.rate_hz);
        self.run.live.counters().samples.saturating_sub(first) as f64 / rate_hz
    }

    /// Ends the session, replays what was recorded, and compares.
    fn finish(self) -> Result<Verdict, Failure> {
        let outcome = self.run.finish();
        let (Some(trained), Some(_)) = (self.trained, self.first) else {
            return Err(Failure::failed("the demo ended before its calibration was over"));
        };
        let compared = compare(&trained.model, &self.recording, &self.log)?;
        Ok(Verdict::new(outcome, &trained, compared))
    }
}

fn headless(
    arguments: &DemoArguments,
    config: &Config,
    name: &str,
    folder: &Folder,
    stop: &AtomicBool,
) -> Result<(), Failure> {
    let tell = |text: &str| {
        if !arguments.json {
            say(text);
        }
    };
    let classes = setup::two_classes(config, "the demo is made")?;
    let names = [classes[0].name.as_str(), classes[1].name.as_str()];
    let trials = 2 * config.simulation.trials_per_class;
    tell(
        "A simulated person imagines moving the left or the right hand; its EEG comes over LSL, on this machine only.",
    );
    let mut demo = Demo::start(config, name, &folder.path)?;
    let mut session = Session::new(session_feed::setup("demo", demo.run.feed.preparation()));
    tell(&format!("Calibrating: {trials} trials of about 3.5 s."));
    let wanted = f64::from(arguments.seconds.unwrap_or(HEADLESS_SECS));
    let mut collected = 0;
    while demo.decoded_secs() < wanted {
        if stop.load(Ordering::Relaxed) {
            return Err(Failure::failed("stopped before the end"));
        }
        let goes_on = demo.turn(&mut session, &mut |story| {
            if let Story::Calibration(Collected::Kept(_)) = story {
                collected += 1;
                if collected % 5 == 0 {
                    tell(&format!("  {collected} of {trials} trials"));
                }
            }
            if let Some(line) = in_words(&story, &names) {
                tell(&line);
            }
        })?;
        if !goes_on {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let verdict = demo.finish()?;
    if arguments.json {
        output::json(&verdict)?;
    } else {
        verdict.report();
    }
    verdict.into_result()
}

fn on_dashboard(
    arguments: &DemoArguments,
    config: &Config,
    name: &str,
    folder: &Folder,
    stop: &AtomicBool,
    mut screen: Screen,
) -> Result<(), Failure> {
    let classes = setup::two_classes(config, "the demo is made")?;
    let names = [classes[0].name.clone(), classes[1].name.clone()];
    let mut session = Session::new(motrace_view::SessionSetup {
        title: "demo: a simulated person".into(),
        class_names: names.to_vec(),
        ..motrace_view::SessionSetup::default()
    });
    session.message("a simulated person streams EEG over LSL, on this machine only");
    let mut dashboard = Dashboard::detect();
    let (sender, started) = crossbeam_channel::bounded(1);
    // Not waited for: who leaves before the streams are open shall not have to wait until they are.
    let (opening_config, opening_name, opening_folder) = (config.clone(), name.to_owned(), folder.path.clone());
    std::thread::spawn(move || {
        let _ = sender.send(Demo::start(&opening_config, &opening_name, &opening_folder));
    });
    let mut demo: Option<Demo> = None;
    let mut failure: Option<Failure> = None;
    let shown = run_loop(&mut screen, &mut dashboard, &mut session, |session, _: Action| {
        if stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        let turned = match started.try_recv() {
            Ok(Ok(begun)) => {
                let preparation: &SessionFeed = &begun.run.feed;
                *session = Session::new(session_feed::setup("demo: a simulated person", preparation.preparation()));
                session.message("calibrating: cues, and what follows them, are collected");
                demo = Some(begun);
                Ok(true)
            }
            Ok(Err(why)) => Err(why),
            Err(_) => Ok(true),
        };
        let mut words = Vec::new();
        let turned = turned.and_then(|_| {
            let Some(demo) = &mut demo else { return Ok(true) };
            demo.turn(session, &mut |story| words.extend(in_words(&story, &[&names[0], &names[1]])))
        });
        words.iter().for_each(|line| session.message(line));
        match turned {
            Ok(true) => {}
            Ok(false) => return ControlFlow::Break(()),
            Err(why) => {
                failure = Some(why);
                return ControlFlow::Break(());
            }
        }
        let limit = arguments.seconds.map(f64::from);
        if let (Some(limit), Some(demo)) = (limit, &demo)
            && demo.decoded_secs() >= limit
        {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    drop(screen);
    if let Some(failure) = failure {
        return Err(failure);
    }
    shown?;
    match demo {
        Some(demo) if demo.first.is_some() => {
            let verdict = demo.finish()?;
            verdict.report();
            Ok(())
        }
        _ => Ok(()), // left before there was anything to judge
    }
}

/// A folder for the demo's recording, removed when the demo is over.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn create(name: &str) -> Result<Self, Failure> {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let path = std::env::temp_dir().join(format!("{name}-{}", since.as_nanos()));
        std::fs::create_dir(&path)
            .map_err(|e| Failure::failed(format_args!("creating the folder {}: {e}", path.display())))?;
        Ok(Self { path })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
