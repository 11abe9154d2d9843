use super::outlets::SOURCE_ID_PREFIX;
use crate::failure::Failure;
use crate::setup;
use crossbeam_channel::{Receiver, Sender, bounded};
use motrace_core::clean_text;
use motrace_lsl::{Outlet, StreamState, TextInlet, TimedText};
use motrace_session::{Frame, SCREEN_KIND, STAGE_KIND, ScreenMessage, StageMessage};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Between two looks for screens.
const LOOK_EVERY: Duration = Duration::from_millis(1500);
/// How long one look takes.
const LOOK: Duration = Duration::from_millis(400);
/// A screen that has not been heard of for so long is away.
const SILENCE_SECS: f64 = 3.5;

/// What the terminal of the session itself is told.
#[derive(Debug, Clone)]
pub enum LocalFrame {
    /// Draw a frame when it is due, and tell when that was.
    Due {
        /// Its number.
        id: u64,
        /// When, on the LSL clock.
        due_secs: f64,
        /// What.
        frame: Frame,
    },
    /// This is how it looks now.
    Now(Frame),
    /// Forget what is not drawn yet.
    Cancel,
}

/// A frame is on a screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// Which.
    pub id: u64,
    /// Since when, on the LSL clock.
    pub at_secs: f64,
}

/// Where the participant looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// At a `motrace screen`.
    Screen,
    /// At the terminal of the session itself.
    Terminal,
    /// At nothing: frames count as drawn when they are due.
    Nowhere,
}

impl Route {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Screen => "a screen of its own (motrace screen)",
            Self::Terminal => "this terminal",
            Self::Nowhere => "nothing (no screen, no terminal)",
        }
    }
}

/// A screen that was found.
struct ScreenLink {
    inlet: TextInlet,
    heard_secs: f64,
    size: [u16; 2],
    has_left: bool,
}

impl ScreenLink {
    fn is_there(&self, now_secs: f64) -> bool {
        !self.has_left && now_secs - self.heard_secs < SILENCE_SECS
    }
}

/// The ends of the channel to the session's own terminal, on the conductor's side.
pub struct TerminalEnds {
    /// Frames to draw.
    pub frames: Sender<LocalFrame>,
    /// Frames drawn.
    pub shown: Receiver<Shown>,
}

/// Where frames go, and where the times of their drawing come from.
pub struct Stage {
    outlet: Outlet,
    terminal: Option<TerminalEnds>,
    screens: Vec<ScreenLink>,
    found: Receiver<TextInlet>,
    stop: Arc<AtomicBool>,
    route: Route,
    /// Frames that count as drawn when they are due.
    unseen: Vec<Shown>,
    heard: Vec<TimedText>,
}

impl Stage {
    /// Announces the stage of the session `name`, and looks for screens from now on.
    pub fn open(name: &str, id: &str, terminal: Option<TerminalEnds>) -> Result<Self, Failure> {
        let info = setup::text_stream(&format!("{name}-stage"), STAGE_KIND, &format!("{id}-stage"), "message");
        let outlet = Outlet::new(&info)?;
        let (sender, found) = bounded(8);
        let stop = Arc::new(AtomicBool::new(false));
        let (finder_stop, prefix) = (Arc::clone(&stop), format!("{name}-screen"));
        std::thread::Builder::new()
            .name("motrace-screens".into())
            .spawn(move || find_screens(&prefix, &finder_stop, &sender))?;
        let route = if terminal.is_some() { Route::Terminal } else { Route::Nowhere };
        Ok(Self { outlet, terminal, screens: Vec::new(), found, stop, route, unseen: Vec::new(), heard: Vec::new() })
    }

    /// Where frames go now.
    pub fn route(&self) -> Route {
        self.route
    }

    /// Chooses anew where frames go: to a screen where there is one.
    pub fn choose_route(&mut self) -> Route {
        self.route = match (self.screens() > 0, self.terminal.is_some()) {
            (true, _) => Route::Screen,
            (false, true) => Route::Terminal,
            (false, false) => Route::Nowhere,
        };
        self.route
    }

    /// How many screens are there. One that says so before its connection to the stage stands is not there yet.
    pub fn screens(&self) -> usize {
        if !self.outlet.have_consumers() {
            return 0;
        }
        let now = motrace_lsl::clock();
        self.screens.iter().filter(|s| s.is_there(now)).count()
    }

    /// The screens in words.
    pub fn described(&self) -> Vec<String> {
        let now = motrace_lsl::clock();
        let there = self.screens.iter().filter(|s| s.is_there(now));
        there
            .map(|s| {
                let error = s.inlet.clock_error_secs().map_or_else(
                    || "clock not compared yet".to_owned(),
                    |e| format!("clock \u{b1} {}", crate::output::duration(e)),
                );
                let info = s.inlet.info();
                format!(
                    "{} on {}, {}\u{d7}{}, {error}",
                    clean_text(&info.name, 40),
                    clean_text(&info.host, 30),
                    s.size[0],
                    s.size[1]
                )
            })
            .collect()
    }

    /// Whether frames reach anybody: false once the screen that was chosen is away.
    pub fn is_seen(&self) -> bool {
        self.route != Route::Screen || self.screens() > 0
    }

    /// Shows a frame when it is due; [`Self::poll`] says when that was.
    pub fn show(&mut self, id: u64, due_secs: f64, frame: &Frame) -> Result<(), Failure> {
        match (self.route, &self.terminal) {
            (Route::Screen, _) => {
                self.send(&StageMessage::Show { id, due_secs, acknowledge: true, frame: frame.clone() })?
            }
            (Route::Terminal, Some(terminal)) => {
                let _ = terminal.frames.try_send(LocalFrame::Due { id, due_secs, frame: frame.clone() });
            }
            _ => self.unseen.push(Shown { id, at_secs: due_secs }),
        }
        Ok(())
    }

    /// Nothing is drawn, and [`Self::poll`] says so when it is due.
    pub fn pass(&mut self, id: u64, due_secs: f64) {
        self.unseen.push(Shown { id, at_secs: due_secs });
    }

    /// Shows a frame at once; nobody asks when it was drawn, and a newer one may take its place.
    pub fn refresh(&mut self, frame: &Frame) -> Result<(), Failure> {
        let due_secs = motrace_lsl::clock();
        match (self.route, &self.terminal) {
            (Route::Screen, _) => {
                self.send(&StageMessage::Show { id: 0, due_secs, acknowledge: false, frame: frame.clone() })?;
            }
            (Route::Terminal, Some(terminal)) => {
                let _ = terminal.frames.try_send(LocalFrame::Now(frame.clone()));
            }
            _ => {}
        }
        Ok(())
    }

    /// Forgets what is not drawn yet.
    pub fn cancel(&mut self) -> Result<(), Failure> {
        let now = motrace_lsl::clock();
        self.unseen.retain(|s| s.at_secs <= now);
        if let Some(terminal) = &self.terminal {
            let _ = terminal.frames.try_send(LocalFrame::Cancel);
        }
        self.send(&StageMessage::Cancel)
    }

    fn send(&mut self, message: &StageMessage) -> Result<(), Failure> {
        Ok(self.outlet.push_text(&message.to_text(), None)?)
    }

    /// What was drawn since the last call.
    pub fn poll(&mut self, shown: &mut Vec<Shown>) {
        let now = motrace_lsl::clock();
        self.screens.extend(self.found.try_iter().map(|inlet| ScreenLink {
            inlet,
            heard_secs: now,
            size: [0, 0],
            has_left: false,
        }));
        for screen in &mut self.screens {
            self.heard.clear();
            let state = screen.inlet.poll(&mut self.heard);
            for text in &self.heard {
                screen.heard_secs = now;
                match ScreenMessage::parse(&text.text) {
                    Some(ScreenMessage::Ready { size }) => (screen.size, screen.has_left) = (size, false),
                    Some(ScreenMessage::Shown { id }) if self.route == Route::Screen => {
                        // Nothing is drawn after it was told; a clock that says so is off.
                        shown.push(Shown { id, at_secs: text.local_secs.min(now) });
                    }
                    Some(ScreenMessage::Leaving) => screen.has_left = true,
                    _ => {}
                }
            }
            if matches!(state, StreamState::Lost) && now - screen.heard_secs > SILENCE_SECS {
                screen.has_left = true;
            }
        }
        self.screens.retain(|s| !(s.has_left && now - s.heard_secs > SILENCE_SECS));
        if let Some(terminal) = &self.terminal {
            shown.extend(terminal.shown.try_iter());
        }
        let due = |s: &mut Shown| s.at_secs <= now;
        let drawn_now = self.route == Route::Nowhere;
        let passed = self.unseen.extract_if(.., due);
        shown.extend(passed.map(|s| if drawn_now { Shown { at_secs: now, ..s } } else { s }));
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.send(&StageMessage::End);
    }
}

/// Looks for screens of a session as long as it lasts.
fn find_screens(prefix: &str, stop: &AtomicBool, found: &Sender<TextInlet>) {
    let mut known = HashSet::new();
    while !stop.load(Ordering::Relaxed) {
        let seen = motrace_lsl::discover(LOOK).unwrap_or_default();
        for stream in seen {
            let is_screen = stream.kind == SCREEN_KIND
                && stream.source_id.starts_with(SOURCE_ID_PREFIX)
                && stream.name.starts_with(prefix);
            if is_screen
                && !known.contains(&stream.uid)
                && let Ok(inlet) = TextInlet::open(&stream, LOOK)
            {
                known.insert(stream.uid.clone());
                if found.send(inlet).is_err() {
                    return;
                }
            }
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
