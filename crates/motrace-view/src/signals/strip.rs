use super::SignalBrowser;
use crate::dashboard::draw::{columns, put};
use ratatui::{buffer::Buffer, layout::Rect};

/// Time in sight, and below it the whole recording with the part that is in sight.
pub(super) fn draw(browser: &SignalBrowser, buffer: &mut Buffer, area: Rect, plot: Rect) {
    if area.height < 2 || plot.width < 8 {
        return;
    }
    draw_seconds(browser, buffer, Rect { y: area.y, height: 1, ..plot });
    draw_whole(browser, buffer, Rect { y: area.y + 1, height: 1, ..plot });
    put(buffer, area.x, area.y + 1, plot.x - area.x, "all", browser.ink().quiet());
}

fn draw_seconds(browser: &SignalBrowser, buffer: &mut Buffer, row: Rect) {
    let first = browser.secs(browser.seen().start);
    let span = browser.secs(browser.span_samples());
    let wanted = f64::from(row.width) / 12.0;
    let step = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0]
        .into_iter()
        .find(|s| span / s <= wanted)
        .unwrap_or(span.max(0.1));
    let mut free_from = row.x;
    let mut tick = (first / step - 1e-9).ceil();
    loop {
        let share = (tick * step - first) / span;
        if !(-1e-9..=1.0).contains(&share) {
            break;
        }
        let text = moment(tick * step, step);
        let width = columns(&text);
        let centre = row.x + (share * f64::from(row.width - 1)).round() as u16;
        let x = centre.saturating_sub(width / 2).max(row.x).min(row.right().saturating_sub(width));
        if x >= free_from {
            put(buffer, x, row.y, row.right().saturating_sub(x), &text, browser.ink().quiet());
            free_from = x + width + 2;
        }
        tick += 1.0;
    }
}

fn draw_whole(browser: &SignalBrowser, buffer: &mut Buffer, row: Rect) {
    let ink = browser.ink();
    let (seen, samples) = (browser.seen(), browser.info.samples.max(1));
    let width = u64::from(row.width);
    let column =
        |index: u64| (u128::from(index) * u128::from(width) / u128::from(samples)).min(u128::from(width - 1)) as u16;
    let (from, to) = (column(seen.start), column(seen.end.saturating_sub(1).max(seen.start)));
    let mut marker_in = vec![None; usize::from(row.width)];
    for (marker, kind) in browser.info.markers.iter().zip(&browser.kind_of) {
        marker_in[usize::from(column(marker.index))] = Some(*kind);
    }
    for x in 0..row.width {
        let is_seen = (from..=to).contains(&x);
        let (sign, style) = match (marker_in[usize::from(x)], is_seen) {
            (Some(kind), true) => ("┷", ink.category(kind)),
            (Some(kind), false) => ("┴", ink.category(kind)),
            (None, true) => ("━", ink.strong()),
            (None, false) => ("─", ink.faint()),
        };
        put(buffer, row.x + x, row.y, 1, sign, style);
    }
    for gap in &browser.info.gaps {
        put(buffer, row.x + column(gap.index), row.y, 1, "░", ink.warn());
    }
}

/// A time in a recording, as exactly as steps of `step` seconds need it: `12 s`, `12.5 s`, `2:05`, `2:05.5`.
pub(super) fn moment(secs: f64, step: f64) -> String {
    let decimals = match step {
        s if s >= 1.0 => 0,
        s if s >= 0.1 => 1,
        _ => 3,
    };
    // Rounded first, so that no 60 seconds appear.
    let unit = 10_f64.powi(decimals as i32);
    let secs = (secs * unit).round() / unit + 0.0;
    if secs < 60.0 {
        return format!("{secs:.decimals$} s");
    }
    let (minutes, rest) = ((secs / 60.0).floor(), secs.rem_euclid(60.0));
    let width = if decimals == 0 { 2 } else { 3 + decimals };
    if minutes < 60.0 {
        return format!("{minutes}:{rest:0width$.decimals$}");
    }
    format!("{}:{:02}:{rest:0width$.decimals$}", (minutes / 60.0).floor(), minutes % 60.0)
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn times_are_as_exact_as_needed() {
        assert_eq!(moment(12.0, 1.0), "12 s");
        assert_eq!(moment(-0.0, 1.0), "0 s");
        assert_eq!(moment(12.46, 0.1), "12.5 s");
        assert_eq!(moment(59.97, 0.1), "1:00.0");
        assert_eq!(moment(125.0, 5.0), "2:05");
        assert_eq!(moment(125.25, 0.001), "2:05.250");
        assert_eq!(moment(3725.0, 1.0), "1:02:05");
    }
}
