//! XDF 1.0 (<https://github.com/sccn/xdf/wiki/Specifications>): reading with recovery, and writing.

mod clock;
mod frame;
mod header;
mod outline;
mod played;
mod read;
mod sliding;
mod straight;
mod stream;
mod write;

pub(crate) use clock::median;
pub(crate) use outline::outline_of;
pub(crate) use played::Played;
pub(crate) use read::{read, read_from};
pub(crate) use straight::read_straight;
pub use write::{StreamHandle, XdfWriter, utc_text};
