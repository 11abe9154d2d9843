use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, ImageHrefResolver, Options, Tree, fontdb};
use std::sync::{Arc, OnceLock};
use thiserror::Error;

/// Why a figure could not become a picture.
#[derive(Debug, Error)]
pub enum FigureError {
    /// The text is not an SVG document.
    #[error("the figure is not valid SVG: {0}")]
    Svg(#[from] usvg::Error),
    /// The picture would have no pixels, or more than is reasonable.
    #[error("a picture of {width} × {height} pixels is refused; at most {max} on a side are drawn: choose a smaller scale", max = MAX_SIDE)]
    Size {
        /// Pixels across.
        width: f64,
        /// Pixels down.
        height: f64,
    },
    /// The encoder refused.
    #[error("the picture could not be written as PNG: {0}")]
    Encode(String),
}

/// The longest side of a picture in pixels.
const MAX_SIDE: f64 = 16_384.0;

/// Renders SVG as PNG, `scale` pixels per unit, with the DejaVu fonts that are part of this program.
///
/// No fonts of the machine are used and no files are read, so the picture is the same everywhere.
///
/// # Errors
/// [`FigureError::Svg`] for text that is not SVG, [`FigureError::Size`] where a side would be shorter
/// than one pixel or longer than 16384.
pub fn png(svg: &str, scale: f64) -> Result<Vec<u8>, FigureError> {
    let options = Options {
        font_family: "DejaVu Sans".to_owned(),
        fontdb: fonts(),
        image_href_resolver: ImageHrefResolver {
            resolve_data: ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options)?;
    let width = (f64::from(tree.size().width()) * scale).round();
    let height = (f64::from(tree.size().height()) * scale).round();
    let sides = 1.0..=MAX_SIDE;
    if !sides.contains(&width) || !sides.contains(&height) {
        return Err(FigureError::Size { width, height });
    }
    let mut pixmap = Pixmap::new(width as u32, height as u32).ok_or(FigureError::Size { width, height })?;
    resvg::render(&tree, Transform::from_scale(scale as f32, scale as f32), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|e| FigureError::Encode(e.to_string()))
}

/// The fonts, loaded once.
pub(crate) fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    FONTS
        .get_or_init(|| {
            let mut database = fontdb::Database::new();
            let faces = [
                dejavu::sans::regular(),
                dejavu::sans::bold(),
                dejavu::sans_mono::regular(),
                dejavu::sans_mono::bold(),
            ];
            for face in faces {
                database.load_font_source(fontdb::Source::Binary(Arc::new(face)));
            }
            database.set_sans_serif_family("DejaVu Sans");
            database.set_monospace_family("DejaVu Sans Mono");
            Arc::new(database)
        })
        .clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_requests_are_refused() {
        assert!(matches!(png("not svg", 1.0), Err(FigureError::Svg(_))));
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"10\"/>";
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert!(matches!(png(svg, scale), Err(FigureError::Size { .. })), "{scale}");
        }
        assert!(png(svg, 1.0).is_ok());
    }
}
