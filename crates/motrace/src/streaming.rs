//! A source played as LSL streams: one for the signal, one for its markers.

use crate::failure::Failure;
use crate::setup;
use motrace_core::{Poll, Source, StreamInfo};
use motrace_lsl::Outlet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The streams that a source is played as.
pub struct Player {
    signal: Outlet,
    markers: Option<Outlet>,
}

/// How far a player has come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Played {
    /// Samples sent.
    pub samples: u64,
    /// Markers sent.
    pub markers: u64,
}

/// When to stop, and whom to tell how far it is.
pub struct Control<'a> {
    /// Stops at once when it becomes true.
    pub stop: &'a AtomicBool,
    /// Stops after this much time.
    pub limit: Option<Duration>,
    /// Hears how many samples have been sent.
    pub progress: &'a mut dyn FnMut(u64),
}

impl Player {
    /// Announces the streams: `name` for the signal, `name-markers` for the markers.
    pub fn announce(info: &StreamInfo, name: &str) -> Result<Self, Failure> {
        let player = Self::announce_signal(info, name)?;
        let id = &player.signal.info().source_id;
        let markers = setup::text_stream(&format!("{name}-markers"), "Markers", &format!("{id}-markers"), "marker");
        Ok(Self { markers: Some(Outlet::new(&markers)?), ..player })
    }

    /// Announces the signal only, for a source that has no markers.
    pub fn announce_signal(info: &StreamInfo, name: &str) -> Result<Self, Failure> {
        let id = if info.source_id.is_empty() { format!("motrace-{name}") } else { info.source_id.clone() };
        let kind = if info.kind.is_empty() { "EEG".to_owned() } else { info.kind.clone() };
        let signal = StreamInfo { name: name.to_owned(), source_id: id, kind, ..info.clone() };
        Ok(Self { signal: Outlet::new(&signal)?, markers: None })
    }

    /// The signal as it was announced, its uid included.
    pub fn signal_info(&self) -> &StreamInfo {
        self.signal.info()
    }

    /// Waits until somebody reads the signal; false if nobody does in time.
    pub fn wait_for_listener(&self, stop: &AtomicBool, limit: Duration) -> bool {
        let begin = std::time::Instant::now();
        while begin.elapsed() < limit && !stop.load(Ordering::Relaxed) {
            if self.signal.wait_for_consumers(Duration::from_millis(100)) {
                // A listener throws away what it finds when it goes live; it shall find nothing yet.
                std::thread::sleep(Duration::from_millis(500));
                return true;
            }
        }
        false
    }

    /// Plays a source in real time. `time_of` is the time of a sample in the clock of the source's markers.
    ///
    /// Each chunk goes out when its last sample is due, stamped on the LSL clock with the source's own spacing.
    pub fn play(
        &mut self,
        source: &mut dyn Source,
        time_of: &dyn Fn(u64) -> f64,
        control: &mut Control<'_>,
    ) -> Result<Played, Failure> {
        self.play_from(motrace_lsl::clock(), source, time_of, control)
    }

    /// As [`Player::play`], with the first sample due at `begin` on the LSL clock.
    pub fn play_from(
        &mut self,
        begin: f64,
        source: &mut dyn Source,
        time_of: &dyn Fn(u64) -> f64,
        control: &mut Control<'_>,
    ) -> Result<Played, Failure> {
        let channels = source.info().channels.len();
        let origin = time_of(0);
        let mut played = Played::default();
        let mut samples: Vec<f32> = Vec::new();
        loop {
            let over = control.limit.is_some_and(|limit| motrace_lsl::clock() - begin >= limit.as_secs_f64());
            if over || control.stop.load(Ordering::Relaxed) {
                return Ok(played);
            }
            match source.poll(&mut samples)? {
                Poll::Samples(_) => {
                    played.samples += (samples.len() / channels) as u64;
                    let stamp = begin + time_of(played.samples - 1) - origin;
                    wait_until(stamp, control.stop);
                    self.signal.push(&samples, Some(stamp))?;
                    samples.clear();
                    (control.progress)(played.samples);
                }
                Poll::Marker(marker) => {
                    let stamp = begin + marker.time_secs - origin;
                    // Its sample comes next; by then the marker is due.
                    wait_until(stamp, control.stop);
                    if let Some(markers) = &mut self.markers {
                        markers.push_text(&marker.text, Some(stamp))?;
                        played.markers += 1;
                    }
                }
                Poll::Gap(_) => {}
                Poll::Idle => std::thread::sleep(Duration::from_millis(1)),
                Poll::End => return Ok(played),
            }
        }
    }
}

fn wait_until(stamp_secs: f64, stop: &AtomicBool) {
    loop {
        let early = stamp_secs - motrace_lsl::clock();
        if early <= 0.0 || stop.load(Ordering::Relaxed) {
            return;
        }
        std::thread::sleep(Duration::from_secs_f64(early.min(0.05)));
    }
}
