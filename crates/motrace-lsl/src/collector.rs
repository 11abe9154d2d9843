use crate::backend::{self, Found, WAVE};
use crate::{LslError, RawInlet, description};
use motrace_core::StreamInfo;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The first looks around follow each other at once, the later ones after a pause.
const EAGER_LOOKS: u64 = 4;
const PAUSE: Duration = Duration::from_millis(1500);
/// A stream that was refused, or could not be reached, is tried again after this.
const TRY_AGAIN: Duration = Duration::from_secs(10);
/// More streams than this are not opened.
const MOST_STREAMS: usize = 512;

/// What a look around has found.
pub enum Arrival {
    /// A stream that is open from now on.
    Opened {
        /// The stream.
        inlet: Box<RawInlet>,
        /// The uids of all streams that answered at the same look around, for telling a twin from a successor.
        answering: Vec<String>,
    },
    /// A stream that cannot be had; said once for each reason.
    Refused(LslError),
}

/// Opens every stream that is wanted as soon as it appears, from a thread of its own.
pub struct Collector {
    arrivals: Receiver<Arrival>,
    known: Arc<Mutex<HashMap<String, Known>>>,
    looks: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

/// What was done with a stream, by its uid.
enum Known {
    Held,
    /// It could not be reached; it may just have gone away, after it had answered.
    Missed,
    Failed {
        at: Instant,
        reason: String,
    },
}

impl Collector {
    /// Begins to look around. `is_wanted` is asked with what a stream announces: without labels and units.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(is_wanted: impl Fn(&StreamInfo) -> bool + Send + 'static) -> Result<Self, LslError> {
        let (sender, arrivals) = channel();
        let known = Arc::new(Mutex::new(HashMap::new()));
        let looks = Arc::new(AtomicU64::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let looking = Looking {
            sender,
            known: Arc::clone(&known),
            looks: Arc::clone(&looks),
            stop: Arc::clone(&stop),
            is_wanted,
        };
        thread::Builder::new()
            .name("lsl-collect".into())
            .spawn(move || looking.run())
            .map_err(|e| LslError::Network { stream: "discovery".into(), cause: e.to_string() })?;
        Ok(Self { arrivals, known, looks, stop })
    }

    /// What has been found since.
    #[must_use]
    pub fn next(&self) -> Option<Arrival> {
        self.arrivals.try_recv().ok()
    }

    /// How often everything that answered has been dealt with.
    #[must_use]
    pub fn looks(&self) -> u64 {
        self.looks.load(Ordering::Acquire)
    }

    /// A connection is over: its stream is opened again where it answers once more.
    pub fn release(&self, uid: &str) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

struct Looking<F> {
    sender: Sender<Arrival>,
    known: Arc<Mutex<HashMap<String, Known>>>,
    looks: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    is_wanted: F,
}

impl<F: Fn(&StreamInfo) -> bool> Looking<F> {
    fn run(self) {
        while !self.stop.load(Ordering::Relaxed) {
            match backend::resolve(WAVE) {
                Ok(seen) => {
                    if self.take(&seen).is_none() {
                        return;
                    }
                }
                Err(e) => {
                    tracing::warn!("{e}");
                    thread::sleep(PAUSE);
                }
            }
            if self.looks.fetch_add(1, Ordering::Release) + 1 >= EAGER_LOOKS {
                thread::sleep(PAUSE);
            }
        }
    }

    /// Opens what is new among the streams that answered; `None` when nobody listens any more.
    fn take(&self, seen: &[Found]) -> Option<()> {
        for found in seen {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            if self.known().values().filter(|known| matches!(known, Known::Held)).count() >= MOST_STREAMS {
                return Some(());
            }
            let (said, was_missed) = match self.known().get(&found.uid) {
                Some(Known::Held) => continue,
                Some(Known::Failed { at, .. }) if at.elapsed() < TRY_AGAIN => continue,
                Some(Known::Failed { reason, .. }) => (reason.clone(), true),
                Some(Known::Missed) => (String::new(), true),
                None => (String::new(), false),
            };
            if description::check(found, 1.0).is_ok() && !(self.is_wanted)(&description::short(found)) {
                continue;
            }
            match RawInlet::connect(found) {
                Ok(inlet) => {
                    self.known().insert(found.uid.clone(), Known::Held);
                    let answering = seen.iter().map(|f| f.uid.clone()).collect();
                    self.sender.send(Arrival::Opened { inlet: Box::new(inlet), answering }).ok()?;
                }
                Err(LslError::Network { .. }) if !was_missed => {
                    self.known().insert(found.uid.clone(), Known::Missed);
                }
                Err(error) => {
                    let reason = error.to_string();
                    let is_new = reason != said;
                    self.known().insert(found.uid.clone(), Known::Failed { at: Instant::now(), reason });
                    if is_new {
                        self.sender.send(Arrival::Refused(error)).ok()?;
                    }
                }
            }
        }
        Some(())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
