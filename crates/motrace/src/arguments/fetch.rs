use clap::Args;
use clap::builder::PossibleValuesParser;
use motrace_fetch::{Dataset, parse_numbers};
use std::path::PathBuf;

/// `motrace fetch`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace fetch --list                                          what there is, its licence and format\n  motrace fetch physionet-mi --subjects 1-5 --runs 6,10,14      imagery of fists and feet\n  motrace fetch physionet-mi --subjects all --dry-run           what would be fetched, and where it goes\n  motrace fetch bnci-2a --subjects 1 --folder data\n\n\
What was interrupted goes on where it stopped. Files that are here already are checked and kept.\n\
MOTRACE_MIRROR names a mirror for all fetching; proxies are taken from HTTPS_PROXY and ALL_PROXY."
)]
pub struct FetchArguments {
    /// The collection.
    #[arg(value_name = "DATASET", required_unless_present = "list", value_parser = PossibleValuesParser::new(names()))]
    pub dataset: Option<String>,
    /// The persons: 1-5,9 or all.
    #[arg(long, value_name = "NUMBERS|all", value_parser = parse_subjects)]
    pub subjects: Option<Subjects>,
    /// The runs: 6,10,14; all where it is left out.
    #[arg(long, value_name = "NUMBERS", value_parser = parse_runs)]
    pub runs: Option<Numbers>,
    /// The folder they are kept in, one for each collection below it; the user's cache where it is left out.
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Fetch from this address, under which the files lie as under the collection's own.
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
    /// Say what there is.
    #[arg(long, conflicts_with_all = ["dataset", "dry_run"])]
    pub list: bool,
    /// Say what would be fetched, and fetch nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Numbers as they are written on the command line.
pub type Numbers = std::sync::Arc<[u16]>;

/// Which persons.
#[derive(Debug, Clone)]
pub enum Subjects {
    /// All of them.
    All,
    /// These.
    These(Numbers),
}

fn names() -> Vec<&'static str> {
    Dataset::all().into_iter().map(|d| d.name).collect()
}

fn parse_subjects(text: &str) -> Result<Subjects, String> {
    if text == "all" { Ok(Subjects::All) } else { parse_runs(text).map(Subjects::These) }
}

fn parse_runs(text: &str) -> Result<Numbers, String> {
    parse_numbers(text).map(Into::into).map_err(|e| e.to_string())
}
