//! The command line.

mod bids;
mod evaluate;
mod fetch;
mod shell;

pub use bids::BidsArguments;
pub use evaluate::{EvaluateArguments, ProtocolKind, SelectKind, Shard, WantedDecoder};
pub use fetch::{FetchArguments, Subjects};
pub use shell::{CompletionsArguments, ManArguments};

use crate::config::Config;
use crate::failure::Failure;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

mod events;

pub use events::{DetectionArguments, EventArguments};

const EXAMPLES: &str = "\
Examples:
  motrace                                        the demo: a simulated person, decoded and explained
  motrace doctor                                 is this machine fit for a session?
  motrace live -c configs/first-session.toml     a session: calibration, feedback, report
  motrace screen                                 what the participant sees of it, in another terminal
  motrace fetch physionet-mi --subjects 1        public recordings
  motrace info rec.xdf                           what is in a recording
  motrace view rec.xdf                           its signals and markers
  motrace convert rec.xdf rec.edf                the same in another format
  motrace train rec1.edf rec2.edf -c configs/fists-feet.toml -o fists-feet.safetensors
  motrace evaluate rec1.edf rec2.edf rec3.edf -c configs/fists-feet.toml     how good are which decoders?
  motrace replay rec3.edf -m fists-feet.safetensors --headless
  motrace stream rec3.edf                        play it as LSL streams …
  motrace live -m fists-feet.safetensors         … and decode them live, in another terminal
  motrace view rec3.edf -m fists-feet.safetensors
  motrace explain rec3.edf -m fists-feet.safetensors --trial 1 --png trial1.png

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.";

/// A motor-imagery EEG brain-computer interface that traces every decision back to channels and time.
#[derive(Debug, Parser)]
#[command(name = "motrace", version, about, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do; the demo where nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of the demo.
    #[command(flatten)]
    pub demo: DemoArguments,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The demo: a simulated session, live over LSL on this machine, decoded and explained.
    Demo(DemoArguments),
    /// Show what is in a recording, a model or a configuration.
    Info(InfoArguments),
    /// Write a recording, or a part of it, as XDF, EDF+, BDF+ or BrainVision.
    Convert(ConvertArguments),
    /// Train a model on recordings, with cross-validation.
    Train(TrainArguments),
    /// Say how good decoders are on recordings: cross-validation, chance, comparisons.
    Evaluate(Box<EvaluateArguments>),
    /// Make a network that was trained in PyTorch a model.
    Import(ImportArguments),
    /// Write a model's network for PyTorch.
    Export(ExportArguments),
    /// Decode a recording with the engine that also runs live.
    Replay(ReplayArguments),
    /// Run a session with a person (-c), or decode an EEG stream on the network (-m), live.
    Live(LiveArguments),
    /// Play a recording, or a simulated person (`sim`), as LSL streams.
    Stream(StreamArguments),
    /// Browse the signals of a recording, or with a model its trials and their relevance.
    View(ViewArguments),
    /// Explain the decisions on single trials: JSON, SVG, PNG, HTML.
    Explain(ExplainArguments),
    /// Write a simulated recording, whose truth is known.
    Simulate(SimulateArguments),
    /// The participant's screen: shows cues and feedback of a session, full size.
    Screen(ScreenArguments),
    /// Record LSL streams into an XDF file.
    Record(RecordArguments),
    /// Make the report of a session folder again.
    Report(ReportArguments),
    /// Say whether this machine is fit for a session: streams, clocks, latency, terminal.
    Doctor(DoctorArguments),
    /// Get public recordings: fetch, check, keep.
    Fetch(FetchArguments),
    /// Print the completions of a shell.
    Completions(CompletionsArguments),
    /// Print the manual page, or write those of all commands.
    Man(ManArguments),
}

/// `motrace` without a command, and `motrace demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArguments {
    /// Print the story as text instead of showing the dashboard; exit code 0 only if decisions and conservation are right.
    #[arg(long)]
    pub headless: bool,
    /// With --headless: print the result as JSON.
    #[arg(long, requires = "headless")]
    pub json: bool,
    /// How long to decode after calibration, in seconds (until `q` on the dashboard, 30 s headless).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(5..=86_400))]
    pub seconds: Option<u32>,
    /// Seed of the simulated person.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub seed: u64,
}

/// `motrace info`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace info recordings/demo.xdf\n  motrace info session.edf --json | jq .streams[0].channels\n  motrace info model.safetensors\n\n\
Recordings, told by their content:\n  \
XDF           .xdf    LabRecorder, motrace\n  \
EDF, EDF+     .edf    annotations as markers; EDF+D keeps its gaps\n  \
BDF, BDF+     .bdf    as EDF, 24 bits; the Status line as markers\n  \
GDF 1, GDF 2  .gdf    event codes as markers: 768 trial, 769 left, 770 right,\n                        771 feet, 772 tongue, 781 feedback, 786 cross, 800 end,\n                        1023 rejected, 32766 new run\n  \
BrainVision   .vhdr   with the .eeg and .vmrk beside it; markers by their\n                        description, such as \"S  1\"\n  \
BCI2000       .dat    changes of states as markers, such as \"TargetCode=1\""
)]
pub struct InfoArguments {
    /// A recording (XDF, EDF, BDF, GDF, BrainVision, BCI2000) or an EEG-BIDS folder of them, a model (.safetensors) or a
    /// configuration (.toml).
    #[arg(value_name = "REC|MODEL|CONFIG")]
    pub file: PathBuf,
    /// Which recordings of an EEG-BIDS folder.
    #[command(flatten)]
    pub bids: BidsArguments,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `motrace convert`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace convert rec.xdf rec.edf                        the signal and its markers as EDF+\n  motrace convert rec.gdf rec.vhdr                       as BrainVision, with rec.eeg and rec.vmrk beside it\n  motrace convert rec.edf part.bdf --from 60 --to 120    the second minute\n  motrace convert rec.edf part.xdf --trials 3-10 --cue T1 --cue T2\n  motrace convert rec.xdf rec.vhdr -c session.toml       labels and unit that the recording lacks\n\n\
What the formats hold:\n  \
.xdf    every stream as it is, with its times\n  \
.edf    EDF+: 16 bits, one scale for each channel; pauses as EDF+D; labels of 16 characters; markers as annotations\n  \
.bdf    BDF+: the same with 24 bits\n  \
.vhdr   BrainVision: 32-bit floating point; pauses as new segments; markers on samples; one rate\n\n\
What is written is read again and compared with the recording before it is put in place."
)]
pub struct ConvertArguments {
    /// The recording, or the folder of a session. Of an EEG-BIDS recording, the tables beside it count: markers, types of
    /// channels, positions.
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// The file to write; its ending says the format: .xdf, .edf, .bdf or .vhdr.
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// Begin so many seconds after the signal's first sample.
    #[arg(long, value_name = "SECS", value_parser = parse_moment)]
    pub from: Option<f64>,
    /// End so many seconds after the signal's first sample.
    #[arg(long, value_name = "SECS", value_parser = parse_moment)]
    pub to: Option<f64>,
    /// Only these trials, counted from 1 (3-10, or 7): from --before the first cue to --after the last.
    #[arg(long, value_name = "A-B", value_parser = parse_trials, conflicts_with_all = ["from", "to"])]
    pub trials: Option<(usize, usize)>,
    /// A marker that is a cue; give the option again for each. Without it, the classes of the configuration say it.
    #[arg(long = "cue", value_name = "MARKER", requires = "trials")]
    pub cues: Vec<String>,
    /// Seconds before the first cue.
    #[arg(long, value_name = "SECS", default_value_t = 2.0, value_parser = parse_moment, requires = "trials")]
    pub before: f64,
    /// Seconds after the last cue.
    #[arg(long, value_name = "SECS", default_value_t = 6.0, value_parser = parse_moment, requires = "trials")]
    pub after: f64,
    /// The signal's name, where the recording holds several; the others are then left out.
    #[arg(long, value_name = "NAME")]
    pub stream: Option<String>,
    /// What the recording does not say of itself ([stream] part), and its cues ([trials] part).
    #[command(flatten)]
    pub config: ConfigArgument,
    /// Replace OUT if it exists.
    #[arg(long)]
    pub force: bool,
    /// Print what was kept and what was lost as JSON.
    #[arg(long)]
    pub json: bool,
}

fn parse_moment(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(secs) if secs.is_finite() && secs >= 0.0 => Ok(secs),
        _ => Err("seconds are wanted, 0 or more".into()),
    }
}

fn parse_trials(text: &str) -> Result<(usize, usize), String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if 1 <= first && first <= last => Ok((first, last)),
        _ => Err("numbers of trials are wanted, counted from 1: 3-10, or 7".into()),
    }
}

/// Which stream of a recording, and what it does not say of itself; shared by several commands.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgument {
    /// The configuration (see the folder configs/).
    #[arg(short, long, value_name = "CONFIG")]
    pub config: Option<PathBuf>,
}

impl ConfigArgument {
    /// The configuration it names; the defaults where it names none.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn read(&self) -> Result<Config, Failure> {
        self.config.as_deref().map_or_else(|| Ok(Config::default()), Config::read)
    }
}

/// `motrace train`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace train S001R06.edf S001R10.edf S001R14.edf -c configs/fists-feet.toml -o fists-feet.safetensors\n  motrace train my-dataset/sub-01 --task imagery -c lab.toml -o sub-01.safetensors     an EEG-BIDS folder\n  motrace train recordings/demo.xdf -c configs/demo.toml -o demo.safetensors --json\n  motrace train recordings/demo.xdf -c configs/demo.toml --decoder eegnet -o eegnet.safetensors   Ctrl-C keeps a checkpoint; the same command goes on\n\n\
Networks are explained by the rules that [decoder] explanation in the configuration names:\n  epsilon (usual), epsilon_left_out, zero, gamma, epsilon_plus, epsilon_plus_flat, alpha2_beta1, w_square.\n\
While a network is trained, MODEL.checkpoint is written from time to time, and removed when the model is."
)]
pub struct TrainArguments {
    /// The recordings, in the order they were made; in the place of an EEG-BIDS folder (or that of a person) those in it.
    #[arg(required = true, value_name = "REC")]
    pub recordings: Vec<PathBuf>,
    /// Which of them, in EEG-BIDS folders.
    #[command(flatten)]
    pub bids: BidsArguments,
    /// The configuration: classes, window, filter, channels.
    #[arg(short, long, value_name = "CONFIG")]
    pub config: PathBuf,
    /// The decoder, whatever the configuration says.
    #[arg(long, value_enum, value_name = "DECODER")]
    pub decoder: Option<crate::config::DecoderKind>,
    /// Where the model goes; without it, only the validation is shown.
    #[arg(short, long, value_name = "MODEL")]
    pub output: Option<PathBuf>,
    /// Replace the model file if it exists.
    #[arg(long)]
    pub force: bool,
    /// Train without validating.
    #[arg(long)]
    pub no_validation: bool,
    /// Leave trials out of training in which channels vary unusually, whatever the configuration says.
    #[arg(long, conflicts_with = "keep_artefacts")]
    pub reject_artefacts: bool,
    /// Train on such trials as well.
    #[arg(long)]
    pub keep_artefacts: bool,
    /// Choose the band by the trials, within each fold for validation, whatever the configuration says.
    #[arg(long)]
    pub choose_band: bool,
    /// Choose the window by the trials likewise.
    #[arg(long)]
    pub choose_window: bool,
    /// Draw the class-mean relevance of the training trials into this file (.svg, .png or .html).
    #[arg(long, value_name = "FILE")]
    pub figure: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `motrace import`
#[derive(Debug, Args)]
#[command(
    after_help = "WEIGHTS is written by export_braindecode.py (README, \"Networks\").\n\nDecisions are explained by the rules that [decoder] explanation in the configuration names:\n  epsilon (usual), epsilon_left_out, zero, gamma, epsilon_plus, epsilon_plus_flat, alpha2_beta1, w_square.\n\nExamples:\n  motrace import weights.safetensors -c configs/fists-feet.toml -r S001R06.edf -o eegnet.safetensors\n  motrace explain S001R10.edf -m eegnet.safetensors --trial 1 --png trial1.png"
)]
pub struct ImportArguments {
    /// The weights, as export_braindecode.py writes them.
    #[arg(value_name = "WEIGHTS")]
    pub weights: PathBuf,
    /// The configuration: classes in the network's order, window, and the filter and standardisation it was trained with.
    #[arg(short, long, value_name = "CONFIG")]
    pub config: PathBuf,
    /// Recordings with trials of all classes: they say what stream it is for and how many trials the network decides right.
    /// ShallowConvNet needs them, since it is explained by them; the perceptron as well, and each network whose file names no
    /// channels where the configuration names none. Give the option again for each.
    #[arg(short, long = "recording", value_name = "REC")]
    pub recordings: Vec<PathBuf>,
    /// Where the model goes.
    #[arg(short, long, value_name = "MODEL")]
    pub output: PathBuf,
    /// Replace the model file if it exists.
    #[arg(long)]
    pub force: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `motrace export`
#[derive(Debug, Args)]
#[command(
    after_help = "load_in_braindecode.py makes a PyTorch network of it (README, \"Networks\").\n\nExample:\n  motrace export eegnet.safetensors -o weights.safetensors"
)]
pub struct ExportArguments {
    /// The model; its decoder has to be a network.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// Where the weights go.
    #[arg(short, long, value_name = "WEIGHTS")]
    pub output: PathBuf,
    /// Replace the file if it exists.
    #[arg(long)]
    pub force: bool,
}

/// `motrace replay`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace replay rec.xdf -m model.safetensors                     on the dashboard, in real time\n  motrace replay rec.xdf -m model.safetensors --speed 8\n  motrace replay rec.xdf -m model.safetensors --headless --json   a summary for scripts\n  motrace replay rec.xdf -m model.safetensors --headless --log decisions.jsonl --explain all\n  motrace replay rec.xdf -m model.safetensors --events            hits and false alarms, idle time included\n  motrace replay sessions/left-right-2026-11-23-1 --headless       a session again, and whether it is the same"
)]
pub struct ReplayArguments {
    /// The recording, or the folder of a session.
    #[arg(value_name = "REC")]
    pub recording: PathBuf,
    /// The model; that of the session where REC is its folder. Given twice, the dashboard shows both side by side.
    #[arg(short, long = "model", value_name = "MODEL", num_args = 1)]
    pub models: Vec<PathBuf>,
    /// What the recording does not say of itself ([stream] part).
    #[command(flatten)]
    pub config: ConfigArgument,
    /// How many times faster than real time, or `max`.
    #[arg(long, value_name = "N|max", value_parser = parse_speed)]
    pub speed: Option<Speed>,
    /// Without the dashboard (as fast as it goes unless --speed says otherwise).
    #[arg(long)]
    pub headless: bool,
    /// Write every decision as a line of JSON.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Which decisions are explained when headless.
    #[arg(long, value_enum, default_value_t = ExplainWhich::Trials)]
    pub explain: ExplainWhich,
    /// Print the summary as JSON (implies --headless).
    #[arg(long)]
    pub json: bool,
    /// Draw the dashboard as it is at --at into this file (.svg or .png) instead of showing it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["headless", "json"])]
    pub picture: Option<PathBuf>,
    /// With --picture: how far into the recording, in seconds.
    #[arg(long, value_name = "SECS", default_value_t = 30.0, requires = "picture")]
    pub at: f64,
    /// With --picture: columns and rows of the screen.
    #[arg(long, value_name = "WxH", default_value = "160x50", value_parser = parse_size, requires = "picture")]
    pub size: (u16, u16),
    /// What would have been detected.
    #[command(flatten)]
    pub events: EventArguments,
}

fn parse_size(text: &str) -> Result<(u16, u16), String> {
    let wanted = "columns and rows, such as 160x50, at most 400x200";
    let (width, height) = text.split_once(['x', '\u{d7}']).ok_or(wanted)?;
    match (width.parse(), height.parse()) {
        (Ok(width @ 20..=400), Ok(height @ 5..=200)) => Ok((width, height)),
        _ => Err(wanted.into()),
    }
}

/// Which decisions are explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainWhich {
    /// None.
    None,
    /// Those at the end of trials.
    Trials,
    /// Every one.
    All,
}

/// How fast a recording is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// A multiple of real time.
    Times(f64),
    /// As fast as it goes.
    Max,
}

fn parse_speed(text: &str) -> Result<Speed, String> {
    if text.eq_ignore_ascii_case("max") {
        return Ok(Speed::Max);
    }
    match text.trim_end_matches(['x', '×']).parse::<f64>() {
        Ok(times) if (0.01..=1e6).contains(&times) => Ok(Speed::Times(times)),
        _ => Err("a number between 0.01 and 1000000, or max".into()),
    }
}

/// `motrace live`
#[derive(Debug, Args)]
#[command(
    after_help = "A session (with -c, without -m): check the signals, calibrate, train, give feedback, report. Everything is kept in a folder.\nDecoding only (with -m): a stream is decoded and explained until it ends.\n\nExamples:\n  motrace live -c configs/left-right.toml                a session; `motrace screen` is the participant's terminal\n  motrace live -c configs/left-right.toml --headless --yes   without anybody at the keyboard\n  motrace live -c configs/left-right.toml --feedback-with model.safetensors   a session that needs no calibration\n  motrace live -m model.safetensors                       decode the only EEG stream on the network\n  motrace live -m model.safetensors --stream OpenBCI --record session.xdf\n  motrace live -m model.safetensors --publish game        … and send every decision to other programs\n  motrace live -m model.safetensors --headless --seconds 60 --json"
)]
pub struct LiveArguments {
    /// The model to decode with; without it, -c CONFIG runs a session.
    #[arg(short, long, value_name = "MODEL", required_unless_present = "config")]
    pub model: Option<PathBuf>,
    /// The session; with -m: which stream, what it does not say of itself, and how far to look ([stream] and [lsl] parts).
    #[command(flatten)]
    pub config: ConfigArgument,
    /// The name of the EEG stream, where there are several.
    #[arg(long, value_name = "NAME")]
    pub stream: Option<String>,
    /// With -m: record everything into this XDF file; it must not exist.
    #[arg(long, value_name = "FILE", requires = "model")]
    pub record: Option<PathBuf>,
    /// Without the dashboard.
    #[arg(long)]
    pub headless: bool,
    /// With -m: write every decision as a line of JSON.
    #[arg(long, value_name = "FILE", requires = "model")]
    pub log: Option<PathBuf>,
    /// With -m: send decisions and relevance to other programs, as the LSL streams NAME-decisions and NAME-relevance.
    #[arg(long, value_name = "NAME", requires = "model")]
    pub publish: Option<String>,
    /// With -m: stop after this many seconds of data.
    #[arg(long, value_name = "N", requires = "model", value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: Option<u32>,
    /// How long to look for the stream, in seconds.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub wait: u32,
    /// A session: its name, under which screens find it and its folder is made; the configuration's where it is left out.
    #[arg(long, value_name = "NAME", conflicts_with = "model")]
    pub name: Option<String>,
    /// A session: the folder it is kept in; it must not exist. One with the date is made where it is left out.
    #[arg(long, value_name = "FOLDER", conflicts_with = "model")]
    pub folder: Option<PathBuf>,
    /// A session: no calibration, feedback with this model.
    #[arg(long, value_name = "MODEL", conflicts_with = "model")]
    pub feedback_with: Option<PathBuf>,
    /// A session: accept signals and model without asking, and begin at once.
    #[arg(long, conflicts_with = "model")]
    pub yes: bool,
    /// Print the summary as JSON (implies --headless).
    #[arg(long)]
    pub json: bool,
}

/// `motrace stream`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace stream rec.xdf                      with its original timing\n  motrace stream rec.edf --loop --wait        again and again, once someone listens\n  motrace stream sim -c configs/demo.toml     a simulated person\n  motrace stream sim --follow                 … who does what the cues of a session ask for"
)]
pub struct StreamArguments {
    /// A recording, or `sim` for the simulated person.
    #[arg(value_name = "REC|sim")]
    pub recording: PathBuf,
    /// What the recording does not say of itself, how far to announce, and the simulated person.
    #[command(flatten)]
    pub config: ConfigArgument,
    /// The name the EEG stream is announced under; that of the recording where it is left out.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The simulated person follows the cues of a session: the one of this name, or the only one on the network.
    #[arg(long, value_name = "SESSION", num_args = 0..=1, conflicts_with_all = ["repeat", "wait"])]
    pub follow: Option<Option<String>>,
    /// Start again at the end.
    #[arg(long = "loop")]
    pub repeat: bool,
    /// Begin when a listener has connected.
    #[arg(long)]
    pub wait: bool,
    /// Stop after this many seconds.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: Option<u32>,
    /// Samples are sent in chunks of this many.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub chunk: u32,
}

/// `motrace view`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace view rec.edf                                  its signals and markers; ? shows the keys\n  motrace view rec.gdf -c configs/fists-feet.toml       f filters as the configuration says\n  motrace view rec.xdf -m model.safetensors             its trials, decoded and explained"
)]
pub struct ViewArguments {
    /// The recording, or the folder of a session.
    #[arg(value_name = "REC")]
    pub recording: PathBuf,
    /// The model; that of the session where REC is its folder. Given twice, both decide and explain every trial, side by side.
    /// Without one, a recording's signals are shown and nothing is decoded.
    #[arg(short, long = "model", value_name = "MODEL", num_args = 1)]
    pub models: Vec<PathBuf>,
    /// What the recording does not say of itself ([stream] part); without a model, the band too ([filter] part).
    #[command(flatten)]
    pub config: ConfigArgument,
}

/// `motrace explain`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace explain rec.xdf -m model.safetensors --trial 3                 in the terminal\n  motrace explain rec.xdf -m model.safetensors --trial 3 --png trial3.png\n  motrace explain rec.xdf -m model.safetensors --all --html report.html --json > relevance.json"
)]
pub struct ExplainArguments {
    /// The recording, or the folder of a session.
    #[arg(value_name = "REC")]
    pub recording: PathBuf,
    /// The model; that of the session where REC is its folder.
    #[arg(short, long, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// What the recording does not say of itself ([stream] part).
    #[command(flatten)]
    pub config: ConfigArgument,
    /// The trial, counting from 1.
    #[arg(long, value_name = "N", required_unless_present = "all", conflicts_with = "all")]
    pub trial: Option<usize>,
    /// All trials.
    #[arg(long)]
    pub all: bool,
    /// Print everything as JSON: decision, ledger, relevance of each channel in each view.
    #[arg(long)]
    pub json: bool,
    /// With --json: the whole channel × time relevance too.
    #[arg(long, requires = "json")]
    pub full: bool,
    /// Draw into a PNG file (with --all: one per trial, FILE-1.png, FILE-2.png, …).
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
    /// Draw into an SVG file (with --all: one per trial).
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Draw into one self-contained HTML file.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// `motrace simulate`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  motrace simulate -c configs/demo.toml -o demo.xdf")]
pub struct SimulateArguments {
    /// The configuration ([simulation] part).
    #[command(flatten)]
    pub config: ConfigArgument,
    /// The XDF file to write; it must not exist.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// `motrace screen`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace screen                    the only session on the network\n  motrace screen --session left-right"
)]
pub struct ScreenArguments {
    /// The name of the session, where there are several.
    #[arg(long, value_name = "NAME")]
    pub session: Option<String>,
    /// How far to look ([lsl] part).
    #[command(flatten)]
    pub config: ConfigArgument,
    /// How long to wait for a session, in seconds; for ever where it is left out.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub wait: Option<u32>,
}

/// `motrace record`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace record -o session.xdf                          every stream on the network\n  motrace record -o session.xdf --stream OpenBCI --stream cues --seconds 600"
)]
pub struct RecordArguments {
    /// The XDF file to write; it must not exist.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// How far to look ([lsl] part).
    #[command(flatten)]
    pub config: ConfigArgument,
    /// Only streams of this name; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub stream: Vec<String>,
    /// Stop after this many seconds.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: Option<u32>,
    /// How long to look for streams, in seconds.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub wait: u32,
    /// Print what was recorded as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `motrace report`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace report sessions/left-right-2026-11-23-1\n  motrace report sessions/left-right-2026-11-23-1 --json"
)]
pub struct ReportArguments {
    /// The folder of a session.
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// Where the report goes; `report.html` in the folder where it is left out.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the report if it exists.
    #[arg(long)]
    pub force: bool,
    /// Print the figures of the report as JSON instead.
    #[arg(long)]
    pub json: bool,
}

/// `motrace doctor`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  motrace doctor\n  motrace doctor --seconds 20 --json")]
pub struct DoctorArguments {
    /// How far to look ([lsl] part).
    #[command(flatten)]
    pub config: ConfigArgument,
    /// How long to measure latency and jitter, in seconds.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=600))]
    pub seconds: u32,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
