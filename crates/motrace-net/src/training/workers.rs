use std::sync::{Mutex, PoisonError};
use std::thread;

/// Calls for each item, on several threads; which thread takes which item is left to chance, so what is done may depend on
/// the item only.
pub(crate) fn each<I: Send>(threads: usize, items: &mut [I], on: impl Fn(usize, &mut I) + Sync) {
    let threads = threads.min(items.len());
    if threads <= 1 {
        items.iter_mut().enumerate().for_each(|(place, item)| on(place, item));
        return;
    }
    let queue = Mutex::new(items.iter_mut().enumerate());
    let work = || {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((place, item)) = next else { break };
            on(place, item);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // Where the system gives no further thread, the others do its work.
            let _ = thread::Builder::new().name("motrace training".into()).spawn_scoped(scope, work);
        }
        work();
    });
}
