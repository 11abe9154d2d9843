//! What the crate `lsl` leaves out of the C interface.

#![expect(unsafe_code, reason = "calls into the C library liblsl")]

use crate::LslError;
use std::ffi::{CString, c_char};

unsafe extern "C" {
    /// Part of liblsl since 1.17.
    fn lsl_set_config_content(content: *const c_char);
}

/// Gives the library its configuration as text, in place of any file. It must not have been used before.
pub(super) fn set_configuration(text: &str) -> Result<(), LslError> {
    let text = CString::new(text).map_err(|e| LslError::Invalid(e.to_string()))?;
    // SAFETY: the library copies the text before it returns; the pointer is valid and ends with a zero.
    unsafe { lsl_set_config_content(text.as_ptr()) };
    Ok(())
}

/// An object of the library that may move to another thread.
pub(crate) struct Movable<T>(pub(super) T);

// SAFETY: `StreamInlet` and `StreamOutlet` hold nothing but a pointer to an object of liblsl, none of which is bound
// to the thread that made it (lsl_c.h: "all functions are thread-safe unless stated otherwise"), and `Movable` gives
// no access from two threads at once.
unsafe impl Send for Movable<lsl::StreamInlet> {}
// SAFETY: as above.
unsafe impl Send for Movable<lsl::StreamOutlet> {}
// SAFETY: a `StreamInfo` counts its owners without atomics, but those are itself and XML elements taken from it; none
// of them leaves the function that takes it, so that the one owner moves as a whole.
unsafe impl Send for Movable<lsl::StreamInfo> {}
