//! Figures: SVG written here, PNG rendered from it with fonts that travel in the program, and HTML
//! that holds several of them in one file.
//!
//! A [`TrialFigure`] explains one decision in all three views, a [`TopographyFigure`] shows class means
//! or spatial patterns side by side, and [`screen_svg`] draws a terminal screen as it looked.
//! Reports of sessions and evaluations are made of charts ([`LineChart`], [`Histogram`], [`BarChart`], [`Timeline`],
//! [`ConfusionFigure`], [`IntervalChart`], [`DifferenceChart`]), of many maps ([`TopographyGrid`], [`ChannelTimeFigure`], [`ChannelCourse`]) and of a
//! [`Page`] that holds them with text and tables.

mod bar_chart;
mod channel_map;
mod channel_time;
mod colour_bar;
mod confusion;
mod contour;
mod difference_chart;
mod glyphs;
mod head;
mod histogram;
mod html;
mod interval_chart;
mod ledger;
mod line_chart;
mod mosaic;
mod number;
mod page;
mod plot;
pub(crate) mod raster;
mod screen;
pub(crate) mod svg;
mod timeline;
mod topographies;
mod topography_grid;
mod trial;

pub use bar_chart::{Bar, BarChart};
pub use channel_map::{ChannelCourse, ChannelTimeFigure};
pub use confusion::ConfusionFigure;
pub use difference_chart::{Difference, DifferenceChart};
pub use histogram::Histogram;
pub use html::html;
pub use interval_chart::{IntervalChart, IntervalGroup, MOST_BARS, Measured};
pub use line_chart::{Line, LineChart, LineLook, Shade};
pub use page::{Block, Captioned, Page, Section, Tile};
pub use plot::{Axis, Tone};
pub use raster::{FigureError, png};
pub use screen::screen_svg;
pub use timeline::{Lane, Stretch, Timeline};
pub use topographies::{Scale, TopographyFigure};
pub use topography_grid::{GridMap, GridScale, TopographyGrid, Verdict};
pub use trial::TrialFigure;
