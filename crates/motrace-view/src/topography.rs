//! Where electrodes are drawn, and the smooth map between them.
//!
//! A [`HeadProjection`] flattens the head; a [`ScalpInterpolator`] is built once per montage and grid,
//! and turns one value per channel into one value per cell.

mod bounds;
mod idw;
mod interpolator;
mod projection;
mod splines;

pub use interpolator::{MapOptions, ScalpInterpolator};
pub use projection::{ElectrodeSpot, HeadProjection};
