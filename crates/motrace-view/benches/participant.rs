//! One frame of the participant's picture, and a clone of the session's state for the dashboard:
//! `cargo bench -p motrace-view --bench participant`.

#[path = "../examples/participant/scenes.rs"]
mod scenes;
#[path = "../examples/dashboard/synthetic.rs"]
mod synthetic;

use divan::{Bencher, black_box};
use motrace_view::{Participant, dashboard::ColourDepth, palette::Ground};
use ratatui::{buffer::Buffer, layout::Rect};
use synthetic::Synthetic;

fn main() {
    divan::main();
}

#[divan::bench(args = ["fixation", "arrow-left", "left-hand", "welcome", "bar-why", "cursor-dwelling", "pong-miss"])]
fn frame_200x60(bencher: Bencher<'_, '_>, name: &str) {
    let frame = scenes::all().into_iter().find(|(n, _)| *n == name).map(|(_, frame)| frame);
    let frame = frame.unwrap_or_else(|| panic!("no scene {name}"));
    let mut view = Participant::new(ColourDepth::True, Ground::Dark);
    let area = Rect::new(0, 0, 200, 60);
    let mut buffer = Buffer::empty(area);
    bencher.bench_local(|| view.render(&mut buffer, area, black_box(&frame)));
}

#[divan::bench]
fn clone_of_a_session(bencher: Bencher<'_, '_>) {
    let mut synthetic = Synthetic::new();
    let mut session = synthetic.session();
    synthetic.advance(&mut session, 39.5);
    bencher.bench_local(|| black_box(&session).clone());
}
