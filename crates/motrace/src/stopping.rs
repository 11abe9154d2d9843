//! Ctrl-C and other requests to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Requests within this are one: a terminal that is closed says so twice.
const ONE_REQUEST: Duration = Duration::from_secs(1);

/// A flag that becomes true when the program is asked to end; asked again, it ends at once.
pub fn on_request() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let mut first: Option<Instant> = None;
    // Fails only where a handler is installed already, in which case that one does the same.
    let _ = ctrlc::set_handler(move || {
        flag.store(true, Ordering::SeqCst);
        if first.get_or_insert_with(Instant::now).elapsed() > ONE_REQUEST {
            std::process::exit(130);
        }
    });
    stop
}
