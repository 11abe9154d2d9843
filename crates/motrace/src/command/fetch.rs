//! `motrace fetch`

use crate::arguments::{FetchArguments, Subjects};
use crate::failure::Failure;
use crate::output::{self, note, say, warn};
use crate::stopping;
use indicatif::ProgressBar;
use motrace_fetch::{Checked, Dataset, FetchPlan, Fetched, Patience, Progress, Selection, State, cache_folder, fetch};
use serde_json::json;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// The variable that names a mirror.
const MIRROR: &str = "MOTRACE_MIRROR";

/// Fetches public recordings.
pub fn run(arguments: &FetchArguments) -> Result<(), Failure> {
    if arguments.list {
        return list(arguments.json);
    }
    let Some(dataset) = arguments.dataset.as_deref().and_then(Dataset::named) else {
        return Err(Failure::usage("which collection? motrace fetch --list shows them"));
    };
    let selection = Selection {
        subjects: match &arguments.subjects {
            Some(Subjects::These(numbers)) => Some(numbers.to_vec()),
            _ => None,
        },
        runs: arguments.runs.as_ref().map(|runs| runs.to_vec()),
        is_all: matches!(arguments.subjects, Some(Subjects::All)),
    };
    let files = dataset.files(&selection).map_err(Failure::usage)?;
    let mirror = arguments.mirror.clone().or_else(|| std::env::var(MIRROR).ok().filter(|m| !m.is_empty()));
    let folder = folder(arguments)?;
    let plan = FetchPlan::new(dataset, &files, mirror.as_deref(), &folder).map_err(Failure::usage)?;
    if arguments.dry_run {
        return dry_run(&plan, arguments.json);
    }
    if !arguments.json {
        introduce(&plan);
    }
    let fetched = follow(&plan)?;
    if arguments.json {
        return output::json(&json!({
            "dataset": plan.dataset,
            "from": plan.base,
            "folder": plan.folder,
            "files": fetched,
        }));
    }
    conclude(&plan, &fetched);
    Ok(())
}

/// Where they go.
fn folder(arguments: &FetchArguments) -> Result<PathBuf, Failure> {
    match &arguments.folder {
        Some(folder) => Ok(folder.clone()),
        None => cache_folder(|name| std::env::var_os(name)).ok_or_else(|| {
            Failure::usage("there is no cache folder here (XDG_CACHE_HOME, HOME); name one with --folder")
        }),
    }
}

fn list(as_json: bool) -> Result<(), Failure> {
    let all = Dataset::all();
    if as_json {
        return output::json(&all);
    }
    for (number, dataset) in all.iter().enumerate() {
        if number > 0 {
            say("");
        }
        say(&format!("{}\n  {}", dataset.name, dataset.title));
        say(&format!("  {}", dataset.about));
        say(&format!("  format     {}", dataset.format));
        say(&format!("  checksums  {}", checksums(dataset)));
        say(&format!("  licence    {}", dataset.licence));
        say(&format!("  cite       {}", dataset.citation));
        say(&format!("  page       {}", dataset.page));
    }
    Ok(())
}

fn checksums(dataset: &Dataset) -> String {
    match dataset.published {
        motrace_fetch::Published::Sha256List(name) => format!("published beside the files ({name})"),
        motrace_fetch::Published::Nothing => {
            "none are published: the first download is trusted, and later ones are compared with it".into()
        }
    }
}

fn introduce(plan: &FetchPlan) {
    let dataset = &plan.dataset;
    say(&format!("dataset     {}", dataset.title));
    say(&format!("licence     {}", dataset.licence));
    say(&format!("cite        {}", dataset.citation));
    say(&format!("page        {}", dataset.page));
    if plan.base != dataset.base {
        say(&format!("from        {}", motrace_core::clean_text(&plan.base, 200)));
    }
    if !dataset.is_readable {
        say(&format!("format      {}", dataset.format));
    }
}

fn dry_run(plan: &FetchPlan, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(&json!({
            "dataset": plan.dataset, "from": plan.base, "folder": plan.folder, "files": plan.files,
        }));
    }
    introduce(plan);
    for file in &plan.files {
        let state = if file.is_here { "here" } else { "to fetch" };
        say(&format!("{state:<11} {}", file.url));
    }
    let missing = plan.files.iter().filter(|f| !f.is_here).count();
    say(&format!("folder      {}", plan.folder.display()));
    say(&format!("files       {missing} to fetch, {} here; nothing was fetched", plan.files.len() - missing));
    Ok(())
}

/// Fetches, with a bar for the files and one line for each trouble; Ctrl-C keeps what is here.
fn follow(plan: &FetchPlan) -> Result<Vec<Fetched>, Failure> {
    let stop = stopping::on_request();
    let bar: ProgressBar = output::progress("fetching", plan.files.len() as u64);
    let result = fetch(plan, Patience::default(), &mut |progress| {
        match progress {
            Progress::Bytes { url, have, total } => {
                let name = url.rsplit('/').next().unwrap_or(url);
                let of = total.map_or_else(String::new, |t| format!(" of {}", megabytes(t)));
                bar.set_message(format!("{name} {}{of}", megabytes(have)));
                bar.tick();
            }
            Progress::Trying { why, tries, .. } => {
                // It is tried again by itself: nothing has to be run again.
                let said = why.to_string();
                let why = said.split("; run the same again").next().unwrap_or_default();
                bar.suspend(|| warn(&format!("{why}; trying again ({tries})")));
            }
            Progress::File { done, .. } => bar.set_position(done as u64),
            Progress::Note(text) => bar.suspend(|| note(text)),
        }
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    bar.finish_and_clear();
    Ok(result?)
}

fn conclude(plan: &FetchPlan, fetched: &[Fetched]) {
    let count = |wanted: State| fetched.iter().filter(|f| f.state == wanted).count();
    let by = |wanted: Checked| fetched.iter().filter(|f| f.checked == wanted).count();
    let bytes: u64 = fetched.iter().map(|f| f.bytes).sum();
    say(&format!(
        "files       {} fetched, {} completed, {} were here; {}",
        count(State::Fetched),
        count(State::Completed),
        count(State::Here),
        megabytes(bytes)
    ));
    let mut checks = Vec::new();
    for (kind, words) in [
        (Checked::Published, "as published"),
        (Checked::AsFirstTime, "as at their first download"),
        (Checked::FirstTime, "trusted at this first download, for later ones to be compared with"),
    ] {
        if by(kind) > 0 {
            checks.push(format!("{} {words}", by(kind)));
        }
    }
    say(&format!("SHA-256     {}", checks.join(", ")));
    say(&format!("folder      {}", plan.folder.display()));
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
