use super::{decision, draw::put_pieces, header, look::Look};
use ratatui::{buffer::Buffer, layout::Rect};

/// What fits in a few columns: the decision, the phase, the stream; a question to the operator before all of them.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    let mut rows = vec![decision::verdict(look, look.decision()), vec![header::phase(look)], header::stream(look)];
    if let Some(prompt) = look.session.course().and_then(|course| course.prompt.as_ref()) {
        let keys = prompt.keys.iter().map(|(key, what)| (format!("[{key}] {what}"), look.ink.plain()));
        rows.insert(0, keys.collect());
        rows.insert(0, vec![(prompt.question.clone(), look.ink.strong())]);
    }
    for (row, pieces) in rows.iter().enumerate() {
        put_pieces(buffer, area, row as u16, pieces);
    }
}
