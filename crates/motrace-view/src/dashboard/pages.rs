use super::{
    Dashboard, Page, compare, course, decision,
    draw::{split_left, split_top},
    header, health, heat, help, ledger,
    look::Look,
    minimal, quality, scalp, traces, trials,
};
use ratatui::{buffer::Buffer, layout::Rect};

/// Chooses the arrangement that fits, from a few words up to everything at once.
pub(super) fn draw(dashboard: &mut Dashboard, buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    if area.width < 36 || area.height < 10 {
        return minimal::draw(buffer, area, look);
    }
    let margin = u16::from(area.width >= 100);
    let area = Rect { x: area.x + margin, width: area.width - 2 * margin, ..area };
    let (top, rest) = split_top(area, 2);
    let (body, foot) = split_top(rest, rest.height.saturating_sub(1));
    header::draw(buffer, top, look, dashboard.is_paused);
    header::draw_footer(buffer, foot, look, dashboard.page(look.session));
    if dashboard.is_help_open {
        return help::draw(buffer, body, look);
    }
    match dashboard.page(look.session) {
        Page::Session => course::draw(dashboard, buffer, body, look),
        Page::Overview if body.width >= 118 && body.height >= 32 => everything(dashboard, buffer, body, look),
        Page::Overview => overview(dashboard, buffer, body, look),
        Page::Relevance => relevance(dashboard, buffer, body, look),
        Page::Ledger => whole_ledger(dashboard, buffer, body, look),
        Page::Compare => compare::draw(dashboard, buffer, body, look),
        Page::Trials => browser(dashboard, buffer, body, look),
        Page::Stream => stream(buffer, body, look),
    }
}

/// Traces and decision; the topography beside them where there is room.
fn overview(dashboard: &mut Dashboard, buffer: &mut Buffer, body: Rect, look: &Look<'_>) {
    let (left, right) = if body.width >= 66 {
        let map = map_width(body.height, body.width * 43 / 100);
        split_left(body, body.width - map - 1)
    } else {
        (body, Rect { width: 0, ..body })
    };
    let strip = (left.height / 3).clamp(4, 10);
    let (upper, lower) = split_top(left, left.height - strip);
    traces::draw(buffer, upper, look, &mut dashboard.window);
    decision::draw(buffer, lower, look);
    if right.width > 0 {
        scalp::draw(buffer, right, look, &mut dashboard.maps);
    }
}

/// As wide as a head that fills `height` rows, at most `limit`.
fn map_width(height: u16, limit: u16) -> u16 {
    (height.saturating_sub(3) * 2).clamp(24, limit.max(24))
}

/// Topography and channel × time side by side, the ledger below.
fn relevance(dashboard: &mut Dashboard, buffer: &mut Buffer, body: Rect, look: &Look<'_>) {
    if body.width < 66 {
        let (upper, lower) = split_top(body, body.height * 6 / 10);
        scalp::draw(buffer, upper, look, &mut dashboard.maps);
        return heat::draw(buffer, lower, look);
    }
    if body.height < 30 {
        let (left, right) = split_left(body, map_width(body.height, body.width * 43 / 100));
        let ledger_rows = (body.height / 2).clamp(7, 12);
        let (upper, lower) = split_top(right, right.height - ledger_rows);
        scalp::draw(buffer, left, look, &mut dashboard.maps);
        heat::draw(buffer, upper, look);
        return ledger::draw(buffer, lower, look);
    }
    let (upper, lower) = split_top(body, body.height - 16);
    let (left, right) = split_left(upper, map_width(upper.height, upper.width / 2));
    scalp::draw(buffer, left, look, &mut dashboard.maps);
    heat::draw(buffer, right, look);
    ledger::draw(buffer, lower, look);
}

/// Every line of the ledger; the map it accounts for beside it where there is room for both.
fn whole_ledger(dashboard: &mut Dashboard, buffer: &mut Buffer, body: Rect, look: &Look<'_>) {
    if body.width < 118 {
        return ledger::draw_whole(buffer, body, look);
    }
    let (left, right) = split_left(body, map_width(body.height, body.width - 64));
    scalp::draw(buffer, left, look, &mut dashboard.maps);
    ledger::draw_whole(buffer, right, look);
}

/// The list of trials with the map and the ledger of the one that is looked at.
fn browser(dashboard: &mut Dashboard, buffer: &mut Buffer, body: Rect, look: &Look<'_>) {
    if body.width < 66 {
        let (upper, lower) = split_top(body, body.height / 2);
        trials::draw(buffer, upper, look);
        return scalp::draw(buffer, lower, look, &mut dashboard.maps);
    }
    let (left, right) = split_left(body, (body.width * 46 / 100).max(46).min(body.width / 2 + 8));
    let (upper, lower) = split_top(right, right.height * 6 / 10);
    trials::draw(buffer, left, look);
    scalp::draw(buffer, upper, look, &mut dashboard.maps);
    ledger::draw(buffer, lower, look);
}

/// Signal quality, latency, losses and the log.
fn stream(buffer: &mut Buffer, body: Rect, look: &Look<'_>) {
    if body.width < 66 {
        let (upper, lower) = split_top(body, body.height / 2);
        quality::draw(buffer, upper, look);
        return health::draw(buffer, lower, look);
    }
    let (left, right) = split_left(body, body.width / 2);
    let (upper, lower) = split_top(right, 9.min(right.height));
    quality::draw(buffer, left, look);
    health::draw(buffer, upper, look);
    health::draw_log(buffer, lower, look);
}

/// All panels at once, for large terminals.
fn everything(dashboard: &mut Dashboard, buffer: &mut Buffer, body: Rect, look: &Look<'_>) {
    let (upper, lower) = split_top(body, body.height * 7 / 10);
    let (left, right) = split_left(upper, upper.width * 54 / 100);
    let (eeg, strip) = split_top(left, left.height - (left.height / 3).clamp(7, 14));
    traces::draw(buffer, eeg, look, &mut dashboard.window);
    decision::draw(buffer, strip, look);

    let ledger_rows = 13.min(right.height / 3 + 2);
    let (maps, ledger) = split_top(right, right.height - ledger_rows);
    let (scalp, heat) = split_left(maps, map_width(maps.height, maps.width / 2));
    scalp::draw(buffer, scalp, look, &mut dashboard.maps);
    heat::draw(buffer, heat, look);
    ledger::draw(buffer, ledger, look);

    let (list, rest) = split_left(lower, (lower.width * 35 / 100).clamp(47, 62));
    let (signal, state) = split_left(rest, rest.width / 2);
    trials::draw(buffer, list, look);
    quality::draw(buffer, signal, look);
    let (latency, log) = split_top(state, 6.min(state.height));
    health::draw(buffer, latency, look);
    health::draw_log(buffer, log, look);
}
