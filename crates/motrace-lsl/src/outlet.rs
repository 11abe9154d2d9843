use crate::description::MAX_TEXT_BYTES;
use crate::{LslError, backend};
use motrace_core::{StreamInfo, clean_text};
use std::time::Duration;

/// A stream that this program publishes.
pub struct Outlet {
    inner: backend::Outlet,
    info: StreamInfo,
}

impl Outlet {
    /// Publishes a stream: float32 samples, or strings where the stream is text. It is on the network when this
    /// returns. The uid is given by the library; see [`Outlet::info`].
    ///
    /// # Errors
    /// When the stream has no name, is beyond the limits of [`StreamInfo::check_limits`], or no port is free.
    pub fn new(stream: &StreamInfo) -> Result<Self, LslError> {
        let shown = || clean_text(&stream.name, 60);
        if stream.name.is_empty() {
            return Err(LslError::Invalid("a stream needs a name before it can be published".into()));
        }
        StreamInfo::check_limits(stream.channels.len(), stream.rate_hz, 1.0)
            .map_err(|limit| LslError::TooLarge { stream: shown(), limit })?;
        let labels = stream.channels.iter().map(|c| &c.label);
        if labels.chain([&stream.name, &stream.kind, &stream.source_id]).any(|t| t.len() > MAX_TEXT_BYTES) {
            return Err(LslError::Refused { stream: shown(), reason: "a text in it is longer than 64 KiB".into() });
        }
        if stream.is_text && stream.channels.len() != 1 {
            return Err(LslError::Invalid(format!("the text stream `{}` must have one channel", shown())));
        }
        let inner = backend::Outlet::open(stream)?;
        let mut info = stream.clone();
        info.uid = inner.uid();
        Ok(Self { inner, info })
    }

    /// What is published, its uid included.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// Sends samples, interleaved `[samples × channels]`. `last_stamp_secs` is the time of the last one on the
    /// LSL clock; those before it are taken to be spaced by the nominal rate. `None` means now.
    ///
    /// # Errors
    /// When the values are not a whole number of samples, or the stream is a text stream.
    pub fn push(&mut self, interleaved: &[f32], last_stamp_secs: Option<f64>) -> Result<(), LslError> {
        let channels = self.info.channels.len();
        if self.info.is_text || !interleaved.len().is_multiple_of(channels) {
            return Err(LslError::Invalid(format!(
                "{} values are no whole number of samples of the {}-channel stream `{}`",
                interleaved.len(),
                channels,
                clean_text(&self.info.name, 60)
            )));
        }
        if !interleaved.is_empty() {
            self.inner.push(interleaved, last_stamp_secs.unwrap_or_else(backend::clock));
        }
        Ok(())
    }

    /// Sends one text, such as a marker. `None` means now.
    ///
    /// # Errors
    /// When the stream carries numbers, or the text is longer than 64 KiB.
    pub fn push_text(&mut self, text: &str, stamp_secs: Option<f64>) -> Result<(), LslError> {
        if !self.info.is_text || text.len() > MAX_TEXT_BYTES {
            return Err(LslError::Invalid(format!(
                "the stream `{}` takes {}",
                clean_text(&self.info.name, 60),
                if self.info.is_text { "texts of at most 64 KiB" } else { "numbers, not texts" }
            )));
        }
        self.inner.push_text(text, stamp_secs.unwrap_or_else(backend::clock));
        Ok(())
    }

    /// Whether anybody is reading.
    #[must_use]
    pub fn have_consumers(&self) -> bool {
        self.inner.consumers()
    }

    /// Waits until somebody reads; `false` when nobody does within `timeout`.
    #[must_use]
    pub fn wait_for_consumers(&self, timeout: Duration) -> bool {
        self.inner.wait_for_consumers(timeout)
    }
}
