//! Ctrl-C and other requests to end.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Requests within this are one: a terminal that is closed says so twice.
const ONE_REQUEST: Duration = Duration::from_secs(1);

/// A flag that becomes true when the program is asked to end; asked again, it ends at once. A terminal that is gone asks for
/// nothing again: what it said twice can be heard in two parts, and the end in order must not be cut short by that.
pub fn on_request() -> Arc<AtomicBool> {
    on_request_then(|| ())
}

/// The same, for those who have to say at once that it was heard.
pub fn on_request_then(hear: impl Fn() + Send + 'static) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let mut first: Option<Instant> = None;
    let began_on_terminal = std::io::stdin().is_terminal();
    // Fails only where a handler is installed already, in which case that one does the same.
    let _ = ctrlc::set_handler(move || {
        if !flag.swap(true, Ordering::SeqCst) {
            hear();
        }
        let is_again = first.get_or_insert_with(Instant::now).elapsed() > ONE_REQUEST;
        let has_hung_up = began_on_terminal && !std::io::stdin().is_terminal();
        if is_again && !has_hung_up {
            std::process::exit(130);
        }
    });
    stop
}
