//! The operator's side of a session: the dashboard, or lines of text.

use super::stage::{LocalFrame, Shown};
use super::{Board, Conducting, Order, Report};
use crate::failure::Failure;
use crate::output::say;
use crossbeam_channel::{Receiver, Sender, select};
use motrace_session::Frame;
use motrace_view::dashboard::{ColourDepth, Dashboard};
use motrace_view::palette::Ground;
use motrace_view::participant::Participant;
use motrace_view::terminal::{FRAME, Keys, Screen};
use motrace_view::{Action, CourseKey, Phase};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn join(conductor: Conducting) -> Result<Report, Failure> {
    conductor.join().unwrap_or_else(|_| Err(Failure::failed("the session failed; its message is above")))
}

/// Runs beside a session and tells it in lines of text.
pub fn headless(
    board: &Board,
    told: &Receiver<String>,
    orders: &Sender<Order>,
    stop: &AtomicBool,
    conductor: Conducting,
    is_quiet: bool,
) -> Result<Report, Failure> {
    let mut has_stopped = false;
    while !board.is_over() {
        if stop.load(Ordering::Relaxed) && !has_stopped {
            has_stopped = true;
            let _ = orders.send(Order::Quit);
        }
        if let Ok(line) = told.recv_timeout(Duration::from_millis(50))
            && !is_quiet
        {
            say(&line);
        }
    }
    if !is_quiet {
        told.try_iter().for_each(|line| say(&line));
    }
    join(conductor)
}

/// What the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Picture {
    /// What the participant is to see, while there is something to see and this terminal is where they look.
    Automatic,
    /// The dashboard, whatever happens.
    Dashboard,
}

/// The terminal of the session: the dashboard, and the participant's picture where they look at this terminal.
struct Desk<'a> {
    screen: Screen,
    dashboard: Dashboard,
    participant: Participant,
    board: &'a Board,
    shown: &'a Sender<Shown>,
    picture: Picture,
    /// Frames that are not due yet.
    waiting: VecDeque<(u64, f64, Frame)>,
    /// What the participant sees now.
    current: Option<Frame>,
}

/// Shows the dashboard until the session is over and the operator leaves.
pub fn dashboard(
    screen: Screen,
    board: &Board,
    to_draw: &Receiver<LocalFrame>,
    shown: &Sender<Shown>,
    orders: &Sender<Order>,
    stop: &AtomicBool,
    conductor: Conducting,
) -> Result<Report, Failure> {
    let keys = Keys::listen()?;
    let mut desk = Desk {
        screen,
        dashboard: Dashboard::detect(),
        participant: Participant::new(ColourDepth::detect(), Ground::Dark),
        board,
        shown,
        picture: Picture::Automatic,
        waiting: VecDeque::new(),
        current: None,
    };
    let result = desk.run(&keys, to_draw, orders, stop);
    if result.is_err() {
        // The terminal is gone; the session ends in order, and everything is kept.
        let _ = orders.send(Order::Quit);
    }
    drop(desk);
    let report = join(conductor)?;
    result.map(|()| report)
}

impl Desk<'_> {
    fn run(
        &mut self,
        keys: &Keys,
        to_draw: &Receiver<LocalFrame>,
        orders: &Sender<Order>,
        stop: &AtomicBool,
    ) -> Result<(), Failure> {
        let mut next_frame = Instant::now();
        let mut has_quit = false;
        loop {
            if stop.load(Ordering::Relaxed) && !has_quit {
                has_quit = true;
                let _ = orders.send(Order::Quit);
            }
            // What stopped before it could begin, or was told to end, does not wait for a key.
            let is_over = self.board.is_over();
            if is_over
                && (has_quit || self.board.is_ending() || !matches!(self.board.session().phase(), Phase::Finished(_)))
            {
                return Ok(());
            }
            let now = motrace_lsl::clock();
            while self.waiting.front().is_some_and(|(_, due_secs, _)| *due_secs <= now) {
                self.draw_due()?;
            }
            if Instant::now() >= next_frame {
                next_frame = Instant::now() + FRAME;
                self.draw()?;
            }
            let until_due =
                self.waiting.front().map_or(1.0, |(_, due_secs, _)| due_secs - motrace_lsl::clock()).clamp(0.0, 1.0);
            let wait = next_frame.saturating_duration_since(Instant::now()).min(Duration::from_secs_f64(until_due));
            select! {
                recv(to_draw) -> frame => match frame {
                    Ok(frame) => self.take(frame),
                    // The conductor is gone.
                    Err(_) => std::thread::sleep(wait),
                },
                recv(keys.pressed()) -> key => match key {
                    Ok(key) => {
                        if self.on_key(key?, orders) || (is_over && has_quit) {
                            has_quit = true;
                        }
                    }
                    Err(_) => return Err(Failure::failed("the terminal is gone")),
                },
                default(wait) => {}
            }
        }
    }

    fn take(&mut self, frame: LocalFrame) {
        match frame {
            LocalFrame::Now(frame) => self.current = Some(frame),
            LocalFrame::Due { id, due_secs, frame } => self.waiting.push_back((id, due_secs, frame)),
            LocalFrame::Cancel => self.waiting.clear(),
        }
    }

    /// Draws what is due, and tells when it was on the screen.
    fn draw_due(&mut self) -> Result<(), Failure> {
        let Some((id, _, frame)) = self.waiting.pop_front() else { return Ok(()) };
        let rings = Participant::bell(&frame);
        self.current = Some(frame);
        self.draw()?;
        let _ = self.shown.try_send(Shown { id, at_secs: motrace_lsl::clock() });
        if rings {
            self.screen.bell()?;
        }
        Ok(())
    }

    /// Whether the participant's picture is what this terminal shows now.
    fn is_for_participant(&self) -> bool {
        self.picture == Picture::Automatic
            && self.current.is_some()
            && matches!(
                self.board.session().phase(),
                Phase::Baseline | Phase::Calibrating { .. } | Phase::Feedback { .. } | Phase::Break
            )
            && self.board.session().course().is_some_and(|c| c.screens == 0)
    }

    fn draw(&mut self) -> Result<(), Failure> {
        if self.is_for_participant()
            && let Some(frame) = &self.current
        {
            let participant = &mut self.participant;
            return Ok(self.screen.draw(|canvas| {
                let area = canvas.area();
                participant.render(canvas.buffer_mut(), area, frame);
            })?);
        }
        // A copy, so that nobody waits for the terminal.
        let session = self.board.session().clone();
        let dashboard = &mut self.dashboard;
        Ok(self.screen.draw(|canvas| dashboard.render(canvas, &session))?)
    }

    /// What a key does; true where the operator leaves a session that is over.
    fn on_key(&mut self, key: ratatui::crossterm::event::KeyEvent, orders: &Sender<Order>) -> bool {
        let action = self.dashboard.on_key(key, &self.board.session());
        let order = match action {
            Action::Course(CourseKey::GoOn) => Order::GoOn,
            Action::Course(CourseKey::Pause) => Order::Pause,
            Action::Course(CourseKey::Repeat) => Order::Repeat,
            Action::Course(CourseKey::Next) => Order::Next,
            Action::Course(CourseKey::Abort) | Action::Quit => {
                if self.board.is_over() {
                    return true;
                }
                // Before there is a session, there is nothing to be lost.
                if self.board.session().course().is_none() { Order::Quit } else { Order::Abort }
            }
            Action::Course(CourseKey::Switch) => {
                self.picture = match self.picture {
                    Picture::Automatic => Picture::Dashboard,
                    Picture::Dashboard => Picture::Automatic,
                };
                return false;
            }
            _ => return false,
        };
        let _ = orders.send(order);
        order == Order::Quit
    }
}
