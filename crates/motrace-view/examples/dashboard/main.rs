//! An animated dashboard of a synthetic session, to look at it without a stream:
//! `cargo run -p motrace-view --example dashboard`. Nothing in it was measured.
//!
//! `--panic` fails after a second, to see that the terminal is given back.

mod synthetic;

use motrace_view::{Action, Dashboard, terminal};
use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};
use synthetic::Synthetic;

fn main() -> Result<(), terminal::TerminalError> {
    let fails = std::env::args().any(|a| a == "--panic");
    let mut synthetic = Synthetic::new();
    let mut session = synthetic.session();
    // Some seconds have passed when the curtain rises.
    synthetic.advance(&mut session, 40.0);
    let mut dashboard = Dashboard::detect();
    let mut screen = terminal::Screen::enter()?;
    let started = Instant::now();
    let mut shown = Duration::ZERO;
    terminal::run_loop(&mut screen, &mut dashboard, &mut session, |session, action| {
        assert!(!(fails && started.elapsed() > Duration::from_secs(1)), "asked to fail");
        if action == Action::None {
            let now = started.elapsed();
            synthetic.advance(session, (now - shown).as_secs_f64().min(1.0));
            shown = now;
        }
        ControlFlow::Continue(())
    })
}
