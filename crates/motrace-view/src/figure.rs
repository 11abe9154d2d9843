//! Figures: SVG written here, PNG rendered from it with fonts that travel in the program, and HTML
//! that holds several of them in one file.
//!
//! A [`TrialFigure`] explains one decision in all three views, a [`TopographyFigure`] shows class means
//! or spatial patterns side by side, and [`screen_svg`] draws a terminal screen as it looked.

mod channel_time;
mod colour_bar;
mod contour;
mod glyphs;
mod head;
mod html;
mod ledger;
mod mosaic;
mod number;
pub(crate) mod raster;
mod screen;
pub(crate) mod svg;
mod topographies;
mod trial;

pub use html::html;
pub use raster::{FigureError, png};
pub use screen::screen_svg;
pub use topographies::{Scale, TopographyFigure};
pub use trial::TrialFigure;
