//! A stream over LSL on the loopback, as an amplifier sends it: one sample at a time.

use crate::{Trouble, subject};
use motrace_core::StreamInfo;
use motrace_lsl::{Outlet, clock};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Keeps this process on the loopback, in the session `session()`. May be called again.
pub fn on_loopback() -> Result<(), Trouble> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    Ok(DONE.get_or_init(|| motrace_lsl::use_loopback(&session()).map_err(|e| e.to_string())).clone()?)
}

/// The LSL session of this run.
pub fn session() -> String {
    format!("motrace-figures-{}", std::process::id())
}

/// A thread that sends until it is dropped. Each sample is stamped with the moment it is pushed at.
pub struct Sender {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sender {
    /// Announces the stream; samples come once somebody listens.
    pub fn start(info: &StreamInfo) -> Result<Self, Trouble> {
        on_loopback()?;
        let mut outlet = Outlet::new(info)?;
        let (channels, rate_hz) = (info.channels.len(), info.rate_hz);
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new().name("figures-sender".into()).spawn({
            let stop = Arc::clone(&stop);
            move || {
                while !stop.load(Ordering::Relaxed) && !outlet.wait_for_consumers(Duration::from_millis(100)) {}
                let samples = subject::samples(channels, 1000);
                let start = clock();
                for (sample, k) in samples.chunks_exact(channels).cycle().zip(0_u32..) {
                    let wait = start + f64::from(k) / rate_hz - clock();
                    std::thread::sleep(Duration::from_secs_f64(wait.max(0.0)));
                    if stop.load(Ordering::Relaxed) || outlet.push(sample, Some(clock())).is_err() {
                        break;
                    }
                }
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
