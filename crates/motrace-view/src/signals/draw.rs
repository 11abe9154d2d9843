use super::{Page, SignalBrowser, channels, help, side, strip, traces};
use crate::dashboard::draw::{Piece, columns, put, put_pieces, split_left, split_top};
use ratatui::{buffer::Buffer, layout::Rect};

/// A terminal narrower than this has no room for lists beside the traces.
const WIDE: u16 = 120;
/// Columns of those lists.
const SIDE: u16 = 34;

/// Draws everything.
pub(super) fn draw(browser: &mut SignalBrowser, buffer: &mut Buffer, area: Rect) {
    let ink = browser.ink();
    for place in area.positions() {
        if let Some(cell) = buffer.cell_mut(place) {
            cell.reset();
        }
    }
    if area.width < 20 || area.height < 7 {
        put(buffer, area.x, area.y, area.width, "the terminal is too small", ink.warn());
        return;
    }
    let (header, body) = split_top(area, 1);
    let (body, keys) = split_top(body, body.height - 1);
    draw_header(browser, buffer, header);
    if browser.is_help_open {
        help::draw(browser, buffer, body);
        put(buffer, keys.x, keys.y, keys.width, "any key closes", ink.quiet());
        return;
    }
    match browser.page {
        Page::Channels => {
            channels::draw(browser, buffer, body);
            draw_keys(
                buffer,
                keys,
                browser,
                &["↑↓ channel", "Space show", "a all", "e EEG", "g hide bad", "c back", "? help"],
            );
        }
        Page::Traces => {
            let (left, right) = if body.width >= WIDE {
                split_left(body, body.width - SIDE - 1)
            } else {
                (body, Rect { width: 0, ..body })
            };
            let (upper, status) = split_top(left, left.height - 1);
            let (plot, lower) = split_top(upper, upper.height - 2);
            let columns = traces::draw(browser, buffer, plot);
            strip::draw(browser, buffer, lower, columns);
            draw_status(browser, buffer, status);
            if right.width > 0 {
                side::draw(browser, buffer, right);
            }
            draw_keys(
                buffer,
                keys,
                browser,
                &["? help", "←→ time", "[ ] zoom", "+− size", "↑↓ more", "np marker", "f filter", "c list", "q quit"],
            );
        }
    }
}

fn draw_header(browser: &SignalBrowser, buffer: &mut Buffer, row: Rect) {
    let (info, ink) = (&browser.info, browser.ink());
    let seen = browser.seen();
    let total = browser.secs(info.samples);
    let place = format!(
        "{}–{} of {}",
        strip::moment(browser.secs(seen.start), 0.1),
        strip::moment(browser.secs(seen.end), 0.1),
        strip::moment(total, 0.1)
    );
    let room = row.width.saturating_sub(columns(&place) + 2);
    let pieces: Vec<Piece> = vec![
        (info.name.clone(), ink.strong()),
        (info.format.clone(), ink.quiet()),
        (format!("{} channels", info.channels.len()), ink.plain()),
        (format!("{} Hz", (info.rate_hz * 100.0).round() / 100.0), ink.plain()),
        (format!("{} markers", info.markers.len()), ink.plain()),
        (format!("{} gaps", info.gaps.len()), if info.gaps.is_empty() { ink.quiet() } else { ink.warn() }),
    ];
    put_pieces(buffer, Rect { width: room, ..row }, 0, &pieces);
    put(buffer, row.right().saturating_sub(columns(&place)), row.y, columns(&place), &place, ink.plain());
}

/// The marker that was jumped to, and among which is jumped; or what the last key had no answer to.
fn draw_status(browser: &SignalBrowser, buffer: &mut Buffer, row: Rect) {
    let ink = browser.ink();
    if let Some(message) = &browser.message {
        put(buffer, row.x, row.y, row.width, message, ink.warn());
        return;
    }
    let mut pieces: Vec<Piece> = Vec::new();
    if let Some((focus, marker)) = browser.focus.and_then(|f| Some((f, browser.info.markers.get(f)?))) {
        let at = strip::moment(browser.secs(marker.index), 0.001);
        pieces.push((format!("marker {} of {}:", focus + 1, browser.info.markers.len()), ink.quiet()));
        pieces.push((marker.text.clone(), ink.category(browser.kind_of[focus])));
        pieces.push((format!("at {at}"), ink.quiet()));
    }
    match browser.only {
        Some(kind) => {
            let (text, count) = &browser.kinds[kind];
            pieces.push((format!("n p jump among {count} {text}"), ink.plain()));
        }
        None if pieces.is_empty() && !browser.kinds.is_empty() => {
            pieces.push(("n p jump from marker to marker, m chooses a kind".into(), ink.quiet()));
        }
        None => {}
    }
    put_pieces(buffer, row, 0, &pieces);
}

fn draw_keys(buffer: &mut Buffer, row: Rect, browser: &SignalBrowser, keys: &[&str]) {
    let pieces: Vec<Piece> = keys.iter().map(|k| ((*k).to_owned(), browser.ink().quiet())).collect();
    put_pieces(buffer, row, 0, &pieces);
}
