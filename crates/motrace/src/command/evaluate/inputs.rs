//! Recordings as an evaluation takes them.

use super::files::{File, files};
use crate::arguments::EvaluateArguments;
use crate::config::{Config, DecoderKind};
use crate::failure::Failure;
use crate::recordings::Loaded;
use crate::{output, setup};
use motrace_core::{Montage, StreamInfo, clean_text};
use motrace_engine::{Preparation, Tape};
use motrace_evaluate::{RecordingInput, Tapes};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Recordings stay in memory from the first look on, as long as their files are not larger than this together.
const MOST_KEPT_BYTES: u64 = 512 << 20;

/// All recordings, and how they are decoded.
pub struct Inputs {
    pub recordings: Vec<RecordingInput>,
    pub preparation: Preparation,
    files: Vec<File>,
    config: Config,
    /// Taken when its samples are asked for.
    kept: Vec<Mutex<Option<Loaded>>>,
}

impl Inputs {
    /// Opens every recording once: what it is, and that all of them belong together.
    pub fn open(arguments: &EvaluateArguments, config: &Config) -> Result<Self, Failure> {
        // What networks read besides is said for each of them.
        let mut config = config.clone();
        config.decoder.kind = DecoderKind::CspLda;
        let files = files(arguments)?;
        let total: u64 = files.iter().filter_map(|file| Some(std::fs::metadata(&file.path).ok()?.len())).sum();
        let bar = output::progress("reading recordings", files.len() as u64);
        let threads =
            arguments.jobs.map_or_else(|| thread::available_parallelism().map_or(1, NonZero::get), usize::from);
        let opened = in_parallel(files.len(), threads, &|place| {
            let loaded = Loaded::quietly(&files[place].path, &config);
            bar.inc(1);
            loaded.and_then(|loaded| {
                let (info, stamp) = (loaded.info.clone(), loaded.stamp()?);
                let warnings = loaded.warnings().iter().map(ToString::to_string).collect::<Vec<_>>();
                Ok((info, stamp, warnings, (total <= MOST_KEPT_BYTES).then_some(loaded)))
            })
        });
        bar.finish_and_clear();
        let mut recordings = Vec::new();
        let mut kept = Vec::new();
        for (file, opened) in files.iter().zip(opened) {
            let (info, stamp, warnings, loaded) = opened?;
            for warning in warnings {
                output::warn(&format!("{}: {warning}", file.name));
            }
            recordings.push(RecordingInput {
                name: file.name.clone(),
                sha256: stamp.sha256,
                subject: file.subject.clone(),
                session: file.session.clone(),
                info,
                is_test: file.is_test,
            });
            kept.push(Mutex::new(loaded));
        }
        let preparation = preparation(&config, &recordings, arguments.common_channels)?;
        Ok(Self { recordings, preparation, files, config, kept })
    }
}

impl Tapes for Inputs {
    fn tape(&self, recording: usize) -> Result<Tape, String> {
        let kept = self.kept.get(recording).and_then(|kept| kept.lock().unwrap_or_else(PoisonError::into_inner).take());
        let loaded = match kept {
            Some(loaded) => loaded,
            None => {
                let file = self.files.get(recording).ok_or("there is no such recording")?;
                Loaded::quietly(&file.path, &self.config).map_err(|e| e.to_string())?
            }
        };
        loaded.tape().map_err(|e| e.to_string())
    }
}

/// Does `one` for each place on some threads; results are in order.
fn in_parallel<T: Send>(count: usize, threads: usize, one: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::new());
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= count {
                return;
            }
            let found = one(place);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((place, found));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(count.max(1)) {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, found)| found).collect()
}

/// How all recordings are decoded: the channels of the first, which all have to have, or those that all have.
fn preparation(config: &Config, recordings: &[RecordingInput], takes_common: bool) -> Result<Preparation, Failure> {
    let Some(first) = recordings.first() else { return Err(Failure::usage("no recording is given")) };
    let of = |name: &str, info: &StreamInfo| {
        setup::preparation(config, info, &[]).map_err(|e| match e {
            Failure::Usage(e) => Failure::usage(e),
            Failure::Failed(e) => Failure::failed(format_args!("{name}: {e:#}")),
        })
    };
    let mut preparation = of(&first.name, &first.info)?;
    let mut common: Vec<String> = preparation.channels.labels().to_vec();
    let mut different: Option<String> = None;
    for other in &recordings[1..] {
        let theirs = of(&other.name, &other.info)?.channels;
        let ours = &preparation.channels;
        let missing: Vec<&String> = ours.labels().iter().filter(|l| !theirs.labels().contains(l)).collect();
        let more: Vec<&String> = theirs.labels().iter().filter(|l| !ours.labels().contains(l)).collect();
        if !missing.is_empty() || !more.is_empty() {
            common.retain(|label| theirs.labels().contains(label));
            different.get_or_insert_with(|| {
                format!(
                    "{} has {} channels and {} {}: {}",
                    first.name,
                    ours.len(),
                    other.name,
                    theirs.len(),
                    [("without", &missing), ("with", &more)]
                        .iter()
                        .filter(|(_, labels)| !labels.is_empty())
                        .map(|(how, labels)| format!("{how} {}", shown(labels)))
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            });
        }
    }
    if let Some(different) = different {
        if !takes_common {
            return Err(Failure::failed(format_args!(
                "the recordings have different montages, which are not mixed: {different}; --common-channels takes the {} that all have, [channels] use in the configuration names them",
                common.len()
            )));
        }
        if common.len() < 2 {
            return Err(Failure::failed(format_args!(
                "the recordings have {} channel(s) in common, and at least 2 are needed: {different}",
                common.len()
            )));
        }
        preparation.channels = Montage::new(&common);
        preparation.check()?;
    }
    Ok(preparation)
}

fn shown(labels: &[&String]) -> String {
    let some: Vec<String> = labels.iter().take(8).map(|label| clean_text(label, 20)).collect();
    let more = labels.len() - some.len();
    if more == 0 { some.join(" ") } else { format!("{} and {more} more", some.join(" ")) }
}
