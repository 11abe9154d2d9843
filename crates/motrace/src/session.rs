//! A session with a person: checks, baseline, calibration, training, feedback, report.
//!
//! A conductor thread runs it: it owns the engine's threads, the stage on which cues appear, and what is told to
//! other programs. The main thread is the operator's: the dashboard, or lines of text. It sees the session through
//! the [`Board`] and speaks to the conductor in [`Order`]s; a terminal that hangs holds up nothing but itself.

mod checks;
mod conductor;
mod finish;
mod folder;
mod interlude;
mod notebook;
mod operator;
mod outlets;
mod running;
mod stage;
mod steps;
mod training;

use crate::arguments::LiveArguments;
use crate::config::Config;
use crate::failure::Failure;
use crate::live_run::LiveRun;
use crate::recordings::Described;
use crate::session_file::SessionFile;
use crate::{network, session_feed, setup, stopping};
use conductor::{Conductor, Parts, Stop};
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use folder::SessionFolder;
use motrace_core::{Role, Source, StreamInfo, canonical_label, clean_text};
use motrace_engine::{Model, Plan, TrainSettings};
use motrace_view::{Session, SessionSetup};
use notebook::Notebook;
use outlets::Outlets;
use stage::{Stage, TerminalEnds};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

pub use finish::Report;

/// So many lines wait for a slow terminal; more are not shown (they are in the report).
const LINES_WAITING: usize = 1024;

/// What the operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Yes; go on.
    GoOn,
    /// Pause, or go on after a pause.
    Pause,
    /// The trial once more; one more run.
    Repeat,
    /// End a break early.
    Next,
    /// End the session; asked for twice.
    Abort,
    /// End the session at once.
    Quit,
}

/// What conductor and operator share.
pub struct Board {
    session: Mutex<Session>,
    lines: Sender<String>,
    is_ending: AtomicBool,
    is_over: AtomicBool,
}

impl Board {
    /// The session as it is shown. Nobody holds it for long.
    pub fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the operator something.
    pub fn say(&self, text: &str) {
        self.session().message(text);
        let _ = self.lines.try_send(clean_text(text, 400));
    }

    /// Whether the operator wanted it to end: then nobody waits to look at it any longer.
    pub fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Acquire)
    }

    /// Whether the conductor has ended.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }
}

/// What a session is set up with.
pub struct Setup {
    config: Config,
    name: String,
    config_name: String,
    id: String,
    class_names: [String; 2],
    cue_markers: [String; 2],
    model: Option<Model>,
    stream: Option<String>,
    wait: Duration,
    folder: Option<std::path::PathBuf>,
    yes: bool,
    is_headless: bool,
    seed: u64,
    /// The number of the next step that is shown.
    first_id: u64,
}

impl Setup {
    fn new(arguments: &LiveArguments, config: Config) -> Result<Self, Failure> {
        let classes = setup::two_classes(&config, "sessions with cues, feedback and adaptation are made")?;
        let config_name = arguments
            .config
            .config
            .as_deref()
            .and_then(Path::file_stem)
            .map_or_else(|| "session".to_owned(), |stem| stem.to_string_lossy().into_owned());
        let name = arguments.name.clone().unwrap_or_else(|| config_name.clone());
        let name = folder::file_name(&name);
        let cue_markers = [0, 1].map(|class: usize| classes[class].markers.first().cloned().unwrap_or_default());
        let model = arguments.feedback_with.as_deref().map(setup::model).transpose()?;
        let class_names = classes.map(|class| class.name);
        if let Some(model) = &model {
            let theirs = model.preparation.class_names();
            if theirs != [class_names[0].as_str(), class_names[1].as_str()] {
                return Err(Failure::usage(format_args!(
                    "the configuration asks for {} and {}, but the model tells {} apart; use a model of these classes, or calibrate",
                    class_names[0],
                    class_names[1],
                    crate::figures::listed(&theirs)
                )));
            }
        }
        if model.is_none() && config.session.calibration.runs == 0 {
            return Err(Failure::usage(
                "[session.calibration] runs = 0: there is nothing to train on; give a model with --feedback-with",
            ));
        }
        let says = |class: usize, word: &str| class_names[class].to_lowercase().contains(word);
        if says(0, "right") && says(1, "left") {
            return Err(Failure::usage(
                "[[trials.classes]]: the first class goes to the left of every screen; put \"left\" before \"right\"",
            ));
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let seed = config.session.seed.unwrap_or(now.as_nanos() as u64 & 0xffff_ffff);
        Ok(Self {
            id: setup::own_source_id(&name),
            name,
            config_name,
            class_names,
            cue_markers,
            model,
            stream: arguments.stream.clone().or_else(|| config.stream.name.clone()),
            wait: Duration::from_secs(arguments.wait.into()),
            folder: arguments.folder.clone(),
            yes: arguments.yes,
            is_headless: arguments.headless || arguments.json,
            seed,
            first_id: 1,
            config,
        })
    }

    fn names(&self) -> [&str; 2] {
        [&self.class_names[0], &self.class_names[1]]
    }

    /// The class whose cue has this marker.
    fn class_of(&self, marker: &str) -> Option<usize> {
        self.cue_markers.iter().position(|m| m == marker)
    }

    /// A seed for each run, so that no two are alike and all follow from one.
    fn run_seed(&self, run: usize) -> u64 {
        self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(run as u64)
    }

    /// The labels that the configuration selects from a stream.
    fn decoded_labels(&self, info: &StreamInfo) -> Vec<String> {
        setup::preparation(&self.config, info, &[]).map_or_else(
            |_| info.channels.iter().filter(|c| c.role == Role::Eeg).map(|c| canonical_label(&c.label)).collect(),
            |preparation| preparation.channels.labels().to_vec(),
        )
    }

    fn train_settings(&self) -> TrainSettings {
        setup::training(&self.config)
    }
}

/// Runs a session.
pub fn run(arguments: &LiveArguments, config: Config) -> Result<(), Failure> {
    setup::lsl(&config.lsl)?;
    let setup = Setup::new(arguments, config)?;
    let (lines, told) = bounded(LINES_WAITING);
    let names = setup.class_names.to_vec();
    let board = Arc::new(Board {
        session: Mutex::new(Session::new(SessionSetup {
            title: setup.name.clone(),
            class_names: names,
            window_secs: setup.config.trials.window_secs,
            ..SessionSetup::default()
        })),
        lines,
        is_ending: AtomicBool::new(false),
        is_over: AtomicBool::new(false),
    });
    let (orders, ordered) = unbounded();
    let stop = stopping::on_request();
    if setup.is_headless {
        let conductor = start(setup, &board, ordered, None)?;
        let report = operator::headless(&board, &told, &orders, &stop, conductor, arguments.json)?;
        return report.conclude(arguments.json);
    }
    let screen = motrace_view::terminal::Screen::enter()?;
    let (frames, to_draw) = bounded(64);
    let (drawn, shown) = bounded(256);
    let conductor = start(setup, &board, ordered, Some(TerminalEnds { frames, shown }))?;
    let report = operator::dashboard(screen, &board, &to_draw, &drawn, &orders, &stop, conductor)?;
    report.conclude(false)
}

type Conducting = std::thread::JoinHandle<Result<Report, Failure>>;

fn start(
    setup: Setup,
    board: &Arc<Board>,
    orders: Receiver<Order>,
    terminal: Option<TerminalEnds>,
) -> Result<Conducting, Failure> {
    let board = Arc::clone(board);
    Ok(std::thread::Builder::new().name("motrace-conduct".into()).spawn(move || {
        let result = conduct(setup, &board, orders, terminal);
        board.is_over.store(true, Ordering::Release);
        result
    })?)
}

/// Opens everything, runs the session, and closes it in order, however it ends.
fn conduct(
    setup: Setup,
    board: &Arc<Board>,
    orders: Receiver<Order>,
    terminal: Option<TerminalEnds>,
) -> Result<Report, Failure> {
    let mut conductor = open(setup, board, orders, terminal)?;
    let ended = conductor.conduct();
    board.is_ending.store(matches!(ended, Err(Stop::Aborted)), Ordering::Release);
    conductor.finish(ended)
}

fn open(
    setup: Setup,
    board: &Arc<Board>,
    orders: Receiver<Order>,
    terminal: Option<TerminalEnds>,
) -> Result<Conductor, Failure> {
    board.say("looking for the EEG stream");
    let mut source = network::open_signal(&setup.config, setup.stream.clone(), setup.wait)?;
    let sender = source.marker_sender();
    let source = Described::new(source, &setup.config)?;
    let info = source.info().clone();
    let preparation = setup::preparation(&setup.config, &info, &[])?;
    if let Some(model) = &setup.model {
        motrace_engine::ChannelMap::resolve(&model.preparation, &info)?;
    }
    let outlets = Outlets::open(&setup.name, &setup.id)?;
    let stage = Stage::open(&setup.name, &setup.id, terminal)?;
    let folder = SessionFolder::create(setup.folder.as_deref(), &setup.config, &setup.name)?;
    folder.write_config(&Config {
        session: motrace_session::Protocol { seed: Some(setup.seed), ..setup.config.session.clone() },
        ..setup.config.clone()
    })?;
    board.say(&format!("everything is kept in {}", folder.path().display()));
    let notebook = Notebook::new(SessionFile {
        name: setup.name.clone(),
        started: motrace_record::utc_text(SystemTime::now()),
        config_name: setup.config_name.clone(),
        seed: Some(setup.seed),
        class_names: setup.class_names.to_vec(),
        stream: Some(finish::stream_record(&info)),
        ..SessionFile::default()
    });
    *board.session() = Session::new(session_feed::setup(&setup.name, &preparation));
    let run = LiveRun::of_session(
        source,
        Plan::Calibrate(Box::new(preparation)),
        &folder.recording(),
        &folder.decisions(),
        setup.config.recording.all_streams,
    )?;
    Ok(Conductor::new(Parts { setup, board: Arc::clone(board), orders, run, sender, stage, outlets, folder, notebook }))
}
