//! Every scene of the participant's picture, one after the other: `cargo run -p motrace-view --example participant`.
//! Keys: any shows the next one, `q` leaves. Nothing in them was measured.
//!
//! `--png FOLDER WIDTH HEIGHT [mono|256|light]` draws them into pictures instead.

mod scenes;

use motrace_session::Frame;
use motrace_view::{
    Participant,
    dashboard::ColourDepth,
    figure,
    palette::Ground,
    terminal::{Keys, Screen},
};
use ratatui::{buffer::Buffer, crossterm::event::KeyCode, layout::Rect};
use std::{path::Path, time::Duration};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, option, folder, width, height, rest @ ..] = arguments.as_slice()
        && option == "--png"
    {
        return pictures(Path::new(folder), width.parse()?, height.parse()?, rest.first().map_or("", String::as_str));
    }
    let frames: Vec<Frame> = scenes::all().into_iter().map(|(_, frame)| frame).collect();
    let mut screen = Screen::enter()?;
    let keys = Keys::listen()?;
    let mut view = Participant::new(ColourDepth::detect(), Ground::Dark);
    for frame in frames.iter().cycle() {
        screen.draw(|f| {
            let area = f.area();
            view.render(f.buffer_mut(), area, frame);
        })?;
        if let Some(key) = keys.next(Duration::from_secs(2))?
            && matches!(key.code, KeyCode::Char('q') | KeyCode::Esc)
        {
            break;
        }
    }
    Ok(())
}

fn pictures(folder: &Path, width: u16, height: u16, look: &str) -> Result<(), Box<dyn std::error::Error>> {
    let (depth, ground) = match look {
        "mono" => (ColourDepth::Monochrome, Ground::Dark),
        "256" => (ColourDepth::Indexed, Ground::Dark),
        "light" => (ColourDepth::True, Ground::Light),
        _ => (ColourDepth::True, Ground::Dark),
    };
    let mut view = Participant::new(depth, ground);
    let area = Rect::new(0, 0, width, height);
    for (name, frame) in scenes::all() {
        let mut buffer = Buffer::empty(area);
        view.render(&mut buffer, area, &frame);
        std::fs::write(folder.join(format!("{name}.png")), figure::png(&figure::screen_svg(&buffer, name), 1.0)?)?;
    }
    Ok(())
}
