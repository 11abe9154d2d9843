//! The simulated person as the participant of a session, whose cues it reads over LSL.

mod vocabulary;

use crate::failure::Failure;
use crate::output::say;
use crossbeam_channel::{Receiver, Sender, bounded};
use motrace_core::{Poll, Source, SourceError, StreamInfo, clean_text};
use motrace_lsl::{StreamState, TextInlet, TimedText};
use motrace_sim::{Imagery, Simulation};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
pub use vocabulary::{Asked, Vocabulary};

/// What the source id of a session's cues begins with.
const SESSION_SOURCE: &str = crate::keeper::OWN_SOURCE;
/// What the name of a session's cues ends with.
const CUES: &str = "-cues";
/// How long one look around takes.
const LOOK: Duration = Duration::from_millis(700);
/// How long to rest between two looks.
const REST: Duration = Duration::from_millis(300);
/// How often markers are read; the person's reaction takes far longer.
const READ_EVERY: Duration = Duration::from_millis(5);
/// Nobody imagines one thing for longer, whatever became of the sign to stop.
const LONGEST_SECS: f64 = 60.0;

/// A cue, or the sign to stop, and when it was shown on this computer's LSL clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cue {
    /// What it asks for.
    pub asked: Asked,
    /// When.
    pub at_secs: f64,
}

/// Reads the cues of a session (of this name, or the only one on the network) in a thread of its own, from when it
/// appears, and of the next one when it has gone.
pub fn cues(session: Option<String>, vocabulary: Vocabulary, stop: Arc<AtomicBool>) -> Result<Receiver<Cue>, Failure> {
    let (sender, cues) = bounded(256);
    let reader = Reader { session, vocabulary, stop, sender, told: String::new() };
    std::thread::Builder::new().name("motrace-cues".into()).spawn(move || reader.run())?;
    Ok(cues)
}

struct Reader {
    session: Option<String>,
    vocabulary: Vocabulary,
    stop: Arc<AtomicBool>,
    sender: Sender<Cue>,
    told: String,
}

impl Reader {
    fn run(mut self) {
        self.tell(match &self.session {
            Some(name) => format!("waiting for the cues of the session {:?}", clean_text(name, 60)),
            None => "waiting for the cues of a session".to_owned(),
        });
        while !self.is_over() {
            match self.find() {
                Some(inlet) => self.follow(inlet),
                None => std::thread::sleep(REST),
            }
        }
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Says something, but not the same twice in a row.
    fn tell(&mut self, text: String) {
        if text != self.told {
            say(&text);
            self.told = text;
        }
    }

    fn find(&mut self) -> Option<TextInlet> {
        let wanted = self.session.as_ref().map(|name| format!("{name}{CUES}"));
        let is_cues = |stream: &StreamInfo| {
            stream.is_text
                && stream.kind.eq_ignore_ascii_case("Markers")
                && stream.source_id.starts_with(SESSION_SOURCE)
                && stream.name.ends_with(CUES)
                && wanted.as_ref().is_none_or(|name| *name == stream.name)
        };
        let mut found = match motrace_lsl::discover(LOOK) {
            Ok(streams) => streams,
            Err(error) => {
                self.tell(format!("looking for a session: {error}"));
                return None;
            }
        };
        found.retain(is_cues);
        let stream = match found.as_slice() {
            [] => return None,
            [stream] => stream,
            several => {
                let names: Vec<String> = several.iter().map(|s| clean_text(session_of(s), 60)).collect();
                let names = names.join(", ");
                self.tell(format!("there are several sessions: {names}; say which one with --follow NAME"));
                return None;
            }
        };
        match TextInlet::open(stream, LOOK) {
            Ok(inlet) => {
                self.tell(format!("following the session {:?}", clean_text(session_of(stream), 60)));
                Some(inlet)
            }
            Err(error) => {
                self.tell(format!("the cues of a session cannot be read: {error}"));
                None
            }
        }
    }

    /// Hands on what one session asks for, until it has gone.
    fn follow(&mut self, mut inlet: TextInlet) {
        let mut texts: Vec<TimedText> = Vec::new();
        while !self.is_over() {
            let state = inlet.poll(&mut texts);
            let gone = matches!(state, StreamState::Lost | StreamState::Refused(_));
            for said in texts.drain(..) {
                if let Some(asked) = self.vocabulary.meaning(&said.text) {
                    // Full only while nobody streams any more.
                    let _ = self.sender.try_send(Cue { asked, at_secs: said.local_secs });
                }
            }
            if gone {
                let _ = self.sender.try_send(Cue { asked: Asked::Stop, at_secs: motrace_lsl::clock() });
                self.tell("the session has gone; waiting for the next one".to_owned());
                return;
            }
            std::thread::sleep(READ_EVERY);
        }
    }
}

fn session_of(stream: &StreamInfo) -> &str {
    stream.name.strip_suffix(CUES).unwrap_or(&stream.name)
}

/// A simulated person who does what the cues ask for, a human reaction time after they were shown.
pub struct Follower {
    person: Simulation,
    cues: Receiver<Cue>,
    /// When the first sample is due, on the LSL clock.
    begin_secs: f64,
    rate_hz: f64,
    samples: u64,
    imagines_since: Option<f64>,
    /// Cues so far.
    pub cued: u64,
}

impl Follower {
    /// A person whose first sample is due at `begin_secs` on the LSL clock.
    pub fn new(person: Simulation, cues: Receiver<Cue>, begin_secs: f64) -> Self {
        let rate_hz = person.settings().rate_hz;
        Self { person, cues, begin_secs, rate_hz, samples: 0, imagines_since: None, cued: 0 }
    }

    fn ask(&mut self, imagery: Option<Imagery>, at_secs: f64) {
        self.imagines_since = imagery.map(|_| at_secs);
        self.cued += u64::from(imagery.is_some());
        self.person.set_imagery_at(imagery, at_secs);
    }
}

impl Source for Follower {
    fn info(&self) -> &StreamInfo {
        self.person.info()
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        let now = self.samples as f64 / self.rate_hz;
        while let Ok(cue) = self.cues.try_recv() {
            let imagery = match cue.asked {
                Asked::Imagine(imagery) => Some(imagery),
                Asked::Stop => None,
            };
            // What was shown before the person was there, or is stamped far ahead, is reacted to now.
            let at = cue.at_secs - self.begin_secs;
            self.ask(imagery, if (0.0..now + 5.0).contains(&at) { at } else { now });
        }
        if self.imagines_since.is_some_and(|since| now - since > LONGEST_SECS) {
            self.ask(None, now);
        }
        let polled = self.person.poll(into)?;
        if let Poll::Samples(count) = polled {
            self.samples += count as u64;
        }
        Ok(polled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use motrace_sim::SimulationSettings;

    #[test]
    fn the_reaction_is_timed_from_the_cue_and_not_from_its_reading() {
        let (sender, cues) = bounded(8);
        let person = Simulation::new(SimulationSettings::participant(3)).expect("a participant");
        let mut follower = Follower::new(person, cues, 1000.0);
        let mut samples = Vec::new();
        // The cue was shown at sample 250 and is heard of 0.2 s later, before the person can have reacted.
        let mut poll_until = |follower: &mut Follower, end: u64| {
            while follower.samples < end {
                samples.clear();
                follower.poll(&mut samples).expect("never fails");
            }
        };
        poll_until(&mut follower, 300);
        sender.send(Cue { asked: Asked::Imagine(Imagery::LeftHand), at_secs: 1001.0 }).expect("room");
        poll_until(&mut follower, 1000);
        sender.send(Cue { asked: Asked::Stop, at_secs: 1004.0 }).expect("room");
        poll_until(&mut follower, 1500);
        let trial = &follower.person.truth().trials[0];
        assert_eq!((trial.imagery, trial.cue), (Imagery::LeftHand, 250));
        assert!((325..=375).contains(&trial.imagined.start), "{trial:?}");
        assert!((1075..=1125).contains(&trial.imagined.end), "{trial:?}");

        // The sign to stop never comes.
        sender.send(Cue { asked: Asked::Imagine(Imagery::RightHand), at_secs: 1006.0 }).expect("room");
        poll_until(&mut follower, 1500 + 250 * 62);
        assert_eq!(follower.person.imagining(), None);
        assert_eq!(follower.cued, 2);
    }
}
