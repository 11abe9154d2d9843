//! `motrace screen`

mod listener;
mod queue;

use crate::arguments::ScreenArguments;
use crate::failure::Failure;
use crate::{setup, stopping};
use crossbeam_channel::select;
use listener::{Heard, Listener};
use motrace_core::clean_text;
use motrace_lsl::Outlet;
use motrace_session::{Frame, SCREEN_KIND, Scene, ScreenMessage};
use motrace_view::Participant;
use motrace_view::dashboard::ColourDepth;
use motrace_view::palette::Ground;
use motrace_view::terminal::{Keys, Screen, TerminalError};
use queue::Queue;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A screen says so often that it is there.
const READY_EVERY: Duration = Duration::from_secs(1);
/// The longest wait: requests to end are noticed within this time.
const LONGEST_WAIT: Duration = Duration::from_millis(100);
/// The last moments before a frame is due are slept in small pieces.
const CLOSE_SECS: f64 = 0.003;
const PIECE: Duration = Duration::from_micros(200);
/// What was said last needs a moment to get out.
const FAREWELL: Duration = Duration::from_millis(200);

/// Shows what the participant sees, on a terminal of its own.
pub fn run(arguments: &ScreenArguments) -> Result<(), Failure> {
    let config = arguments.config.read()?;
    let screen = Screen::enter().map_err(|error| match error {
        TerminalError::NotATerminal => {
            Failure::failed("the output is not a terminal, so there is nothing to draw on; run motrace screen in one")
        }
        other => other.into(),
    })?;
    let stop = stopping::on_request();
    let mut show = Show {
        screen,
        view: Participant::new(ColourDepth::detect(), Ground::Dark),
        queue: Queue::default(),
        frame: words("", vec!["waiting for a session".into(), "q leaves".into()]),
        outlet: None,
        told: None,
    };
    show.draw()?;
    setup::lsl(&config.lsl)?;
    let keys = Keys::listen()?;
    let listener = Listener::start(arguments.session.clone())?;
    let patience = arguments.wait.map(|secs| Duration::from_secs(secs.into()));
    let result = show.run(&keys, &listener, &stop, patience);
    show.leave();
    result
}

/// A title and lines in the participant's view.
fn words(title: &str, lines: Vec<String>) -> Frame {
    Frame::of(Scene::Words { title: title.into(), lines })
}

/// The stream on which this screen answers.
struct Answers {
    session: String,
    outlet: Outlet,
}

struct Show {
    screen: Screen,
    view: Participant,
    queue: Queue,
    /// What is on the screen.
    frame: Frame,
    outlet: Option<Answers>,
    /// When it was last told that the screen is there.
    told: Option<Instant>,
}

impl Show {
    fn run(
        &mut self,
        keys: &Keys,
        listener: &Listener,
        stop: &AtomicBool,
        patience: Option<Duration>,
    ) -> Result<(), Failure> {
        let begin = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            if let Some(patience) = patience
                && self.outlet.is_none()
                && begin.elapsed() >= patience
            {
                return Err(Failure::failed(format_args!(
                    "no session was there within {} s; is motrace live running, and in the same LSL session and scope?",
                    patience.as_secs()
                )));
            }
            self.draw_due()?;
            self.say_ready()?;
            let wait = self.wait();
            if wait.is_zero() {
                continue;
            }
            select! {
                recv(keys.pressed()) -> key => match key {
                    Ok(key) => {
                        if leaves(&key?) {
                            return Ok(());
                        }
                    }
                    Err(_) => return Err(Failure::failed("the keyboard is gone")),
                },
                recv(keys.resized()) -> _ => {
                    self.draw()?;
                    self.told = None;
                }
                recv(listener.heard()) -> heard => match heard {
                    Ok(heard) => self.hear(heard)?,
                    Err(_) => return Err(Failure::failed("the network can no longer be listened to")),
                },
                default(wait) => {}
            }
        }
        Ok(())
    }

    /// How long nothing is to be done; sleeps the last moments before a frame is due itself.
    fn wait(&self) -> Duration {
        let Some(due) = self.queue.next_due() else { return LONGEST_WAIT };
        let left = due - motrace_lsl::clock();
        if left > CLOSE_SECS {
            return Duration::from_secs_f64((left - CLOSE_SECS).min(LONGEST_WAIT.as_secs_f64()));
        }
        loop {
            let left = due - motrace_lsl::clock();
            if left.is_nan() || left <= 0.0 {
                return Duration::ZERO;
            }
            std::thread::sleep(PIECE.min(Duration::from_secs_f64(left)));
        }
    }

    fn hear(&mut self, heard: Heard) -> Result<(), Failure> {
        match heard {
            Heard::Show(frame) => self.queue.push(frame),
            Heard::Cancel => self.queue.clear(),
            Heard::Found(session) => {
                self.queue.clear();
                let line = format!("connected to {}", clean_text(&session, 60));
                self.answer_to(session)?;
                self.told = None;
                self.put(words("", vec![line, "it begins when everything is ready".into()]))?;
            }
            Heard::Several(names) => {
                let list = format!("there are several sessions: {}", names.join(", "));
                self.put(words("", vec![list, "name one: motrace screen --session NAME".into()]))?;
            }
            Heard::Away => {
                self.queue.clear();
                self.put(words("", vec!["the session is away".into(), "it goes on when it is back".into()]))?;
            }
            Heard::End => {
                self.queue.clear();
                self.put(words("Thank you", vec!["it is over".into(), "q leaves".into()]))?;
            }
            Heard::Trouble(why) => {
                self.put(words("", vec!["waiting for a session".into(), clean_text(&why, 160)]))?;
            }
        }
        Ok(())
    }

    /// Draws everything that is due, and says when it was drawn where that is asked for.
    fn draw_due(&mut self) -> Result<(), Failure> {
        while let Some(due) = self.queue.take(motrace_lsl::clock()) {
            self.frame = due.frame;
            self.draw()?;
            let drawn_secs = motrace_lsl::clock();
            if Participant::bell(&self.frame) {
                self.screen.bell()?;
            }
            if due.acknowledge {
                self.answer(&ScreenMessage::Shown { id: due.id }, Some(drawn_secs))?;
            }
        }
        Ok(())
    }

    fn put(&mut self, frame: Frame) -> Result<(), Failure> {
        if self.frame != frame {
            self.frame = frame;
            self.draw()?;
        }
        Ok(())
    }

    fn draw(&mut self) -> Result<(), Failure> {
        let Self { screen, view, frame, .. } = self;
        Ok(screen.draw(|terminal| {
            let area = terminal.area();
            view.render(terminal.buffer_mut(), area, frame);
        })?)
    }

    /// Opens the stream of answers for a session; the same session keeps its own.
    fn answer_to(&mut self, session: String) -> Result<(), Failure> {
        if self.outlet.as_ref().is_none_or(|answers| answers.session != session) {
            let here = format!("{}-{}", host(), std::process::id());
            let name = format!("{session}-screen-{here}");
            let source_id = format!("motrace-session-screen-{here}");
            let outlet = Outlet::new(&setup::text_stream(&name, SCREEN_KIND, &source_id, "message"))?;
            self.outlet = Some(Answers { session, outlet });
        }
        Ok(())
    }

    fn answer(&mut self, message: &ScreenMessage, stamp_secs: Option<f64>) -> Result<(), Failure> {
        if let Some(answers) = &mut self.outlet {
            answers.outlet.push_text(&message.to_text(), stamp_secs)?;
        }
        Ok(())
    }

    fn say_ready(&mut self) -> Result<(), Failure> {
        if self.outlet.is_some() && self.told.is_none_or(|told| told.elapsed() >= READY_EVERY) {
            self.told = Some(Instant::now());
            let size = self.screen.size()?;
            self.answer(&ScreenMessage::Ready { size }, None)?;
        }
        Ok(())
    }

    /// Gives the terminal back and says goodbye.
    fn leave(self) {
        let Self { screen, outlet, .. } = self;
        drop(screen);
        if let Some(mut answers) = outlet
            && answers.outlet.have_consumers()
            && answers.outlet.push_text(&ScreenMessage::Leaving.to_text(), None).is_ok()
        {
            std::thread::sleep(FAREWELL);
        }
    }
}

fn leaves(key: &KeyEvent) -> bool {
    let is_control_c = key.modifiers.contains(KeyModifiers::CONTROL) && matches!(key.code, KeyCode::Char('c' | 'C'));
    key.kind != KeyEventKind::Release && (is_control_c || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc))
}

/// This computer's name, as far as it can be part of a stream's name.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok())
        .unwrap_or_default();
    let plain: String = name.trim().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(24).collect();
    if plain.is_empty() { "screen".into() } else { plain }
}
