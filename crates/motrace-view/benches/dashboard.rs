//! One full frame of the dashboard: `cargo bench -p motrace-view --bench dashboard`.

#[path = "../examples/dashboard/synthetic.rs"]
mod synthetic;

use divan::{Bencher, black_box};
use motrace_view::Dashboard;
use ratatui::{buffer::Buffer, layout::Rect};
use synthetic::Synthetic;

fn main() {
    divan::main();
}

#[divan::bench(args = [(80, 24), (160, 50), (240, 70)])]
fn frame(bencher: Bencher<'_, '_>, (width, height): (u16, u16)) {
    let mut synthetic = Synthetic::new();
    let mut session = synthetic.session();
    synthetic.advance(&mut session, 39.5);
    let mut dashboard = Dashboard::default();
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    bencher.bench_local(|| {
        buffer.reset();
        dashboard.render_to(&mut buffer, area, black_box(&session));
    });
}
