//! An animated dashboard of a synthetic session, to look at it without a stream:
//! `cargo run -p motrace-view --example dashboard`. Nothing in it was measured.
//!
//! `--png FILE [WIDTH HEIGHT [KEYS]]` draws one frame into a picture instead, after the keys were pressed
//! (`t` stands for Tab, `u` for ↑). `--course checks`, `training` or `feedback` before it shows a session there.
//! `--panic` fails where it would quit, to see that the terminal is given back.

mod course;
mod synthetic;

use motrace_view::{Action, Dashboard, Phase, Session, figure, palette::Ground, terminal};
use ratatui::{
    buffer::Buffer,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    layout::Rect,
};
use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};
use synthetic::Synthetic;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = std::env::args().collect();
    let fails = arguments.iter().any(|a| a == "--panic");
    let mut synthetic = Synthetic::new();
    let mut session = synthetic.session();
    // Some seconds have passed when the curtain rises.
    synthetic.advance(&mut session, 39.5);
    if arguments.len() > 2 && arguments[1] == "--course" {
        let name = arguments.remove(2);
        arguments.remove(1);
        let labels = session.setup().labels.clone();
        session.set_course(course::course(&name, &labels));
        session.set_phase(match name.as_str() {
            "checks" => Phase::Checking,
            "training" => Phase::Training,
            _ => Phase::Feedback { trial: 11, of: 20 },
        });
    }
    if let [_, option, file, rest @ ..] = arguments.as_slice()
        && option == "--png"
    {
        return Ok(std::fs::write(file, picture(&session, rest)?)?);
    }
    let mut dashboard = Dashboard::detect();
    let mut screen = terminal::Screen::enter()?;
    let started = Instant::now();
    let mut shown = Duration::ZERO;
    terminal::run_loop(&mut screen, &mut dashboard, &mut session, |session, action| {
        assert!(!(fails && action == Action::Quit), "asked to fail");
        if action == Action::None {
            let now = started.elapsed();
            synthetic.advance(session, (now - shown).as_secs_f64().min(1.0));
            shown = now;
        }
        ControlFlow::Continue(())
    })?;
    Ok(())
}

fn picture(session: &Session, options: &[String]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let number = |i: usize, default: u16| options.get(i).map_or(Ok(default), |text| text.parse());
    let area = Rect::new(0, 0, number(0, 160)?, number(1, 50)?);
    let mut dashboard = Dashboard::new(Default::default(), Ground::Dark);
    let mut buffer = Buffer::empty(area);
    dashboard.render_to(&mut buffer, area, session);
    for key in options.get(2).map_or("", String::as_str).chars() {
        let code = match key {
            't' => KeyCode::Tab,
            'u' => KeyCode::Up,
            c => KeyCode::Char(c),
        };
        dashboard.on_key(KeyEvent::new(code, KeyModifiers::NONE), session);
    }
    let mut buffer = Buffer::empty(area);
    dashboard.render_to(&mut buffer, area, session);
    Ok(figure::png(&figure::screen_svg(&buffer, "motrace: a synthetic session"), 1.0)?)
}
