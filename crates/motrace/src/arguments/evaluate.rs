use super::{BidsArguments, DetectionArguments};
use clap::{Args, ValueEnum};
use motrace_evaluate::{DecoderId, Protocol};
use std::path::PathBuf;

/// `motrace evaluate`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace evaluate S001R06.edf S001R10.edf S001R14.edf -c configs/fists-feet.toml\n  motrace evaluate recordings/ -c lab.toml --decoder csp-lda,ts-lr --csv scores.csv --report scores.html\n  motrace evaluate recordings/ -c lab.toml --protocol chronological,learning-curve --json > report.json\n  motrace evaluate day1.xdf -c lab.toml --test day2.xdf --decoder csp-lda,mdm,mdm-recentred\n  motrace evaluate recordings/ -c lab.toml --select band --select window --select patterns\n  motrace evaluate a.xdf b.xdf c.xdf -c lab.toml --subject anna=a.xdf,b.xdf --subject ben=c.xdf\n  motrace evaluate recordings/ -c lab.toml --decoder csp-lda --protocol pseudo-online   false alarms in idle time\n  motrace evaluate recordings/ -c lab.toml --results results --shard 1/4     the first quarter, on one machine\n  motrace evaluate my-dataset -c lab.toml --task imagery       everybody in an EEG-BIDS folder\n  motrace evaluate --merge results                                            … and all of them together\n\n\
Decoders:\n  \
csp-lda        common spatial patterns, log-power, linear discriminant; more than two classes one against rest\n  \
csp-joint      the same by joint diagonalisation of more than two classes\n  \
fbcsp          filter-bank CSP: 9 bands of 4 Hz from 4 to 40 Hz, features by mutual information\n  \
log-variance   Laplacians over C3, Cz and C4, linear discriminant: the baseline\n  \
mdm            Riemannian minimum distance to mean\n  \
ts-lr, ts-lda  tangent space with logistic regression, with linear discriminant\n  \
fb-ts-lr       tangent spaces of the filter bank with logistic regression\n  \
eegnet, shallow, mlp   networks as [decoder] has them, trained anew in each fold from one seed; these take long\n  \
all            all but networks, and what is made for more classes than there are (the default)\n\
With -recentred behind csp-lda, csp-joint, mdm, ts-lr or ts-lda, each recording is brought to a common centre first, by its\n\
first trials (--recentre-trials) and without their labels.\n\
With -selected behind its name, what --select says is chosen for a decoder; with --select and no such name, for all of them,\n\
and the first is evaluated as configured besides.\n\n\
Whose a recording is, its name says: sub-01 and ses-2 of BIDS, S001R06, A01T, P1 or s03 in the name, or a folder such as\n\
edf01; --subject says it where names do not. Recordings of a subject are its runs in the order they are given.\n\n\
Everything that learns is trained within each fold: filters, patterns, classifiers, rejection of artefacts, and with --select\n\
band, window and patterns, by a 5-fold validation of the training trials. --permute shows what is left where there is nothing\n\
to learn.\n\n\
pseudo-online replays recordings through the engine that runs live, and says what a detector finds in its sliding decisions:\n\
hits, false alarms in idle time, time to a hit. It trains on the first trials of a subject (--trained-share) or, with --test,\n\
on all others, as motrace train does, and has the threshold from these, by decoders that had not seen what they decide. csp-lda\n\
of two classes and the networks can be replayed."
)]
pub struct EvaluateArguments {
    /// Recordings, or folders of them.
    #[arg(value_name = "REC", required_unless_present_any = ["merge", "subject"])]
    pub recordings: Vec<PathBuf>,
    /// Which of them, in EEG-BIDS folders.
    #[command(flatten)]
    pub bids: BidsArguments,
    /// The configuration: classes, window, filter, channels.
    #[arg(short, long, value_name = "CONFIG", required_unless_present = "merge")]
    pub config: Option<PathBuf>,
    /// The decoders, or `all`; others are compared with the first. Comma-separated, or given several times.
    #[arg(long, value_name = "DECODER", value_delimiter = ',', value_parser = parse_decoder, default_value = "all", value_hint = clap::ValueHint::Other)]
    pub decoder: Vec<WantedDecoder>,
    /// How trials are divided; `chronological` where nothing is said, `transfer` with --test.
    #[arg(long, value_name = "PROTOCOL", value_delimiter = ',', value_enum)]
    pub protocol: Vec<ProtocolKind>,
    /// Folds of the chronological and the stratified protocol and of learning curves.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub folds: usize,
    /// How often the stratified protocol shuffles anew.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub seeds: u16,
    /// Recordings to test on and never to train on.
    #[arg(long, value_name = "REC", num_args = 1..)]
    pub test: Vec<PathBuf>,
    /// Whose recordings these are: NAME=REC,REC.
    #[arg(long, value_name = "NAME=REC,REC", value_parser = parse_subject)]
    pub subject: Vec<(String, Vec<PathBuf>)>,
    /// Decode the channels that all recordings have, where they have different ones.
    #[arg(long)]
    pub common_channels: bool,
    /// What is chosen within each training set; may be given several times.
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    pub select: Vec<SelectKind>,
    /// Train on trials in which channels vary unusually as well, whatever the configuration says.
    #[arg(long)]
    pub keep_artefacts: bool,
    /// By how many of each recording's first trials it is re-centred.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub recentre_trials: u32,
    /// Permute the labels with this seed first: what is found then is chance.
    #[arg(long, value_name = "SEED")]
    pub permute: Option<u64>,
    /// How often trials are drawn anew for intervals and chance levels; 2000 times for pseudo-online figures, whatever is said.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub rounds: u32,
    /// Jobs at the same time; one for each core where it is left out. Results do not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Keep what each finished job found in this folder; the same command goes on from there.
    #[arg(long, value_name = "FOLDER")]
    pub results: Option<PathBuf>,
    /// Do one of N equal parts only, and print no scores.
    #[arg(long, value_name = "I/N", value_parser = parse_shard, requires = "results")]
    pub shard: Option<Shard>,
    /// Add up what is in these folders (--results) in place of evaluating.
    #[arg(long, value_name = "FOLDER", num_args = 1.., conflicts_with_all = [
        "recordings", "config", "results", "shard", "test", "subject", "decoder", "protocol", "folds", "seeds", "common_channels",
        "select", "keep_artefacts", "recentre_trials", "permute"
    ])]
    pub merge: Vec<PathBuf>,
    /// With --protocol pseudo-online and without --test: the share of a subject's trials, its first ones, that is trained on
    /// [default: 0.5].
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub trained_share: Option<f64>,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
    /// Keep what time courses, patterns and relevance maps are drawn from, in --json and --results; --report implies it. Shards
    /// whose page is made later by --merge need it.
    #[arg(long, conflicts_with = "merge")]
    pub maps: bool,
    /// Write every figure into this file, a line each; it must not exist.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write a page with tables and figures into this HTML file, which needs nothing else; it must not exist.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// What counts as detected.
    #[command(flatten, next_help_heading = "Events (with --protocol pseudo-online)")]
    pub detection: DetectionArguments,
}

/// What `--decoder` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedDecoder {
    /// All that make sense but networks.
    All,
    /// This one.
    One(DecoderId),
}

fn parse_decoder(text: &str) -> Result<WantedDecoder, String> {
    match text.trim() {
        "all" => Ok(WantedDecoder::All),
        name => name.parse().map(WantedDecoder::One),
    }
}

/// `--protocol`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProtocolKind {
    /// Blocks of trials in their order (--folds): the headline.
    Chronological,
    /// Shuffled folds (--folds, --seeds): comparable with MOABB.
    Stratified,
    /// Each recording of a subject is tested once.
    LeaveOneRunOut,
    /// Each session of a subject is tested once.
    LeaveOneSessionOut,
    /// Trained on REC, tested on --test REC.
    Transfer,
    /// Each subject is tested once, all others are trained on.
    LeaveOneSubjectOut,
    /// Accuracy against the number of trials to train on, in chronological folds.
    LearningCurve,
    /// Replayed through the engine, idle time included: hits, false alarms, time to a hit.
    PseudoOnline,
}

impl ProtocolKind {
    /// With its numbers.
    #[must_use]
    pub fn with(self, folds: usize, seeds: usize) -> Protocol {
        match self {
            Self::Chronological => Protocol::Chronological { folds },
            Self::Stratified => Protocol::Stratified { folds, seeds },
            Self::LeaveOneRunOut => Protocol::LeaveOneRunOut,
            Self::LeaveOneSessionOut => Protocol::LeaveOneSessionOut,
            Self::Transfer => Protocol::Transfer,
            Self::LeaveOneSubjectOut => Protocol::LeaveOneSubjectOut,
            Self::LearningCurve => Protocol::LearningCurve { folds },
            Self::PseudoOnline => Protocol::PseudoOnline,
        }
    }
}

/// `--select`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SelectKind {
    /// The band, among the configured one and parts of µ and β.
    Band,
    /// The window, among the configured one and others of 1.5 to 2.5 s within [training] window_range_secs.
    Window,
    /// The number of patterns of CSP, and the penalty of logistic regression.
    Patterns,
}

/// `--shard`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

fn parse_shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').map(|(number, of)| (number.trim().parse(), of.trim().parse()));
    match parts {
        Some((Ok(number), Ok(of))) if 1 <= number && number <= of && of <= 1_000_000 => Ok(Shard { number, of }),
        _ => Err("one of how many is wanted, counted from 1: 2/4".into()),
    }
}

fn parse_subject(text: &str) -> Result<(String, Vec<PathBuf>), String> {
    let wanted = || "a name and recordings are wanted: anna=a.xdf,b.xdf".to_owned();
    let (name, recordings) = text.split_once('=').ok_or_else(wanted)?;
    let recordings: Vec<PathBuf> = recordings.split(',').filter(|r| !r.is_empty()).map(PathBuf::from).collect();
    if name.trim().is_empty() || recordings.is_empty() {
        return Err(wanted());
    }
    Ok((motrace_core::clean_text(name, 60), recordings))
}
