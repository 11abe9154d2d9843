use super::queue::DueFrame;
use crossbeam_channel::{Receiver, SendTimeoutError, Sender, bounded};
use motrace_core::{StreamInfo, clean_text};
use motrace_lsl::{StreamState, TextInlet, TimedText};
use motrace_session::{STAGE_KIND, StageMessage};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long one look around takes, and the rest after it.
const LOOK: Duration = Duration::from_millis(700);
const REST: Duration = Duration::from_millis(300);
/// How long connecting may take.
const OPENING: Duration = Duration::from_secs(3);
/// Between two looks whether a message has come.
const POLL: Duration = Duration::from_millis(2);
/// A session's frames are due within this time; a frame that claims more is drawn at once.
const FARTHEST_SECS: f64 = 60.0;
/// So many messages wait while the terminal is busy.
const WAITING: usize = 512;
/// So many sessions that are over are remembered.
const REMEMBERED: usize = 64;

/// What the network says.
#[derive(Debug)]
pub enum Heard {
    /// The session of this name is there.
    Found(String),
    /// There are several; one has to be named.
    Several(Vec<String>),
    /// A frame is to be drawn.
    Show(DueFrame),
    /// Forget what is not drawn yet.
    Cancel,
    /// The session is gone without a word; it is being looked for.
    Away,
    /// The session is over.
    End,
    /// Looking around failed, for this reason.
    Trouble(String),
}

/// Listens to a session's stage in a thread of its own, so that a terminal that hangs does not keep messages from
/// being stamped when they come.
pub struct Listener {
    heard: Receiver<Heard>,
    stop: Arc<AtomicBool>,
}

impl Listener {
    /// Looks for the session of this name, or for the only one there is.
    pub fn start(session: Option<String>) -> std::io::Result<Self> {
        let (sender, heard) = bounded(WAITING);
        let stop = Arc::new(AtomicBool::new(false));
        let mut line = Line { session, sender, stop: Arc::clone(&stop), ended: VecDeque::new() };
        std::thread::Builder::new().name("motrace-stage".into()).spawn(move || while line.turn().is_some() {})?;
        Ok(Self { heard, stop })
    }

    /// What is heard.
    pub fn heard(&self) -> &Receiver<Heard> {
        &self.heard
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The name of the session whose stage this stream is.
pub fn session_of(stage: &StreamInfo) -> Option<&str> {
    let is_stage = stage.kind == STAGE_KIND && stage.is_text;
    stage.name.strip_suffix("-stage").filter(|name| is_stage && !name.is_empty())
}

/// The listening thread's own side.
struct Line {
    session: Option<String>,
    sender: Sender<Heard>,
    stop: Arc<AtomicBool>,
    /// The outlets of sessions that are over: they may still be there for a while.
    ended: VecDeque<String>,
}

impl Line {
    /// Finds a stage and listens to it as long as it is there; `None` once nobody wants to know any more.
    fn turn(&mut self) -> Option<()> {
        let stages = match motrace_lsl::discover(LOOK) {
            Ok(streams) => streams,
            Err(error) => {
                self.tell(Heard::Trouble(error.to_string()))?;
                std::thread::sleep(REST);
                return Some(());
            }
        };
        let is_wanted = |stream: &&StreamInfo| {
            let name = session_of(stream);
            name.is_some()
                && self.session.as_deref().is_none_or(|wanted| name == Some(wanted))
                && !self.ended.contains(&stream.uid)
        };
        let wanted: Vec<&StreamInfo> = stages.iter().filter(is_wanted).collect();
        match wanted.as_slice() {
            [] => {}
            [stage] => match TextInlet::open(*stage, OPENING) {
                Ok(inlet) => {
                    let name = session_of(stage).unwrap_or_default().to_owned();
                    return self.listen(inlet, name);
                }
                Err(error) => self.tell(Heard::Trouble(error.to_string()))?,
            },
            several => {
                let names = several.iter().filter_map(|s| session_of(s)).map(|n| clean_text(n, 60)).take(8).collect();
                self.tell(Heard::Several(names))?;
            }
        }
        std::thread::sleep(REST);
        (!self.stop.load(Ordering::Relaxed)).then_some(())
    }

    fn listen(&mut self, mut inlet: TextInlet, name: String) -> Option<()> {
        self.tell(Heard::Found(name))?;
        let mut texts: Vec<TimedText> = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let is_there = match inlet.poll(&mut texts) {
                StreamState::Live | StreamState::Reconnected | StreamState::Stalled { .. } => true,
                StreamState::Lost | StreamState::Refused(_) => false,
            };
            for text in texts.drain(..) {
                // Anything else on the stream is of a later version, or of somebody else.
                match StageMessage::parse(&text.text) {
                    Some(StageMessage::Show { id, due_secs, acknowledge, frame }) => {
                        let due_secs = local_due(due_secs, &text, motrace_lsl::clock());
                        self.tell(Heard::Show(DueFrame { id, due_secs, acknowledge, frame }))?;
                    }
                    Some(StageMessage::Cancel) => self.tell(Heard::Cancel)?,
                    Some(StageMessage::End) => {
                        if self.ended.len() >= REMEMBERED {
                            self.ended.pop_front();
                        }
                        self.ended.push_back(inlet.info().uid.clone());
                        return self.tell(Heard::End);
                    }
                    None => {}
                }
            }
            if !is_there {
                return self.tell(Heard::Away);
            }
            std::thread::sleep(POLL);
        }
        None
    }

    /// Waits where the terminal is behind; what is not asked about is dropped instead.
    fn tell(&self, heard: Heard) -> Option<()> {
        if matches!(&heard, Heard::Show(frame) if !frame.acknowledge) {
            // Full or not: a newer one follows.
            let is_over = matches!(self.sender.try_send(heard), Err(error) if error.is_disconnected());
            return (!is_over).then_some(());
        }
        let mut heard = heard;
        while !self.stop.load(Ordering::Relaxed) {
            match self.sender.send_timeout(heard, Duration::from_millis(100)) {
                Ok(()) => return Some(()),
                Err(SendTimeoutError::Timeout(again)) => heard = again,
                Err(SendTimeoutError::Disconnected(_)) => return None,
            }
        }
        None
    }
}

/// When a frame is due on this computer's clock: as long after the message's stamp as on the session's clock.
fn local_due(due_secs: f64, text: &TimedText, now_secs: f64) -> f64 {
    let ahead = due_secs - text.stamp_secs;
    let due = if text.stamp_secs == 0.0 { now_secs } else { text.local_secs + ahead };
    if (now_secs - FARTHEST_SECS..now_secs + FARTHEST_SECS).contains(&due) { due } else { now_secs }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(stamp_secs: f64, local_secs: f64) -> TimedText {
        TimedText { text: String::new(), local_secs, stamp_secs, is_synchronised: true }
    }

    #[test]
    fn due_times_are_moved_to_this_clock() {
        // The session's clock is 1000 s ahead.
        assert_eq!(local_due(1105.5, &text(1105.0, 105.0), 105.01), 105.5);
        assert_eq!(local_due(1104.0, &text(1105.0, 105.0), 105.01), 104.0, "already past");
        for due in [f64::NAN, f64::INFINITY, -1e300, 1e9] {
            assert_eq!(local_due(due, &text(1105.0, 105.0), 105.01), 105.01, "{due}");
        }
        assert_eq!(local_due(7.0, &text(f64::NAN, 105.0), 105.01), 105.01);
        assert_eq!(local_due(7.0, &text(0.0, 105.0), 105.01), 105.01);
    }

    #[test]
    fn a_stage_is_known_by_its_kind_and_name() {
        let stream = |name: &str, kind: &str, is_text| StreamInfo {
            name: name.into(),
            kind: kind.into(),
            is_text,
            ..StreamInfo::default()
        };
        assert_eq!(session_of(&stream("s1-stage", STAGE_KIND, true)), Some("s1"));
        assert_eq!(session_of(&stream("s1-stage", "EEG", true)), None);
        assert_eq!(session_of(&stream("s1-stage", STAGE_KIND, false)), None);
        assert_eq!(session_of(&stream("-stage", STAGE_KIND, true)), None);
        assert_eq!(session_of(&stream("s1", STAGE_KIND, true)), None);
    }
}
