use super::{decision, draw::put_pieces, header, look::Look};
use ratatui::{buffer::Buffer, layout::Rect};

/// What fits in a few columns: the decision, the phase, the stream.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    put_pieces(buffer, area, 0, &decision::verdict(look));
    put_pieces(buffer, area, 1, &[header::phase(look)]);
    put_pieces(buffer, area, 2, &header::stream(look));
}
