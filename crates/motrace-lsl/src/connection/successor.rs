//! The search for a stream that went away, on a thread of its own.

use crate::backend::{self, Found, Inlet, WAVE};
use crate::description;
use motrace_core::{StreamInfo, clean_text};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const SHORTEST_BUFFER_SECS: f64 = 1.0;

/// What a search has found.
pub(super) enum Finding {
    /// The stream itself, unchanged, with a connection to it.
    Back(Box<Inlet>, StreamInfo),
    /// Something in its place that must not be used. The search goes on.
    Refused(String),
}

/// A search that runs until it has succeeded or is dropped.
pub(super) struct Search {
    findings: Receiver<Finding>,
    stop: Arc<AtomicBool>,
}

impl Search {
    /// Looks for the stream that `known` describes. With `only_successor`, the outlet that is connected already is
    /// left alone: only one that has replaced it counts.
    pub(super) fn start(known: StreamInfo, only_successor: bool, buffer_samples: usize) -> Self {
        let (sender, findings) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let seek = move || seek(&known, only_successor, buffer_samples, &sender, &stopped);
        if let Err(e) = thread::Builder::new().name("lsl-search".into()).spawn(seek) {
            tracing::error!("the search for a lost stream cannot be started: {e}");
        }
        Self { findings, stop }
    }

    pub(super) fn result(&self) -> Option<Finding> {
        self.findings.try_recv().ok()
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn seek(known: &StreamInfo, only_successor: bool, buffer: usize, sender: &Sender<Finding>, stop: &AtomicBool) {
    let mut said = String::new();
    let mut suspected = String::new();
    while !stop.load(Ordering::Relaxed) {
        let seen = match backend::resolve(WAVE) {
            Ok(seen) => seen,
            Err(e) => {
                tracing::warn!("{e}");
                thread::sleep(WAVE);
                continue;
            }
        };
        let alike = |f: &&Found| f.name == known.name && !(only_successor && f.uid == known.uid);
        let alike: Vec<&Found> = seen.iter().filter(alike).collect();
        let finding = match identify(known, &alike) {
            Ok(None) => continue,
            Ok(Some(found)) => take_up(known, found, buffer),
            // A source that has just ended can still be among those that answered this wave.
            Err(refusal) if refusal == suspected => Err(Some(refusal)),
            Err(refusal) => {
                suspected = refusal;
                continue;
            }
        };
        suspected.clear();
        match finding {
            Ok(back) => {
                // A receiver that is gone needs nothing any more.
                let _ = sender.send(back);
                return;
            }
            Err(Some(reason)) if reason != said => {
                said.clone_from(&reason);
                if sender.send(Finding::Refused(reason)).is_err() {
                    return;
                }
            }
            Err(_) => thread::sleep(WAVE / 4),
        }
    }
}

/// The one among the streams of that name which is the lost one, by its source id or, where it has none, by type
/// and host.
fn identify<'a>(known: &StreamInfo, alike: &[&'a Found]) -> Result<Option<&'a Found>, String> {
    let is_it = |f: &&&Found| {
        f.source_id == known.source_id
            && (!known.source_id.is_empty() || (f.kind == known.kind && f.host == known.host))
    };
    let same: Vec<&&Found> = alike.iter().filter(is_it).collect();
    match (same.as_slice(), alike) {
        ([one], _) => Ok(Some(one)),
        ([], []) => Ok(None),
        ([], others) => Err(format!(
            "`{}` is gone; of that name there is only {}, which is another source",
            clean_text(&known.name, 60),
            list(others.iter().copied())
        )),
        (several, _) => Err(format!(
            "`{}` came back more than once: {}; stop all but one",
            clean_text(&known.name, 60),
            list(several.iter().map(|f| **f))
        )),
    }
}

fn list<'a>(streams: impl Iterator<Item = &'a Found>) -> String {
    streams.map(Found::describe).collect::<Vec<_>>().join("; ")
}

/// Checks everything anew and connects. `Err(None)` is a failure that may pass, `Err(Some)` a refusal.
fn take_up(known: &StreamInfo, found: &Found, buffer: usize) -> Result<Finding, Option<String>> {
    description::check(found, SHORTEST_BUFFER_SECS).map_err(|e| Some(e.to_string()))?;
    if let Some(difference) = difference(known, &description::short(found), false) {
        return Err(Some(changed(known, &difference)));
    }
    let info = description::full(found, CONNECT_TIMEOUT).map_err(|e| {
        tracing::debug!("{e}");
        matches!(e, crate::LslError::Refused { .. }).then(|| e.to_string())
    })?;
    if let Some(difference) = difference(known, &info, true) {
        return Err(Some(changed(known, &difference)));
    }
    let inlet = Inlet::open(found, buffer, CONNECT_TIMEOUT).map_err(|e| {
        tracing::debug!("{e}");
        None
    })?;
    Ok(Finding::Back(Box::new(inlet), info))
}

fn changed(known: &StreamInfo, difference: &str) -> String {
    format!(
        "the stream `{}` came back as something else: {difference}; restart it as it was, or start a new session",
        clean_text(&known.name, 60)
    )
}

/// The first way in which a stream that came back differs from what it was.
pub(super) fn difference(was: &StreamInfo, is: &StreamInfo, with_channels: bool) -> Option<String> {
    let shown = |text: &str| clean_text(text, 40);
    if was.channels.len() != is.channels.len() {
        return Some(format!("{} channels instead of {}", is.channels.len(), was.channels.len()));
    }
    if (was.rate_hz - is.rate_hz).abs() > 1e-9 * was.rate_hz.abs() {
        return Some(format!("{} Hz instead of {} Hz", is.rate_hz, was.rate_hz));
    }
    if was.is_text != is.is_text {
        return Some(if is.is_text { "texts instead of numbers" } else { "numbers instead of texts" }.to_owned());
    }
    if was.kind != is.kind {
        return Some(format!("type {} instead of {}", shown(&is.kind), shown(&was.kind)));
    }
    if !with_channels {
        return None;
    }
    was.channels.iter().zip(&is.channels).enumerate().find_map(|(i, (was, is))| {
        let number = i + 1;
        if was.label != is.label {
            let (is, was) = (shown(&is.label), shown(&was.label));
            return Some(format!("channel {number} is labelled `{is}` instead of `{was}`"));
        }
        if was.unit != is.unit {
            let (is, was) = (shown(&is.unit.to_string()), shown(&was.unit.to_string()));
            return Some(format!("channel {number} comes in {is} instead of {was}"));
        }
        (was.role != is.role).then(|| format!("channel {number} is {} instead of {}", is.role.name(), was.role.name()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use motrace_core::{Channel, Unit};

    #[test]
    fn each_change_is_named() {
        let was = StreamInfo {
            rate_hz: 250.0,
            channels: vec![Channel::new("C3", Unit::Microvolts), Channel::new("C4", Unit::Microvolts)],
            ..StreamInfo::default()
        };
        let change = |f: &dyn Fn(&mut StreamInfo)| {
            let mut is = was.clone();
            f(&mut is);
            difference(&was, &is, true).unwrap_or_default()
        };
        assert_eq!(difference(&was, &was, true), None);
        assert!(change(&|s| s.rate_hz = 500.0).contains("500 Hz instead of 250 Hz"));
        assert!(change(&|s| s.channels.truncate(1)).contains("1 channels instead of 2"));
        assert!(change(&|s| s.channels[1].label = "Cz".into()).contains("channel 2 is labelled `Cz` instead of `C4`"));
        assert!(change(&|s| s.channels[0].unit = Unit::Volts).contains("channel 1 comes in V instead of µV"));
        assert!(change(&|s| s.is_text = true).contains("texts"));
    }
}
