use super::{
    Dashboard,
    draw::{percent, put_pieces, section, signed, split_left, split_top},
    heat, ledger,
    look::Look,
    scalp,
};
use crate::session::Comparison;
use ratatui::{buffer::Buffer, layout::Rect};

/// Rows of the words about where the two agree.
const WORDS: u16 = 4;

/// Two decoders side by side on the same trial: what each decided, its map, its course, its ledger; and where they agree.
pub(super) fn draw(dashboard: &mut Dashboard, buffer: &mut Buffer, body: Rect, look: &Look<'_>) {
    let Some(comparison) = look.session.comparison() else {
        return;
    };
    let other = other_look(comparison, look);
    let (columns, words) = split_top(body, body.height.saturating_sub(WORDS));
    let (left, right) = split_left(columns, columns.width / 2);
    let Dashboard { maps, other_maps, .. } = dashboard;
    for (which, (area, look, maps)) in [(left, *look, maps), (right, other, other_maps)].into_iter().enumerate() {
        let (title, rest) = split_top(area, 1);
        put_pieces(buffer, title, 0, &[(comparison.title(which).to_owned(), look.ink.strong())]);
        let heat_rows = if rest.height >= 22 { rest.height * 3 / 10 } else { 0 };
        let ledger_rows = if rest.height >= 34 { 14 } else { 0 };
        let (scalp, rest) = split_top(rest, rest.height - heat_rows - ledger_rows);
        scalp::draw(buffer, scalp, &look, maps);
        if heat_rows > 0 {
            let (heat, ledger) = split_top(rest, heat_rows);
            heat::draw(buffer, heat, &look);
            if ledger_rows > 0 {
                ledger::draw(buffer, ledger, &look);
            }
        }
    }
    draw_agreement(buffer, words, look, comparison);
}

/// The same trial as the second decoder has it.
fn other_look<'a>(comparison: &'a Comparison, look: &Look<'a>) -> Look<'a> {
    let session = comparison.other();
    let trial = look.trial.and_then(|trial| comparison.trial(trial.number));
    let mut other = Look { session, ink: look.ink, view: look.view, trial };
    if let Some(evidence) = other.evidence() {
        other.view = evidence.nearest(look.view);
    }
    other
}

fn draw_agreement(buffer: &mut Buffer, area: Rect, look: &Look<'_>, comparison: &Comparison) {
    let ink = look.ink;
    let inner = section(buffer, area, ink, "Where they agree", &[]);
    let agreement = comparison.agreement(look.session, look.view);
    let correlation = |r: Option<f64>| r.map_or_else(|| "–".to_owned(), |r| signed(r, 2).trim().to_owned());
    if agreement.trials == 0 {
        put_pieces(buffer, inner, 0, &[("no trial was decided by both yet".into(), ink.quiet())]);
        return;
    }
    let share = agreement.same as f64 / agreement.trials as f64;
    put_pieces(
        buffer,
        inner,
        0,
        &[
            (
                format!("{} of {} trials decided alike ({})", agreement.same, agreement.trials, percent(share)),
                ink.plain(),
            ),
            (format!("maps correlate {} on average", correlation(agreement.map_correlation)), ink.plain()),
        ],
    );
    put_pieces(
        buffer,
        inner,
        1,
        &[
            (format!("right: both {}", agreement.both_right), ink.good()),
            (format!("only the first {}", agreement.first_right), ink.plain()),
            (format!("only the second {}", agreement.second_right), ink.plain()),
            (format!("neither {}", agreement.neither_right), ink.warn()),
        ],
    );
    if let Some(trial) = look.trial {
        let other = comparison.trial(trial.number).and_then(|trial| trial.decision);
        let words = match (trial.decision, other) {
            (Some(a), Some(b)) if a.class() == b.class() => "both say the same",
            (Some(_), Some(_)) => "they disagree",
            _ => "not decided by both",
        };
        let maps = correlation(comparison.map_correlation(look.session, trial, look.view));
        put_pieces(
            buffer,
            inner,
            2,
            &[
                (format!("trial {}: {words}", trial.number), ink.strong()),
                (format!("maps correlate {maps}"), ink.plain()),
            ],
        );
    }
}
