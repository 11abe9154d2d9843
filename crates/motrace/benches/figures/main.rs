//! The figures motrace has to reach, measured on this machine, beside what the usual Python stack needs.
//!
//! `cargo bench -p motrace --bench figures` prints all of them; names after `--` choose some, `--json` is for scripts,
//! `--markdown` for a document. `MOTRACE_REFERENCE` names a Python environment (numpy, scipy, scikit-learn, mne,
//! pylsl, pyxdf) in which the peer of each figure is measured in the same run. LSL stays on the loopback.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod decoding;
mod edf_file;
mod latency;
mod program;
mod reading;
mod reference;
mod report;
mod sender;
mod subject;
mod timing;

use reference::Reference;
use report::{Figure, Style};
use std::process::ExitCode;

/// A figure cannot be measured; the text says why.
type Trouble = Box<dyn std::error::Error>;

/// Measures some figures.
type Measure = fn(&Bench) -> Result<Vec<Figure>, Trouble>;

/// What every measurement needs.
struct Bench {
    /// Where the peers are measured; `None` where there is no such environment.
    reference: Option<Reference>,
    /// For models and recordings, removed at the end.
    folder: tempfile::TempDir,
}

const FIGURES: [(&str, Measure); 9] = [
    ("decision", decoding::decision),
    ("replay", decoding::replay),
    ("training", decoding::training),
    ("explanation", decoding::explanation),
    ("latency", latency::measure),
    ("start-up", program::start_up),
    ("memory", program::memory),
    ("xdf", reading::xdf),
    ("edf", reading::edf),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|a| a == latency::RECEIVE) {
        return ended(latency::receive(&arguments[1..]));
    }
    // `cargo test --benches` only asks whether it starts.
    if !arguments.iter().any(|a| a == "--bench") {
        println!("figures: run by `cargo bench -p motrace --bench figures`");
        return ExitCode::SUCCESS;
    }
    let (mut style, mut chosen) = (Style::Table, Vec::new());
    for argument in arguments.iter().filter(|a| *a != "--bench") {
        match argument.as_str() {
            "--json" => style = Style::Json,
            "--markdown" => style = Style::Markdown,
            name => match FIGURES.iter().find(|(known, _)| *known == name) {
                Some(figure) => chosen.push(*figure),
                None => {
                    let names = FIGURES.map(|(name, _)| name).join(", ");
                    eprintln!("there is no figure {name:?}; give some of {names}, or --json or --markdown");
                    return ExitCode::from(2);
                }
            },
        }
    }
    if chosen.is_empty() {
        chosen = FIGURES.to_vec();
    }
    ended(run(&chosen, style))
}

fn ended(result: Result<(), Trouble>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("figures: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn run(chosen: &[(&str, Measure)], style: Style) -> Result<(), Trouble> {
    let bench = Bench { reference: Reference::find(), folder: tempfile::tempdir()? };
    if let Some(load) = load()
        && load > 1.0
    {
        eprintln!("others use this machine too (load {load}): durations will be longer than on an idle one");
    }
    let mut figures = Vec::new();
    for (name, measure) in chosen {
        eprintln!("measuring {name} …");
        figures.extend(measure(&bench).map_err(|trouble| format!("{name}: {trouble}"))?);
    }
    print!("{}", report::written(&figures, style));
    Ok(())
}

/// How many processes wanted to run in the last minute, where the system says so.
fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}
