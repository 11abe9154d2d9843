use super::{
    draw::{put, section, signed},
    look::Look,
};
use ratatui::{buffer::Buffer, layout::Rect, style::Modifier};

/// The trials, oldest first, with the one that is looked at in view.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    let ink = look.ink;
    let trials = look.session.trials();
    let right = trials.iter().filter(|t| t.is_right() == Some(true)).count();
    let judged = trials.iter().filter(|t| t.is_right().is_some()).count();
    let aside = if judged > 0 { format!("{right} of {judged} right") } else { format!("{} trials", trials.len()) };
    let inner = section(buffer, area, ink, "Trials", &[(aside, ink.quiet())]);
    if inner.height < 2 {
        return;
    }
    if trials.is_empty() {
        put(buffer, inner.x, inner.y, inner.width, "none yet", ink.quiet());
        return;
    }
    put(buffer, inner.x, inner.y, inner.width, "   #  cue          decided           f", ink.quiet());
    let rows = usize::from(inner.height - 1);
    let at = look.trial.and_then(|t| trials.iter().position(|e| e.number == t.number));
    let last = trials.len().saturating_sub(rows);
    let first = at.map_or(last, |i| i.saturating_sub(rows / 2).min(last));
    for (i, trial) in trials.iter().skip(first).take(rows).enumerate() {
        let y = inner.y + 1 + i as u16;
        let is_chosen = look.trial.is_some_and(|t| t.number == trial.number);
        let cue = trial.truth.map_or(trial.text.as_str(), |c| look.session.class_name(c));
        let cue_style = trial.truth.map_or(ink.quiet(), |c| look.class_style(c));
        let mut write = |x: u16, max: u16, text: &str, style| {
            if x < inner.width {
                put(buffer, inner.x + x, y, max.min(inner.width - x), text, style);
            }
        };
        write(0, 4, &format!("{:>4}", trial.number), ink.plain());
        write(6, 12, cue, cue_style);
        if let Some(decision) = &trial.decision {
            write(19, 12, look.session.class_name(decision.class()), look.class_style(decision.class()));
            write(32, 7, &format!("{:>7}", signed(decision.value, 2)), ink.plain());
            match trial.is_right() {
                Some(true) => write(40, 5, "right", ink.good()),
                Some(false) => write(40, 5, "wrong", ink.warn()),
                None => {}
            }
            if !decision.veto.is_clear() {
                write(46, 24, &decision.veto.reasons().join(", "), ink.warn());
            }
        } else {
            write(19, 12, "–", ink.quiet());
        }
        if is_chosen {
            for x in inner.left()..inner.right() {
                if let Some(cell) = buffer.cell_mut((x, y)) {
                    match ink.selection() {
                        Some(ground) => cell.set_style(ground),
                        None => cell.set_style(Modifier::REVERSED),
                    };
                }
            }
        }
    }
}
